use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = rule)]
struct Args {
    #[arg(long)]
    #[flag(dynamic, validate = is_even)]
    other_type: u8,

    #[arg(long)]
    #[flag(dynamic, validate = |n: &u32| if *n == 0 { Ok(()) } else { Err("not 0") })]
    closure: u8,

    #[arg(long)]
    #[flag(dynamic, validate = returns_bool)]
    boolean: u8,

    #[arg(long)]
    #[flag(dynamic, validate = no_display)]
    no_display: u8,

    #[arg(long)]
    #[flag(dynamic, validate = has_length(1))]
    length: u8,
}

struct NoDisplay;

trait Length {}

fn rule(_: &u8) -> Result<(), String> {
    Ok(())
}

fn is_even(n: &u32) -> Result<(), String> {
    if n % 2 == 0 { Ok(()) } else { Err("odd".to_owned()) }
}

fn returns_bool(n: &u8) -> bool {
    n % 2 == 0
}

fn no_display(_: &u8) -> Result<(), NoDisplay> {
    Err(NoDisplay)
}

fn has_length<T: Length>(_: usize) -> impl Fn(&T) -> Result<(), String> {
    |_| Ok(())
}

fn main() {}
