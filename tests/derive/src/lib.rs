//! A strict user, who denies every lint that the expansion might trigger, clippy's included.
//!
//! The UI cases are in `ui`; `tests/ui.rs` compiles them.

#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(
    missing_docs,
    missing_copy_implementations,
    missing_debug_implementations
)]
#![deny(
    deprecated,
    unused,
    unused_qualifications,
    unused_lifetimes,
    single_use_lifetimes
)]
#![deny(
    unreachable_pub,
    trivial_casts,
    trivial_numeric_casts,
    unnameable_types
)]
#![deny(
    let_underscore_drop,
    explicit_outlives_requirements,
    variant_size_differences
)]

use clap::Parser;
use dflag::DynamicFlags;

/// The whole.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = check)]
pub struct Args {
    /// Documented.
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = |limit: &u8| if *limit < 100 { Ok(()) } else { Err("too many") })]
    pub limit: u8,

    /// Read only through `load()`.
    #[arg(long, default_value = "")]
    #[flag(dynamic, secret, trim = false)]
    token: String,

    /// Deprecated, although the expansion has to name it.
    #[deprecated]
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    pub old: u8,

    /// A part.
    #[command(flatten)]
    #[flag(flatten)]
    pub part: Part,
}

/// A part.
#[derive(Clone, Debug, clap::Args, DynamicFlags)]
pub struct Part {
    /// Static.
    #[arg(long)]
    pub name: Option<String>,
}

fn check(args: &Args) -> Result<(), String> {
    let name = args.part.name.as_ref().unwrap_or(&args.token);
    if name.len() > usize::from(args.limit) {
        return Err(format!("{name} is longer than {}", args.limit));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_triggers_no_lint() {
        let args = Args::try_parse_dynamic_from(["args", "--limit=3"]).unwrap();
        assert_eq!(args.limit.get(), 3);
        assert_eq!(args.load().token, "");
        assert!(args.set("limit", "100").is_err());
    }
}
