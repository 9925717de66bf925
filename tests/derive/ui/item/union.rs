use dflag::DynamicFlags;

#[derive(DynamicFlags)]
union Args {
    one: u8,
    two: i8,
}

fn main() {}
