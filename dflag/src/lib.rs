#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod derived;
mod dynamic;
mod dynamic_flags;
mod dynamic_subcommand;
mod error;
mod expiry;
mod fields;
mod flag_set;
mod flags;
pub mod guide;
mod handles;
mod history;
mod layers;
mod listing;
mod origin;
mod publish;
mod read;
mod schema;
#[cfg(feature = "serde")]
mod serialize;
mod settable;
mod subscribers;
mod sync;
mod test_override;
mod text;
mod user_code;
pub mod validate;
pub mod value;
mod variant_names;
mod waiting;

#[cfg(feature = "derive")]
pub use dflag_derive::DynamicFlags;
pub use dynamic::Dynamic;
pub use dynamic_flags::DynamicFlags;
pub use dynamic_subcommand::DynamicSubcommand;
pub use error::{Cause, Problem, Rejected};
pub use expiry::Expiry;
pub use flag_set::{Applied, Deprecated, FlagSet, Key, Published, Shadowed};
pub use flags::Flags;
pub use history::entry::{History, HistoryEntry, Outcome};
pub use history::rejected_update::RejectedUpdate;
pub use history::revert::{Revert, RevertError, Reverted};
pub use history::trigger::Trigger;
pub use layers::edit::Edit;
pub use layers::layer::{Layer, OnInvalid, Precedence};
pub use listing::checksum::Checksum;
pub use listing::flag_schema::{FlagSchema, ListForm, ValueType};
pub use listing::health::Health;
pub use listing::info::{Change, FlagInfo, LayerInfo, Listing, PendingRestart};
pub use listing::source::{Source, SourceObject, SourceStatus};
pub use origin::Origin;
pub use read::guard::Guard;
pub use read::reader::Reader;
pub use read::thread_cache::release_thread;
pub use schema::FlagKind;
pub use settable::Setter;
pub use subscribers::Subscription;
pub use test_override::TestOverride;
pub use text::mask::MASK;
pub use variant_names::ParseVariantError;
pub use waiting::changes::Changes;
pub use waiting::watch::TimedOut;
