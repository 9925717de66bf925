//! One update, in kubelet's order of steps.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::ops::ControlFlow;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, lchown, symlink,
};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use fastrand::Rng;

use super::Payload;

const DATA: &str = "..data";
const NEXT: &str = "..data_tmp";
const FILE_MODE: u32 = 0o644;

/// The version of kubelet. The versions differ in when the visible link of a new key appears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// 1.30 and later: after the publish. If kubelet dies before it makes a link, the next write makes it, even a write
    /// of equal contents.
    #[default]
    Current,
    /// 2021 to 1.29: after the publish. If kubelet dies before it makes a link, the next change makes it.
    Until1_29,
    /// Before 2021: before the publish, so that the link dangles for a moment. The `fsGroup` is set last.
    Before2021,
}

/// A step of an update, once per file, link or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Creates the new generation's directory.
    MakeDirectory,
    /// Writes one file, in random order.
    File,
    /// Sets the owner and mode of all files in the volume, for an `fsGroup`.
    Own,
    /// Creates the link `..data_tmp`.
    LinkNext,
    /// Renames `..data_tmp` to `..data`: the atomic step.
    Publish,
    /// Creates the visible link of one new key.
    LinkKey,
    /// Removes the visible link of one removed key.
    UnlinkKey,
    /// Removes one file or directory of the old generation.
    RemoveOld,
}

/// How an update ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The volume already had these contents.
    Unchanged,
    /// A new generation was published.
    Published,
    /// kubelet died during the update.
    Died,
}

/// An update in progress.
pub(super) struct Update<'a> {
    pub(super) root: &'a Path,
    pub(super) payload: &'a Payload<'a>,
    pub(super) order: Order,
    pub(super) fs_group: bool,
    pub(super) rng: &'a mut Rng,
    pub(super) before: &'a mut dyn FnMut(Step) -> ControlFlow<()>,
}

