//! Names other than the field's, secrets, and what help hides.

rows! {
    long_name {
        #[arg(long = "max-size", default_value_t = 1)]
        v: u8;
        names: &["max-size", "max_size", "v"],
        clap: &["5", "x"],
        lines: &[&["--max-size=5"], &["--v=5"]],
    }
    alias {
        #[arg(long, default_value_t = 1, alias = "old-v", aliases = ["older", "oldest"])]
        v: u8;
        names: &["v", "old-v", "old_v", "older", "oldest"],
        clap: &["5", "x"],
        lines: &[&["--older=5"]],
    }
    visible_alias {
        #[arg(long, default_value_t = 1, visible_alias = "shown", visible_aliases = ["seen"])]
        v: u8;
        names: &["v", "shown", "seen"],
        clap: &["5", "x"],
        lines: &[&["--seen=5"]],
    }
    id {
        #[arg(long, default_value_t = 1, id = "other")]
        v: u8;
        names: &["v", "other"],
        clap: &["5", "x"],
    }
    id_and_long {
        #[arg(id = "requests", long = "limit", default_value_t = 1)]
        v: u8;
        names: &["limit", "requests"],
        clap: &["5", "x"],
    }
    short_and_value_name {
        #[arg(long, short = 'x', value_name = "NUMBER", default_value_t = 1)]
        v: u8;
        clap: &["5", "x"],
        lines: &[&["-x5"], &["-x", "5"], &["-x=5"], &["-xx"]],
    }
    value_names {
        #[arg(long, num_args = 2, value_names = ["FROM", "TO"])]
        v: Vec<u8>;
        reads: &[("1\n2", &["--v", "1", "2"])],
        lines: &[&["--v", "1", "2"], &["--v", "1", "x"]],
    }
    hidden {
        #[arg(
            long, default_value_t = 1, hide = true, hide_default_value = true, hide_env = true,
            hide_env_values = true
        )]
        v: u8;
        clap: &["5", "x"],
    }
    help_texts {
        #[arg(
            long, default_value_t = 1, help = "short", long_help = "long", help_heading = "Limits",
            display_order = 3
        )]
        v: u8;
        clap: &["5", "x"],
    }
    secret_string {
        #[arg(long, default_value = "")]
        #[flag(secret)]
        v: String;
        secret: true,
        clap: &["hunter2", "", "a b"],
        reads: &[("\u{feff}hunter2\n", &["--v=hunter2"])],
    }
    secret_number {
        #[arg(long, default_value_t = 1)]
        #[flag(secret)]
        v: u32;
        secret: true,
        clap: &["47114711"],
        rejects: &[("hunter2", "the flag is secret"), ("", "the flag is secret")],
    }
    secret_list {
        #[arg(long, value_delimiter = ',')]
        #[flag(secret)]
        v: Vec<u32>;
        secret: true,
        clap: &["4711,4712"],
        reads: &[("4711, 4712", &["--v=4711,4712"])],
        rejects: &[("4711,hunter2", "the flag is secret")],
    }
    secret_exact {
        #[arg(long, default_value = "x")]
        #[flag(secret, trim = false)]
        v: String;
        secret: true,
        exact: true,
        clap: &["hunter2\n", " "],
    }
}
