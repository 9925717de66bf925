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
//! # The other crates
//!
//! | chapter | |
//! |---|---|
//! | [`dflag_configmap::guide::following`](https://docs.rs/dflag-configmap/latest/dflag_configmap/guide/following/) | mounting a ConfigMap, what an update is, how it is noticed |
//! | [`dflag_configmap::guide::phases`](https://docs.rs/dflag-configmap/latest/dflag_configmap/guide/phases/) | start, errors at start, static flags that are pending restart |
//! | [`dflag_configmap::guide::invalid_values`](https://docs.rs/dflag-configmap/latest/dflag_configmap/guide/invalid_values/) | keys and values that are wrong, unknown, ignored or shadowed |
//! | [`dflag_configmap::guide::recovery`](https://docs.rs/dflag-configmap/latest/dflag_configmap/guide/recovery/) | starting in spite of a bad ConfigMap, probation and rollback, health |
//! | [`dflag_configmap::guide::checking`](https://docs.rs/dflag-configmap/latest/dflag_configmap/guide/checking/) | checks in a pipeline, templates, schemas, comparing versions |
//! | [`dflag_configmap::guide::admission_policies`](https://docs.rs/dflag-configmap/latest/dflag_configmap/guide/admission_policies/) | the API server rejects what the program would |
//! | [`dflag_endpoint::guide::page`](https://docs.rs/dflag-endpoint/latest/dflag_endpoint/guide/page/) | what an operator sees, sets, undoes and exports |
//! | [`dflag_endpoint::guide::access`](https://docs.rs/dflag-endpoint/latest/dflag_endpoint/guide/access/) | who may read and set flags |
//! | [`dflag_endpoint::guide::json`](https://docs.rs/dflag-endpoint/latest/dflag_endpoint/guide/json/) | reading and setting from a script |
//! | [`dflag_endpoint::guide::events`](https://docs.rs/dflag-endpoint/latest/dflag_endpoint/guide/events/) | following changes as they happen |
//! | [`dflag_endpoint::guide::metrics`](https://docs.rs/dflag-endpoint/latest/dflag_endpoint/guide/metrics/) | metrics, and what to do about each alert |
//! | [`dflag_kube::guide::choosing`](https://docs.rs/dflag-kube/latest/dflag_kube/guide/choosing/) | the mount, the API, and which to choose |
//! | [`dflag_kube::guide::start`](https://docs.rs/dflag-kube/latest/dflag_kube/guide/start/) | what a program begins with, and when it fails |
//! | [`dflag_kube::guide::which_is_newer`](https://docs.rs/dflag-kube/latest/dflag_kube/guide/which_is_newer/) | the rule, while the API or the mount is away |
//! | [`dflag_kube::guide::connection`](https://docs.rs/dflag-kube/latest/dflag_kube/guide/connection/) | noticing that nothing arrives, and how a fleet reconnects |
//! | [`dflag_kube::guide::permissions`](https://docs.rs/dflag-kube/latest/dflag_kube/guide/permissions/) | the Role, and Events for `kubectl describe` |
//! | [`dflag_kube::guide::status`](https://docs.rs/dflag-kube/latest/dflag_kube/guide/status/) | what is in force, and what needs attention |
//! | [`dflag_tracing::guide::level`](https://docs.rs/dflag-tracing/latest/dflag_tracing/guide/level/) | a log level that changes while the program runs |
//! | [`dflag_tracing::guide::subscribers`](https://docs.rs/dflag-tracing/latest/dflag_tracing/guide/subscribers/) | subscribers that follow it |

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
