//! A user who depends on `dflag` under another name, by cargo's `package = "dflag"`.

#[cfg(test)]
mod tests {
    use clap::Parser;
    use renamed::DynamicFlags;

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    #[flags(crate = renamed)]
    struct Args {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic, validate = renamed::validate::range(1..=9))]
        limit: u8,

        #[command(flatten)]
        #[flag(flatten)]
        part: Part,
    }

    #[derive(Clone, Debug, clap::Args, DynamicFlags)]
    #[flags(crate = ::renamed)]
    struct Part {
        #[arg(long)]
        #[flag(dynamic)]
        name: Option<String>,
    }

    #[test]
    fn renamed_runtime_is_found() {
        let args = Args::try_parse_dynamic_from(["args"]).unwrap();
        args.set("limit", "2").unwrap();
        args.set("name", "a").unwrap();
        assert_eq!(args.limit.get(), 2);
        assert_eq!(args.part.name.get().as_deref(), Some("a"));
    }
}
