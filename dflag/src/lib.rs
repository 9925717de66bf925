#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod accept;
mod base;
mod cache;
mod candidate;
mod checksum;
mod chunks;
mod compare;
mod core;
mod dynamic;
mod dynamic_flags;
mod error;
mod field;
mod flag_set;
mod flags;
mod found;
mod guard;
mod held;
mod info;
mod layer;
mod layers;
mod lens;
mod list;
mod mark;
mod model;
mod names;
mod notify;
mod order;
mod origin;
mod parse;
mod reader;
mod resolve;
mod scalar;
mod schema;
mod scope;
mod secret;
mod snapshot;
mod source;
mod store;
pub mod validate;
pub mod value;
mod writing;

pub use cache::release_thread;
pub use checksum::Checksum;
#[cfg(feature = "derive")]
pub use dflag_derive::DynamicFlags;
pub use dynamic::Dynamic;
pub use dynamic_flags::DynamicFlags;
pub use error::{Problem, Rejected};
pub use flag_set::{Applied, Edit, FlagSet, Published};
pub use flags::Flags;
pub use guard::Guard;
pub use info::{Change, FlagInfo, FlagKind, Listing, MASK, PendingRestart};
pub use layer::{Layer, OnInvalid, Precedence};
pub use notify::Subscription;
pub use origin::Origin;
pub use reader::Reader;
pub use source::{Source, SourceStatus};
