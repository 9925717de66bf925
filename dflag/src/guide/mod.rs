//! The guide: how to use the flags, from the first one to a fleet of pods.
//!
//! | chapter | |
//! |---|---|
//! | [`first_flag`] | from the first flag to a fleet |
//! | [`adopting`] | a program that already parses its arguments with clap |
//! | [`phases`] | what a source may change when, and whose value holds |
//! | [`texts`] | names of keys, and what a file may look like |
//! | [`validation`] | checks, rules, and clap's relations |
//! | [`secrets`] | what is masked, and what is not |
//! | [`changes`] | callbacks, tasks that wait, and derived values |
//! | [`values`] | rollouts by a fraction, maps, values in files |
//! | [`overrides`] | setting, expiry, history, undo |
//! | [`finish`] | arguments that the program edits |
//! | [`structs`] | subcommands, parts of a struct, arguments of other crates |
//! | [`testing`] | code that uses flags |
//! | [`attributes`] | the reference of all attributes |
//! | [`serialization`] | the feature `serde` |
//! | [`guarantees`] | what is promised, and what is not |
//! | [`performance`] | what reads, updates and a start cost |
//! | [`coming_from_go`] | Go's `fortio.org/dflag` |
//! | [`coming_from_others`] | viper, `config`, `figment`, environment variables |
//! | [`scope`] | what this is not |
//!
//! Guides of the other crates:
//! [following a ConfigMap](https://docs.rs/dflag-configmap/latest/dflag_configmap/guide/),
//! [the debug page](https://docs.rs/dflag-endpoint), [the log level](https://docs.rs/dflag-tracing).

#[doc = include_str!("first_flag.md")]
pub mod first_flag {}

#[doc = include_str!("adopting.md")]
pub mod adopting {}

#[doc = include_str!("phases.md")]
pub mod phases {}

#[doc = include_str!("texts.md")]
pub mod texts {}

#[doc = include_str!("validation.md")]
pub mod validation {}

#[doc = include_str!("secrets.md")]
pub mod secrets {}

#[doc = include_str!("changes.md")]
pub mod changes {}

#[doc = include_str!("values.md")]
pub mod values {}

#[doc = include_str!("overrides.md")]
pub mod overrides {}

#[doc = include_str!("finish.md")]
pub mod finish {}

#[doc = include_str!("structs.md")]
pub mod structs {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("attributes.md")]
pub mod attributes {}

#[doc = include_str!("serialization.md")]
pub mod serialization {}

#[doc = include_str!("guarantees.md")]
pub mod guarantees {}

#[doc = include_str!("performance.md")]
pub mod performance {}

#[doc = include_str!("coming_from_go.md")]
pub mod coming_from_go {}

#[doc = include_str!("coming_from_others.md")]
pub mod coming_from_others {}

#[doc = include_str!("scope.md")]
pub mod scope {}
