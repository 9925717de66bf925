//! Shapes of programs that exist: each adopts dynamic flags, follows a ConfigMap, and keeps its help.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may panic")]

mod config_map;
mod edited_after_parsing;
mod flattened_foreign_struct;
mod generic_command;
mod help;
mod nested_subcommand;
mod optional_flatten;
mod plain_service;
mod serve_subcommand;
mod toml_below_environment;
