//! Fields and items whose names the expansion might use itself.

use clap::Parser;
use dflag::DynamicFlags;

// In a pattern, a name that is a constant's would be the constant.
#[allow(non_upper_case_globals, dead_code)]
const args: u8 = 0;
#[allow(non_upper_case_globals, dead_code)]
const scope: u8 = 0;

#[derive(Clone, Parser, DynamicFlags)]
struct Names {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    ty: u8,

    #[arg(long, default_value_t = 2)]
    #[flag(dynamic)]
    mut_ty: u8,

    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    mut_mut_ty: u8,

    #[arg(long, default_value_t = 4)]
    #[flag(dynamic)]
    get_0: u8,

    #[arg(long, default_value_t = 5)]
    #[flag(dynamic)]
    handle: u8,
}

fn main() {
    let names = Names::try_parse_dynamic_from(["names", "--mut-ty=9"]).unwrap();
    assert_eq!((names.ty.get(), names.mut_ty.get(), names.mut_mut_ty.get()), (1, 9, 3));
    names.set("ty", "7").unwrap();
    names.set("get-0", "8").unwrap();
    assert_eq!((names.ty.get(), names.mut_ty.get(), names.get_0.get()), (7, 9, 8));
    assert_eq!(names.handle.get(), 5);
}
