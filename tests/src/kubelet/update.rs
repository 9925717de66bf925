//! One update, in kubelet's order.

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

/// Which kubelet writes. They differ in when a new key's visible link appears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// 1.30 and later: after the publish. A link that an earlier kubelet died without making
    /// is made by the next write, even one of equal contents.
    #[default]
    Current,
    /// 2021 to 1.29: after the publish. A link that was not made then appears with the next
    /// change, and without one never.
    Until1_29,
    /// Before 2021: before the publish, so that it dangles for a moment. The `fsGroup` is set
    /// after all else.
    Before2021,
}

/// A single step of an update; a step comes once for each thing that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The new generation's directory is made.
    MakeDirectory,
    /// One file is written, in no order.
    File,
    /// The owner and mode of everything in the volume are set, for an `fsGroup`.
    Own,
    /// `..data_tmp` is made.
    LinkNext,
    /// `..data_tmp` is renamed to `..data`: the one atomic step.
    Publish,
    /// One new key's visible link is made.
    LinkKey,
    /// One removed key's visible link is unlinked.
    UnlinkKey,
    /// One file or directory of the old generation is removed.
    RemoveOld,
}

/// How an update ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The volume held the payload already.
    Unchanged,
    /// A new generation is published.
    Published,
    /// kubelet died on the way.
    Died,
}

/// An update on its way.
pub(super) struct Update<'a> {
    pub(super) root: &'a Path,
    pub(super) payload: &'a Payload<'a>,
    pub(super) order: Order,
    pub(super) fs_group: bool,
    pub(super) rng: &'a mut Rng,
    pub(super) before: &'a mut dyn FnMut(Step) -> ControlFlow<()>,
}

/// Why an update did not reach its end.
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
        if removed.is_empty() && self.holds_payload(old.as_deref())? {
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

    /// Asks whether kubelet lives on.
    fn step(&mut self, step: Step) -> Result<(), Stop> {
        match (self.before)(step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Died),
        }
    }

    /// Rejects what Kubernetes rejects: absolute paths, `..` in them, and names that begin so.
    fn check_paths(&self) -> io::Result<()> {
        let sound = |path: &str| {
            !path.is_empty()
                && !path.starts_with("..")
                && Path::new(path)
                    .components()
                    .all(|component| matches!(component, Component::Normal(_)))
        };
        match self.payload.iter().find(|(path, _)| !sound(path)) {
            Some((path, _)) => Err(io::Error::new(
                ErrorKind::InvalidInput,
                format!("no ConfigMap holds the path `{path}`"),
            )),
            None => Ok(()),
        }
    }

    /// The directory that is published, if one is.
    fn published(&self) -> io::Result<Option<PathBuf>> {
        match fs::read_link(self.root.join(DATA)) {
            Ok(name) => Ok(Some(self.root.join(name))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The visible names of the old generation that the payload lacks.
    ///
    /// kubelet looks for paths that are gone, down to `a/b`, and then unlinks top names only.
    /// So a path that left a directory is a change, even where no name goes.
    fn removed(&self, old: Option<&Path>) -> io::Result<BTreeSet<PathBuf>> {
        let Some(old) = old else {
            return Ok(BTreeSet::new());
        };
        let kept: BTreeSet<&Path> = self
            .payload
            .iter()
            .flat_map(|(path, _)| Path::new(path).ancestors())
            .collect();
        let mut gone = BTreeSet::new();
        walk(old, &mut |path| {
            if let Ok(relative) = path.strip_prefix(old)
                && !kept.contains(relative)
            {
                gone.insert(relative.to_owned());
            }
            Ok(())
        })?;
        Ok(gone)
    }

    /// Whether the old generation has each file of the payload with equal contents.
    /// Modes and owners don't count.
    fn holds_payload(&self, old: Option<&Path>) -> io::Result<bool> {
        let Some(old) = old else {
            return Ok(false);
        };
        for (path, bytes) in self.payload {
            match fs::read(old.join(path)) {
                Ok(there) if there == *bytes => {}
                Ok(_) => return Ok(false),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                // A key `x` that becomes `x/y` comes here. It is kubelet's failure, too.
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Makes the directory of the new generation, named by time and a random number.
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

    /// Gives everything in the volume to the group, readable, the directories set-group-id.
    /// The group is the one that the volume has, so that it takes no privilege.
    fn own(&mut self) -> Result<(), Stop> {
        if !self.fs_group {
            return Ok(());
        }
        self.step(Step::Own)?;
        let group = fs::metadata(self.root)?.gid();
        let mut give = |path: &Path| {
            let metadata = fs::symlink_metadata(path)?;
            lchown(path, None, Some(group))?;
            if metadata.is_symlink() {
                return Ok(());
            }
            let more = if metadata.is_dir() { 0o2550 } else { 0o440 };
            chmod(path, metadata.permissions().mode() | more)
        };
        give(self.root)?;
        walk(self.root, &mut give)?;
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

    /// The payload in the random order of a Go map.
    fn shuffled(&mut self) -> Vec<(&'a str, &'a [u8])> {
        let mut payload = self.payload.to_vec();
        self.rng.shuffle(&mut payload);
        payload
    }
}

/// Visits all that is below `directory`, in the order of names, a directory before its contents.
/// Links are not followed.
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
