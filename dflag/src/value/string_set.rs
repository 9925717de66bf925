//! Sets of strings.

use std::collections::BTreeSet;
use std::convert::Infallible;

use clap::builder::TypedValueParser;

/// Parses a set of strings, separated by commas or line breaks. White space around a member is
/// trimmed, and empty members are dropped.
///
/// ```
/// use std::collections::BTreeSet;
/// use clap::Parser;
/// use dflag::DynamicFlags;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value = "", value_parser = dflag::value::string_set())]
///     #[flag(dynamic)]
///     blocked: BTreeSet<String>,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// assert!(args.blocked.load().is_empty());
/// args.set("blocked", "eve, mallory")?;
/// assert!(args.blocked.load().contains("mallory"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn string_set() -> impl TypedValueParser<Value = BTreeSet<String>> {
    |text: &str| {
        let members = text.split([',', '\n']).map(str::trim);
        let members = members.filter(|member| !member.is_empty());
        Ok::<_, Infallible>(members.map(str::to_owned).collect())
    }
}
