//! The volume: reading the directory as a whole, be it a mounted ConfigMap or a plain directory of files.
//!
//! [`path`] resolves the program's path to a directory, [`directory`] reads that directory. Nothing here
//! remembers an earlier scan. Of the flags, it knows which keys are theirs.

mod by_key;
mod check;
mod content;
mod data_link;
mod directory;
mod file;
mod file_name;
mod files;
mod known;
mod mounted;
mod path;
mod plain;
mod stamp;
mod sub_path;

pub(crate) use by_key::ByKey;
pub(crate) use check::Check;
pub(crate) use content::{Content, Contents};
#[cfg(test)]
pub(crate) use data_link::fake;
pub(crate) use data_link::{DATA_LINK, Generation, locate};
pub(crate) use directory::{Acceptance, Directory};
pub(crate) use file::File;
pub(crate) use file_name::key;
pub(crate) use known::KnownKeys;
#[cfg(test)]
pub(crate) use known::fake::all_keys;
pub(crate) use path::{Location, nearest_ancestor, resolve};
pub(crate) use stamp::Identity;
#[cfg(test)]
pub(crate) use stamp::fake as fake_stamp;
