//! Integers of all widths.

use std::num::{NonZeroI16, NonZeroI64, NonZeroU8, NonZeroU32, NonZeroUsize};

/// Texts that no integer accepts, and texts around the integer's bounds.
macro_rules! integer {
    ($($row:ident $type:ty, $min:literal, $max:literal, $below:literal, $above:literal;)*) => {
        rows! { $($row {
            #[arg(long, default_value_t = 1)]
            v: $type;
            clap: &[
                $min, $max, $below, $above, "+5", "007", "-0", "", "x", "5x", "1_000", "0x10", "1e3", "5.0", "--",
                "٣",
            ],
            reads: &[(" 5\n", &["--v=5"]), ("\u{feff}5", &["--v=5"])],
            rejects: &[("5 6", "invalid digit found in string"), ("5\n6", "5\\n6"), ("5\u{200b}", "5\\u{200b}")],
            lines: &[&["--v", "5"], &["--v=5", "--v=6"], &["--v"]],
        })* }
    };
}

integer! {
    i8_ i8, "-128", "127", "-129", "128";
    i16_ i16, "-32768", "32767", "-32769", "32768";
    i32_ i32, "-2147483648", "2147483647", "-2147483649", "2147483648";
    i64_ i64, "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808";
    i128_ i128, "-170141183460469231731687303715884105728", "170141183460469231731687303715884105727",
        "-170141183460469231731687303715884105729", "170141183460469231731687303715884105728";
    isize_ isize, "-32769", "32768", "-9223372036854775809", "9223372036854775808";
    u8_ u8, "0", "255", "-1", "256";
    u16_ u16, "0", "65535", "-1", "65536";
    u32_ u32, "0", "4294967295", "-1", "4294967296";
    u64_ u64, "0", "18446744073709551615", "-1", "18446744073709551616";
    u128_ u128, "0", "340282366920938463463374607431768211455", "-1", "340282366920938463463374607431768211456";
    usize_ usize, "0", "65536", "-1", "18446744073709551616";
}

rows! {
    non_zero_u8 {
        #[arg(long, default_value = "1")]
        v: NonZeroU8;
        clap: &["0", "1", "255", "256", "-1", "", "x", "007"],
        reads: &[(" 5\n", &["--v=5"])],
    }
    non_zero_u32 {
        #[arg(long, default_value = "1")]
        v: NonZeroU32;
        clap: &["0", "1", "4294967295", "4294967296", "", "+7"],
    }
    non_zero_usize {
        #[arg(long)]
        v: Option<NonZeroUsize>;
        clap: &["0", "1", "x"],
        absent: &["", " \n"],
    }
    non_zero_i16 {
        #[arg(long, default_value = "-1")]
        v: NonZeroI16;
        clap: &["0", "-1", "32767", "32768", ""],
    }
    non_zero_i64_list {
        #[arg(long, value_delimiter = ',')]
        v: Vec<NonZeroI64>;
        clap: &["1,2", "1,0", "-3", "x"],
        reads: &[("1, 2,", &["--v=1,2"]), ("[1, 2]", &["--v=1,2"]), ("- 1\n- 2", &["--v=1,2"]), ("", &[])],
    }
    required_u8 {
        #[arg(long)]
        v: u8;
        base: &["--v=1"],
        clap: &["0", "255", "256", "", "x"],
        reads: &[(" 5\n", &["--v=5"])],
        lines: &[&[]],
    }
    ranged_u8 {
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=10))]
        v: u8;
        clap: &["0", "1", "10", "11", "256", "-1", "", "x"],
        reads: &[(" 7 ", &["--v=7"])],
    }
    ranged_i64 {
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(i64).range(-5..))]
        v: i64;
        clap: &["-6", "-5", "9223372036854775807", "9223372036854775808", ""],
    }
    ranged_u16_option {
        #[arg(long, value_parser = clap::value_parser!(u16).range(1024..))]
        v: Option<u16>;
        clap: &["1023", "1024", "65535", "65536"],
        absent: &[""],
    }
    ranged_u64 {
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(..1_000))]
        v: u64;
        clap: &["0", "999", "1000", "-1", ""],
    }
    ranged_list {
        #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=3))]
        v: Vec<u8>;
        clap: &["1,2,3", "1,4", "0"],
        reads: &[("3\n2\n1", &["--v=3,2,1"]), ("[3,2]", &["--v=3,2"])],
    }
}
