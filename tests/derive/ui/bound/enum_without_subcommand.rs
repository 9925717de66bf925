use dflag::DynamicFlags;

#[derive(Clone, DynamicFlags)]
enum Command {
    Run,
}

fn main() {}
