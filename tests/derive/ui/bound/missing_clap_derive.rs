use dflag::DynamicFlags;

#[derive(Clone, DynamicFlags)]
struct Args {
    limit: u8,
}

fn main() {}
