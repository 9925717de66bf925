//! Three directories, a link to one of them as the path of the updater, and random changes of these.

use std::collections::VecDeque;
use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use dflag_tests::kubelet::{Order, Volume};
use fastrand::Rng;

/// How many of the last changes a failure shows.
const LAST: usize = 25;

pub(crate) struct World {
    root: tempfile::TempDir,
    pub(crate) rng: Rng,
    /// Incremented, so that no two updates are equal by chance.
    count: u32,
    /// Descriptions of the last changes.
    pub(crate) last: VecDeque<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        // In memory where possible, which is faster than a disk.
        let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let world = Self {
            root: root.unwrap(),
            rng: Rng::with_seed(seed),
            count: 0,
            last: VecDeque::new(),
        };
        fs::create_dir(world.path("parent")).unwrap();
        symlink("../0", world.config()).unwrap();
        // An optional directory that vanishes before the first scan is no error.
        let mut volume = Volume::create(world.path("0")).unwrap();
        volume.write(&[("a", b"1".as_slice())]).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// One of the three directories.
    fn any(&mut self) -> PathBuf {
        let name = self.rng.u32(..3).to_string();
        self.path(&name)
    }

    /// The path of the updater: a link to one of the three directories.
    pub(crate) fn config(&self) -> PathBuf {
        self.path("parent/config")
    }

    /// Makes one random change, mostly of the directory that the path leads to.
    pub(crate) fn step(&mut self) {
        let current = fs::read_link(self.config()).ok();
        let current =
            current.and_then(|link| link.file_name().map(|name| self.root.path().join(name)));
        let other = self.any();
        let target = current.filter(|_| self.rng.u32(..8) > 0).unwrap_or(other);
        let is_mount = fs::symlink_metadata(target.join("..data")).is_ok();
        let change = match self.rng.u32(..100) {
            0..3 => self.remove(&target),
            3..6 => self.relink(),
            6..8 => self.exchange(&target),
            8 => self.remove_parent(),
            9..14 => self.unrelated(&target),
            14..17 if !is_mount => self.obstruct(&target),
            14..60 if !is_mount && target.exists() => self.edit(&target),
            14..17 => touch(&target),
            _ => self.update(&target),
        };
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        self.last.push_back(format!("{name}: {change}"));
        if self.last.len() > LAST {
            self.last.pop_front();
        }
    }

    fn value(&mut self) -> String {
        self.count += 1;
        match self.rng.u32(..40) {
            0 => "bad".to_owned(),
            1 => format!(" {}\n", self.count),
            _ => self.count.to_string(),
        }
    }

    /// kubelet, in one of its versions, writes the volume, and sometimes dies during it.
    fn update(&mut self, target: &Path) -> String {
        let both = self.count.to_string();
        let mut files: Vec<(&str, String)> = Vec::new();
        if self.rng.u32(..4) > 0 {
            files.extend([("left", both.clone()), ("right", both)]);
        }
        for key in ["a", "text", "overridden", "unknown"] {
            if self.rng.bool() {
                files.push((key, self.value()));
            }
        }
        let payload: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(key, value)| (*key, value.as_bytes()))
            .collect();
        let orders = [Order::Current, Order::Until1_29, Order::Before2021];
        // A restarted kubelet removes the leftovers of one that died.
        let _ = fs::remove_file(target.join("..data_tmp"));
        let mut volume = Volume::create(target)
            .unwrap()
            .order(orders[self.rng.usize(..3)])
            .fs_group(self.rng.u32(..8) == 0)
            .seed(self.rng.u64(..));
        let mut remaining = if self.rng.u32(..10) == 0 {
            self.rng.u32(1..13)
        } else {
            u32::MAX
        };
        let outcome = volume.write_with(&payload, |_| {
            remaining -= 1;
            if remaining == 0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        format!("updated to {files:?}: {outcome:?}")
    }

    /// A user edits a plain file, but not of the pair.
    fn edit(&mut self, target: &Path) -> String {
        let key = ["a", "text", "overridden", "unknown"][self.rng.usize(..4)];
        let (path, value) = (target.join(key), self.value());
        let _ = fs::remove_dir(&path);
        if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            let _ = fs::remove_file(&path);
        }
        let method = self.rng.u32(..5);
        match method {
            0 => fs::write(&path, &value).unwrap(),
            1 => {
                let new = target.join(".new");
                fs::write(&new, &value).unwrap();
                fs::rename(&new, &path).unwrap();
            }
            2 => {
                let mut file = fs::File::create(&path).unwrap();
                for byte in value.as_bytes() {
                    file.write_all(&[*byte]).unwrap();
                    std::thread::yield_now();
                }
            }
            3 => {
                let _ = fs::rename(&path, target.join(format!("{key}~")));
                fs::write(&path, &value).unwrap();
            }
            _ => {
                let _ = fs::remove_file(&path);
            }
        }
        format!("edited {key}, method {method}, {value:?}")
    }

