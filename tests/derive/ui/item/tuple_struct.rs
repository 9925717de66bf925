use dflag::DynamicFlags;

#[derive(Clone, DynamicFlags)]
struct Args(u8, String);

fn main() {}
