//! The arguments, to be flattened into a program's own.

use std::path::PathBuf;

use clap::Args;
use dflag::DynamicFlags;

use super::format::Format;
use super::object_name::ObjectName;
use super::policy;
use super::template::Selection;

/// The group of the commands, of which a line asks for one.
const COMMAND: &str = "dflag:command";

// From a doc comment, clap's derive would make the description of the program that flattens the struct. It ignores
// `include_str!`.
#[doc = include_str!("config_map_args.md")]
#[derive(Clone, Debug, Default, Args, DynamicFlags)]
#[group(skip)]
#[non_exhaustive]
pub struct ConfigMapArgs {
    /// Directory in which the ConfigMap is mounted
    #[arg(id = ConfigMapArgs::DIR, long = "config-dir", value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// Judge a ConfigMap instead of starting: a manifest, a directory, or `-` for the standard input
    #[arg(id = ConfigMapArgs::CHECK, long = "config-check", value_name = "FILE|DIR|-", group = COMMAND)]
    pub check: Option<PathBuf>,

    /// Print a ConfigMap with the current values of the dynamic flags, or of all, instead of starting
    #[arg(
        id = ConfigMapArgs::TEMPLATE,
        long = "config-template",
        value_name = "FLAGS",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "dynamic",
        group = COMMAND
    )]
    pub template: Option<Selection>,

    /// Print a JSON Schema of the ConfigMap's data instead of starting
    #[arg(id = ConfigMapArgs::SCHEMA, long = "config-schema", group = COMMAND)]
    pub schema: bool,

    /// Compare the flags with what --config-schema of another version printed, instead of starting
    #[arg(id = ConfigMapArgs::COMPAT, long = "config-compat", value_name = "FILE|-", group = COMMAND)]
    pub compat: Option<PathBuf>,

    /// Print an admission policy, with which the API server rejects a ConfigMap that the program would reject
    #[arg(
        id = ConfigMapArgs::POLICY,
        long = "config-policy",
        value_name = "NAMESPACE/NAME",
        value_parser = policy::with_namespace,
        group = COMMAND
    )]
    pub policy: Option<ObjectName>,

    /// The ConfigMap that is meant, if a manifest has several, or the one that --config-template prints
    #[arg(id = ConfigMapArgs::NAME, long = "config-name", value_name = "[NAMESPACE/]NAME")]
    pub name: Option<ObjectName>,

    /// Format of what --config-check and --config-compat print
    #[arg(id = ConfigMapArgs::FORMAT, long = "config-format", value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,
}

impl ConfigMapArgs {
    /// The clap id of `--config-dir`, with which [`Command::mut_arg`](clap::Command::mut_arg) can give it a default, an
    /// environment variable or another name.
    pub const DIR: &str = "dflag:config-dir";

    /// The clap id of `--config-check`.
    pub const CHECK: &str = "dflag:config-check";

    /// The clap id of `--config-template`.
    pub const TEMPLATE: &str = "dflag:config-template";

    /// The clap id of `--config-schema`.
    pub const SCHEMA: &str = "dflag:config-schema";

    /// The clap id of `--config-compat`.
    pub const COMPAT: &str = "dflag:config-compat";

    /// The clap id of `--config-policy`.
    pub const POLICY: &str = "dflag:config-policy";

    /// The clap id of `--config-name`.
    pub const NAME: &str = "dflag:config-name";

    /// The clap id of `--config-format`.
    pub const FORMAT: &str = "dflag:config-format";
}