    /// A directory or a dangling link gets the name of a flag.
    fn obstruct(&mut self, target: &Path) -> String {
        let path = target.join(["a", "text"][self.rng.usize(..2)]);
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
        let is_link = self.rng.bool();
        let _ = if is_link {
            symlink("nothing", &path)
        } else {
            fs::create_dir(&path)
        };
        format!("obstructed {}, by a link: {is_link}", path.display())
    }

    /// A file that is no flag appears.
    fn unrelated(&mut self, target: &Path) -> String {
        let name =
            ["a~", ".a.swp", "#a#", ".#a", "..orphan", "a b", ".hidden"][self.rng.usize(..7)];
        let path = target.join(name);
        let _ = fs::write(&path, "666").or_else(|_| fs::create_dir(&path));
        if self.rng.bool() {
            let _ = fs::remove_file(&path);
        }
        format!("unrelated file {name}")
    }

    /// Removes a directory in place, or moves it away first.
    fn remove(&mut self, target: &Path) -> String {
        let is_moved = self.rng.bool();
        let away = self.path("away");
        if !is_moved {
            let _ = fs::remove_dir_all(target);
        } else if fs::rename(target, &away).is_ok() {
            fs::remove_dir_all(&away).unwrap();
        }
        if self.rng.bool() {
            let _ = fs::create_dir(target);
        }
        format!("removed, moved away first: {is_moved}")
    }

    /// Links the path to another directory, by a rename or as `ln -sfn` does.
    fn relink(&mut self) -> String {
        let (link, new) = (self.config(), self.path("parent/new"));
        let target = format!("../{}", self.rng.u32(..3));
        if self.rng.bool() {
            symlink(&target, &new).unwrap();
            fs::rename(&new, &link).unwrap();
        } else {
            let _ = fs::remove_file(&link);
            symlink(&target, &link).unwrap();
        }
        format!("the path was linked to {target}")
    }

    /// Exchanges two directories.
    fn exchange(&mut self, target: &Path) -> String {
        let (other, away) = (self.any(), self.path("away"));
        if target != other && fs::rename(target, &away).is_ok() {
            let _ = fs::rename(&other, target);
            fs::rename(&away, &other).unwrap();
        }
        format!("exchanged with {}", other.display())
    }

    /// Removes the parent directory of the path and creates it again.
    fn remove_parent(&mut self) -> String {
        fs::remove_dir_all(self.path("parent")).unwrap();
        fs::create_dir(self.path("parent")).unwrap();
        self.relink()
    }
}

/// Changes modes without changing contents, as an `fsGroup` does.
fn touch(target: &Path) -> String {
    for entry in fs::read_dir(target).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| !kind.is_symlink()) {
            let mode = fs::Permissions::from_mode(0o755);
            let _ = fs::set_permissions(entry.path(), mode);
        }
    }
    "touched".to_owned()
}
