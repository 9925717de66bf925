//! One update, in the order of steps of kubelet's atomic writer (`pkg/volume/util/atomic_writer.go`), as of
//! Kubernetes 1.30 and later.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::random::{random, shuffle};
use super::time::stamp;

const DATA: &str = "..data";
const NEXT: &str = "..data_tmp";
const FILE_MODE: u32 = 0o644;

/// Keys with their contents.
pub(super) type Data = BTreeMap<String, Vec<u8>>;

/// Updates the volume to exactly these keys. Equal contents are no update.
pub(super) fn write(root: &Path, data: &Data) -> io::Result<()> {
    let old = published(root)?;
    let removed = removed(old.as_deref(), data)?;
    if removed.is_empty() && has(old.as_deref(), data)? {
        return link_keys(root, data);
    }
    let name = make_directory(root)?;
    write_files(&root.join(&name), data)?;
    symlink(&name, root.join(NEXT))?;
    // The atomic step.
    fs::rename(root.join(NEXT), root.join(DATA))?;
    link_keys(root, data)?;
    for key in removed {
        fs::remove_file(root.join(key))?;
    }
    match old {
        Some(old) => fs::remove_dir_all(old),
        None => Ok(()),
    }
}

/// The directory of the published generation.
fn published(root: &Path) -> io::Result<Option<PathBuf>> {
    match fs::read_link(root.join(DATA)) {
        Ok(name) => Ok(Some(root.join(name))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The keys of the old generation that are no longer there.
fn removed(old: Option<&Path>, data: &Data) -> io::Result<Vec<OsString>> {
    let Some(old) = old else {
        return Ok(Vec::new());
    };
    let mut removed = Vec::new();
    for entry in fs::read_dir(old)? {
        let name = entry?.file_name();
        if !name.to_str().is_some_and(|name| data.contains_key(name)) {
            removed.push(name);
        }
    }
    Ok(removed)
}

/// Whether the old generation has all keys with equal contents.
fn has(old: Option<&Path>, data: &Data) -> io::Result<bool> {
    let Some(old) = old else {
        return Ok(false);
    };
    for (key, bytes) in data {
        match fs::read(old.join(key)) {
            Ok(old) if old == *bytes => {}
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Creates the directory of the new generation, named by the time and a random number.
fn make_directory(root: &Path) -> io::Result<String> {
    let time = stamp(SystemTime::now());
    loop {
        let name = format!("..{time}.{}", random() >> 32);
        let directory = root.join(&name);
        match DirBuilder::new().mode(0o700).create(&directory) {
            Ok(()) => {
                chmod(&directory, 0o755)?;
                return Ok(name);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn write_files(directory: &Path, data: &Data) -> io::Result<()> {
    for (key, bytes) in shuffled(data) {
        let file = directory.join(key);
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

/// Creates the visible link of each new key.
fn link_keys(root: &Path, data: &Data) -> io::Result<()> {
    for (key, _) in shuffled(data) {
        let visible = root.join(key);
        match fs::read_link(&visible) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                symlink(Path::new(DATA).join(key), &visible)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn shuffled(data: &Data) -> Vec<(&String, &Vec<u8>)> {
    let mut data: Vec<_> = data.iter().collect();
    shuffle(&mut data);
    data
}

fn chmod(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}
