//! Recovery: what an updater does about bad content, as options, as interfaces and in the status.
//!
//! The room `apply` implements the interfaces. Its options hold them as trait objects, which only the methods of
//! the builder create, so that a program without these options contains neither the file's code nor that of probations.

mod bad_start;
mod last_good;
mod probation;

pub use bad_start::{BadStart, LastGoodFile, OnBadStart, StartedFrom};
pub(crate) use last_good::{Digest, Interruptions, LastGood, Store, Unproven, UnprovenBy};
pub(crate) use probation::{Health, Own, Preparation, ProbationOption, Settings, Trial, Verdict};
pub use probation::{Probation, Rollback};