/// Why an update stopped.
enum Stop {
    Died,
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl<'a> Update<'a> {
    pub(super) fn run(mut self) -> io::Result<Outcome> {
        match self.steps() {
            Ok(outcome) => Ok(outcome),
            Err(Stop::Died) => Ok(Outcome::Died),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    fn steps(&mut self) -> Result<Outcome, Stop> {
        self.check_paths()?;
        let old = self.published()?;
        let removed = self.removed(old.as_deref())?;
        if removed.is_empty() && self.has_payload(old.as_deref())? {
            if self.order == Order::Current {
                self.link_keys()?;
            }
            return Ok(Outcome::Unchanged);
        }

        let name = self.make_directory()?;
        self.write_files(&self.root.join(&name))?;
        if self.order == Order::Before2021 {
            self.link_keys()?;
        } else {
            self.own()?;
        }
        self.publish(&name)?;
        if self.order != Order::Before2021 {
            self.link_keys()?;
        }
        self.unlink_keys(&removed)?;
        if let Some(old) = old {
            self.remove(&old)?;
        }
        if self.order == Order::Before2021 {
            self.own()?;
        }
        Ok(Outcome::Published)
    }

    /// Calls `before`, at which kubelet may die.
    fn step(&mut self, step: Step) -> Result<(), Stop> {
        match (self.before)(step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Died),
        }
    }

    /// Rejects the paths that Kubernetes rejects: absolute ones, those with `..` in them, and those that begin with `..`.
    fn check_paths(&self) -> io::Result<()> {
        let is_valid = |path: &str| {
            !path.is_empty()
                && !path.starts_with("..")
                && Path::new(path)
                    .components()
                    .all(|component| matches!(component, Component::Normal(_)))
        };
        match self.payload.iter().find(|(path, _)| !is_valid(path)) {
            Some((path, _)) => Err(io::Error::new(
                ErrorKind::InvalidInput,
                format!("invalid path in a ConfigMap: `{path}`"),
            )),
            None => Ok(()),
        }
    }

    /// The directory of the published generation.
    fn published(&self) -> io::Result<Option<PathBuf>> {
        match fs::read_link(self.root.join(DATA)) {
            Ok(name) => Ok(Some(self.root.join(name))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The paths of the old generation that are not in the payload.
    ///
    /// kubelet compares whole paths, such as `a/b`, and later unlinks only top-level names. So the removal of a path
    /// below a directory is a change, even if no visible name goes.
    fn removed(&self, old: Option<&Path>) -> io::Result<BTreeSet<PathBuf>> {
        let Some(old) = old else {
            return Ok(BTreeSet::new());
        };
        let kept: BTreeSet<&Path> = self
            .payload
            .iter()
            .flat_map(|(path, _)| Path::new(path).ancestors())
            .collect();
        let mut removed = BTreeSet::new();
        walk(old, &mut |path| {
            if let Ok(relative) = path.strip_prefix(old)
                && !kept.contains(relative)
            {
                removed.insert(relative.to_owned());
            }
            Ok(())
        })?;
        Ok(removed)
    }

    /// Whether the old generation has all files of the payload with equal contents. kubelet ignores modes and owners.
    fn has_payload(&self, old: Option<&Path>) -> io::Result<bool> {
        let Some(old) = old else {
            return Ok(false);
        };
        for (path, bytes) in self.payload {
            match fs::read(old.join(path)) {
                Ok(old_bytes) if old_bytes == *bytes => {}
                Ok(_) => return Ok(false),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                // For example when the key `x` becomes `x/y`. kubelet fails, too.
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Creates the directory of the new generation, named by the time and a random number.
    fn make_directory(&mut self) -> Result<OsString, Stop> {
        self.step(Step::MakeDirectory)?;
        let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let time = time.trim_end_matches('Z').replace(['-', 'T', ':'], "_");
        loop {
            let name = format!("..{time}.{}", self.rng.u32(..));
            let directory = self.root.join(&name);
            match DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => {
                    chmod(&directory, 0o755)?;
                    return Ok(name.into());
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn write_files(&mut self, directory: &Path) -> Result<(), Stop> {
        for (path, bytes) in self.shuffled() {
            self.step(Step::File)?;
            let file = directory.join(path);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(FILE_MODE)
                .open(&file)?
                .write_all(bytes)?;
            chmod(&file, FILE_MODE)?;
        }
        Ok(())
    }

    /// Makes all files in the volume readable by the group and owned by it, and sets the set-group-ID bit of
    /// directories. The group is the volume's own, since another one would need privileges.
    fn own(&mut self) -> Result<(), Stop> {
        if !self.fs_group {
            return Ok(());
        }
        self.step(Step::Own)?;
        let group = fs::metadata(self.root)?.gid();
        let mut set_group = |path: &Path| {
            let metadata = fs::symlink_metadata(path)?;
            lchown(path, None, Some(group))?;
            if metadata.is_symlink() {
                return Ok(());
            }
            let more = if metadata.is_dir() { 0o2550 } else { 0o440 };
            chmod(path, metadata.permissions().mode() | more)
        };
        set_group(self.root)?;
        walk(self.root, &mut set_group)?;
        Ok(())
    }

    fn publish(&mut self, name: &OsString) -> Result<(), Stop> {
        let next = self.root.join(NEXT);
        self.step(Step::LinkNext)?;
        symlink(name, &next)?;
        self.step(Step::Publish)?;
        fs::rename(&next, self.root.join(DATA))?;
        Ok(())
    }

    fn link_keys(&mut self) -> Result<(), Stop> {
        for (path, _) in self.shuffled() {
            let Some(name) = Path::new(path).iter().next() else {
                continue;
            };
            let visible = self.root.join(name);
            match fs::read_link(&visible) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.step(Step::LinkKey)?;
                    symlink(Path::new(DATA).join(name), &visible)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn unlink_keys(&mut self, removed: &BTreeSet<PathBuf>) -> Result<(), Stop> {
        for name in removed.iter().filter(|path| path.iter().count() == 1) {
            self.step(Step::UnlinkKey)?;
            fs::remove_file(self.root.join(name))?;
        }
        Ok(())
    }

    /// Removes a directory entry by entry.
    fn remove(&mut self, directory: &Path) -> Result<(), Stop> {
        for entry in entries(directory)? {
            if fs::symlink_metadata(&entry)?.is_dir() {
                self.remove(&entry)?;
            } else {
                self.step(Step::RemoveOld)?;
                fs::remove_file(&entry)?;
            }
        }
        self.step(Step::RemoveOld)?;
        fs::remove_dir(directory)?;
        Ok(())
    }

    /// The payload in random order, as Go iterates over a map.
    fn shuffled(&mut self) -> Vec<(&'a str, &'a [u8])> {
        let mut payload = self.payload.to_vec();
        self.rng.shuffle(&mut payload);
        payload
    }
}

/// Visits all entries below `directory` in the order of their names, a directory before its contents, without following
/// links.
fn walk(directory: &Path, visit: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    for entry in entries(directory)? {
        visit(&entry)?;
        if fs::symlink_metadata(&entry)?.is_dir() {
            walk(&entry, visit)?;
        }
    }
    Ok(())
}

fn entries(directory: &Path) -> io::Result<BTreeSet<PathBuf>> {
    fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect()
}

fn chmod(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}
