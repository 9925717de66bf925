//! The schema: what the struct and clap's own `Command` say about each flag, read once.

pub(crate) mod bin_name;
pub(crate) mod bounds;
pub(crate) mod environment;
pub(crate) mod flag_def;
pub(crate) mod flag_spec;
pub(crate) mod help_marks;
pub(crate) mod levels;
mod list_spec;
pub(crate) mod names;
pub(crate) mod relations;
#[expect(
    clippy::module_inception,
    reason = "the folder is named for its main type"
)]
pub(crate) mod schema;
pub(crate) mod secrets;
pub(crate) mod type_name;
pub(crate) mod value_kind;

pub use flag_def::FlagKind;
pub(crate) use flag_spec::FlagSpec;
pub(crate) use schema::Schema;
