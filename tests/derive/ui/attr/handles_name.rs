use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(handles)]
struct One {}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(handles = "Two")]
struct Two {}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(handles = handles::Three)]
struct Three {}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(handles = FourHandles, handles = Four)]
struct Four {}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(handle = FiveHandles)]
struct Five {}

fn main() {}
