//! The parts of an [`Updater`](crate::Updater), for a source that gets the same ConfigMap in another way.
//!
//! An updater follows a directory, and applies what it finds there. Here are both halves: a [`Follower`] yields the
//! contents of a directory whenever they change, and an [`Applier`] proposes contents, wherever they come from. It does
//! what the [`Builder`](crate::Builder) says about unknown keys, bad starts, the last good content and probations, and
//! keeps the [`Status`](crate::Status). `dflag-kube` is such a source.
//!
//! The ConfigMap is one layer, whichever way it came: contents that an applier applied before are no update.
//!
//! ```
//! # use clap::Parser;
//! # use dflag::DynamicFlags;
//! use dflag_configmap::Builder;
//! use dflag_configmap::source::{Applier, Contents, Retry};
//!
//! # #[derive(Clone, Parser, DynamicFlags)]
//! # struct Args {
//! #     #[arg(long, default_value_t = 3)]
//! #     #[flag(dynamic)]
//! #     limit: u8,
//! # }
//! let args = Args::try_parse_dynamic_from(["server"])?;
//! let mut applier = Applier::new(Builder::detached().for_flags(&args), "default/flags");
//! applier.initialize(Ok(Contents::from_iter([("limit", "5")])))?;
//! assert_eq!(args.limit.get(), 5);
//!
//! applier.apply(&Contents::from_iter([("limit", "many")]), Retry::Never);
//! let error = applier.report().status().last_error.expect("it is rejected");
//! assert!(error.to_string().contains("default/flags/limit"));
//! assert_eq!(args.limit.get(), 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod applier;
mod contents;
mod follower;
mod interrupter;
mod parse;
mod report;

pub use applier::{Applier, Retry};
pub use contents::Contents;
pub use follower::{Follower, Stopper};
pub use interrupter::Interrupter;
pub use parse::{parse, read};
pub use report::Report;

pub use crate::registration::Registration;
