//! Subjects: what a check is about, read from a manifest or a directory.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use clap::Command;
use dflag::Layer;

use super::manifest::{self, Entry, Position, Remark};
use super::object_name::ObjectName;
use super::unusable::Unusable;
use crate::apply::layer_at;
use crate::escape::Escaped;
use crate::options::Options;
use crate::parse::contents;
use crate::volume::{Content, Contents, key};

/// The most bytes of a manifest, which may be a list of all ConfigMaps of a cluster.
const MAX_SIZE: u64 = 64 << 20;

/// The contents of a ConfigMap, and where each key is.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The layer's location: the manifest as it was named, or the absolute path of the directory.
    pub(crate) location: String,
    /// `None` if it is a directory.
    pub(crate) name: Option<ObjectName>,
    pub(crate) contents: Arc<Contents>,
    /// What is wrong with the manifest, whatever the flags.
    pub(crate) problems: Vec<Remark>,
    pub(crate) warnings: Vec<Remark>,
    /// The keys by the locations that the layer gives them.
    places: HashMap<Arc<str>, Place>,
    /// Those locations by their keys.
    locations: BTreeMap<Arc<str>, Arc<str>>,
}

/// A key, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) key: String,
    /// The manifest, or the file in the directory.
    pub(crate) file: String,
    /// `None` in a directory.
    pub(crate) at: Option<Position>,
}

impl Subject {
    /// Reads a manifest or a directory, or the standard input if `input` is `-`.
    pub(crate) fn read(
        input: &Path,
        wanted: Option<&ObjectName>,
        options: &Options,
        command: &Command,
    ) -> Result<Self, Unusable> {
        if input.as_os_str() == "-" {
            let bytes = read_all(io::stdin().lock());
            return Self::of_manifest(
                STDIN,
                &bytes.map_err(|error| unreadable(STDIN, &error))?,
                wanted,
            );
        }
        let name = input.to_string_lossy();
        if input.is_dir() {
            return Self::of_directory(input, options, command);
        }
        let bytes = File::open(input).and_then(read_all);
        let bytes = bytes.map_err(|error| unreadable(&name, &error))?;
        Self::of_manifest(&name, &bytes, wanted)
    }

    fn of_manifest(
        file: &str,
        bytes: &[u8],
        wanted: Option<&ObjectName>,
    ) -> Result<Self, Unusable> {
        let config_map = manifest::read(bytes, wanted)?;
        let mut subject = Self {
            location: file.to_owned(),
            name: Some(config_map.name),
            contents: Arc::default(),
            problems: config_map.problems,
            warnings: config_map.warnings,
            places: HashMap::new(),
            locations: BTreeMap::new(),
        };
        let mut entries = config_map.entries;
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        // kubelet writes these, too, and the updater ignores their files.
        entries.retain(|entry| key(OsStr::new(&entry.key)).is_some());
        let entries = entries.into_iter().map(|Entry { key, at, bytes }| {
            let key: Arc<str> = key.into();
            let location = format!("{file}:{}:{}", at.line, at.column);
            subject.place(&key, location.into(), file.to_owned(), Some(at));
            (key, Content::Bytes(bytes.into()))
        });
        let contents: Contents = entries.collect();
        subject.contents = Arc::new(contents);
        Ok(subject)
    }

    fn of_directory(
        directory: &Path,
        options: &Options,
        command: &Command,
    ) -> Result<Self, Unusable> {
        let (directory, contents) = contents(directory, options, command).map_err(Unusable::new)?;
        let mut subject = Self {
            location: directory.to_string_lossy().into_owned(),
            name: None,
            contents: Arc::default(),
            problems: Vec::new(),
            warnings: Vec::new(),
            places: HashMap::new(),
            locations: BTreeMap::new(),
        };
        for key in contents.keys() {
            let path = directory.join(&**key).to_string_lossy().into_owned();
            subject.place(key, (&*path).into(), path, None);
        }
        subject.contents = contents;
        Ok(subject)
    }

    fn place(&mut self, key: &Arc<str>, location: Arc<str>, file: String, at: Option<Position>) {
        let place = Place {
            key: (**key).to_owned(),
            file,
            at,
        };
        self.places.insert(Arc::clone(&location), place);
        self.locations.insert(Arc::clone(key), location);
    }

    /// The layer of contents of this subject.
    pub(crate) fn layer(&self, options: &Options, contents: &Contents) -> Layer {
        let mut locate = |key: &str| self.locations.get(key).cloned().unwrap_or_default();
        layer_at(&self.location, options, contents, &mut locate)
    }

    /// The key at a location of the layer.
    pub(crate) fn find(&self, location: &str) -> Option<&Place> {
        self.places.get(location)
    }

    /// The place of a key.
    pub(crate) fn find_key(&self, key: &str) -> Option<&Place> {
        self.find(self.locations.get(key)?)
    }
}

/// What a manifest from the standard input is called.
pub(crate) const STDIN: &str = "<stdin>";

pub(crate) fn read_all(file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(io::Error::other("longer than 64 MiB"));
    }
    Ok(bytes)
}

pub(crate) fn unreadable(name: &str, error: &io::Error) -> Unusable {
    Unusable::new(format!("`{}` can't be read: {error}", Escaped(name)))
}
