use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Types<T>
where
    T: clap::Args + Clone + Send + Sync + 'static,
{
    #[command(flatten)]
    part: T,

    #[arg(long)]
    #[flag(dynamic)]
    limit: u8,
}

#[derive(Clone, DynamicFlags)]
struct Several<'a, T: Clone, const N: usize> {
    names: &'a [T; N],
}

#[derive(Clone, clap::Args)]
struct Part {}

fn main() {
    let args = Types::<Part>::parse_dynamic();
    let _: u8 = args.limit.get();
}
