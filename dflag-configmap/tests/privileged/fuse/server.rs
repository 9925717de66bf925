//! A file system that mirrors another directory, read-only and without caches.
//!
//! It implements the part of the kernel's FUSE protocol, 7.31, that reading requires. Times are whole seconds.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

const DEVICE: &str = "/dev/fuse";
const ROOT: u64 = 1;

/// The lengths of the headers of a request and of an answer.
const REQUEST: usize = 40;
const ANSWER: usize = 16;

/// Every read goes to the server.
const DIRECT_IO: u32 = 1;

const ENOENT: i32 = 2;
const EIO: i32 = 5;
const ENOSYS: i32 = 38;

/// Whether each read of a file fails, which changes no metadata.
static READS_FAIL: AtomicBool = AtomicBool::new(false);

/// Makes each read of a file fail from now on, or succeed.
pub(crate) fn fail_reads(fail: bool) {
    READS_FAIL.store(fail, Ordering::SeqCst);
}

/// Opens the kernel's side.
pub(crate) fn device() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(DEVICE)
}

/// Mounts `behind` at `point` until the process ends.
pub(crate) fn mount(behind: &Path, point: &Path) {
    let device = device().unwrap();
    let mut server = Server {
        paths: vec![behind.to_owned()],
        numbers: HashMap::from([(behind.to_owned(), ROOT)]),
        device: device.try_clone().unwrap(),
    };
    let mut mount = Command::new("mount");
    // The device is the standard input of the command, so its descriptor is 0.
    mount
        .args(["-i", "-t", "fuse", "-o"])
        .arg("fd=0,rootmode=40000,user_id=0,group_id=0")
        .arg("none")
        .arg(point)
        .stdin(Stdio::from(device));
    assert!(mount.status().unwrap().success());
    std::thread::spawn(move || server.serve());
}

struct Server {
    device: File,
    /// By number, from [`ROOT`] on.
    paths: Vec<PathBuf>,
    numbers: HashMap<PathBuf, u64>,
}

/// The bytes of an answer, or the number of an error.
type Answer = Result<Vec<u8>, i32>;

impl Server {
    fn serve(&mut self) {
        let mut buffer = vec![0; 1 << 18];
        while let Ok(length) = self.device.read(&mut buffer) {
            let request = &buffer[..length];
            let (kind, unique, node) =
                (u32_at(request, 4), u64_at(request, 8), u64_at(request, 16));
            let answer = match kind {
                1 => self.lookup(node, &request[REQUEST..length - 1]),
                2 | 42 => continue, // FORGET has no answer
                3 => self.attributes(node),
                5 => self.link(node),
                14 | 27 => Ok(opened()),
                15 => self.read(node, &request[REQUEST..]),
                18 | 25 | 29 => Ok(Vec::new()),
                26 => Ok(initialized()),
                28 => self.list(node, &request[REQUEST..]),
                _ => Err(ENOSYS),
            };
            let (error, body) = match answer {
                Ok(body) => (0, body),
                Err(error) => (-error, Vec::new()),
            };
            let length = u32::try_from(ANSWER + body.len()).unwrap();
            let mut bytes = length.to_ne_bytes().to_vec();
            bytes.extend(error.to_ne_bytes());
            bytes.extend(unique.to_ne_bytes());
            bytes.extend(body);
            // A request that was interrupted does not accept an answer.
            let _ = self.device.write(&bytes);
        }
    }

    fn path(&self, node: u64) -> &Path {
        &self.paths[usize::try_from(node - ROOT).unwrap()]
    }

    /// A replaced file is another file, so the number identifies path and inode.
    fn number(&mut self, path: PathBuf, metadata: &Metadata) -> u64 {
        let key = path.join(format!("{}:{}", metadata.dev(), metadata.ino()));
        let next = self.paths.len() as u64 + ROOT;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.paths.push(path);
        }
        number
    }

    fn lookup(&mut self, node: u64, name: &[u8]) -> Answer {
        let path = self.path(node).join(OsStr::from_bytes(name));
        let metadata = fs::symlink_metadata(&path).map_err(|error| number_of(&error))?;
        let number = self.number(path, &metadata);
        let mut body = [number, 0, 0, 0, 0].map(u64::to_ne_bytes).concat();
        body.extend(stat(number, &metadata));
        Ok(body)
    }

    fn attributes(&self, node: u64) -> Answer {
        let metadata = fs::symlink_metadata(self.path(node)).map_err(|error| number_of(&error))?;
        let mut body = vec![0; 16];
        body.extend(stat(node, &metadata));
        Ok(body)
    }

    fn link(&self, node: u64) -> Answer {
        let target = fs::read_link(self.path(node)).map_err(|error| number_of(&error))?;
        Ok(target.as_os_str().as_bytes().to_vec())
    }

    fn read(&self, node: u64, request: &[u8]) -> Answer {
        if READS_FAIL.load(Ordering::SeqCst) {
            return Err(EIO);
        }
        let (offset, most) = (u64_at(request, 8), u32_at(request, 16));
        let file = File::open(self.path(node)).map_err(|error| number_of(&error))?;
        let mut bytes = vec![0; most as usize];
        let length = file.read_at(&mut bytes, offset);
        bytes.truncate(length.map_err(|error| number_of(&error))?);
        Ok(bytes)
    }

    /// Lists all names at once, since the directory of a test has few.
    fn list(&self, node: u64, request: &[u8]) -> Answer {
        let mut body = Vec::new();
        if u64_at(request, 8) > 0 {
            return Ok(body);
        }
        for (n, entry) in fs::read_dir(self.path(node))
            .map_err(|error| number_of(&error))?
            .flatten()
            .enumerate()
        {
            let (name, metadata) = (entry.file_name(), entry.metadata());
            let Ok(metadata) = metadata else { continue };
            let length = u32::try_from(name.len()).unwrap();
            body.extend(metadata.ino().to_ne_bytes());
            body.extend((n as u64 + 1).to_ne_bytes());
            body.extend(length.to_ne_bytes());
            body.extend((metadata.mode() >> 12).to_ne_bytes());
            body.extend(name.as_bytes());
            body.resize(body.len().next_multiple_of(8), 0);
        }
        Ok(body)
    }
}

fn initialized() -> Vec<u8> {
    let (version, write, granularity) = ([7_u32, 31], 4096_u32, 1_000_000_000_u32);
    let mut body = version.map(u32::to_ne_bytes).concat();
    body.extend([0; 12]); // read-ahead, flags, background
    body.extend(write.to_ne_bytes());
    body.extend(granularity.to_ne_bytes());
    body.resize(64, 0);
    body
}

fn opened() -> Vec<u8> {
    let mut body = vec![0; 8];
    body.extend(DIRECT_IO.to_ne_bytes());
    body.extend([0; 4]);
    body
}

fn stat(number: u64, metadata: &Metadata) -> Vec<u8> {
    let second = |seconds: i64| u64::try_from(seconds).unwrap_or_default();
    let longs = [
        number,
        metadata.size(),
        metadata.blocks(),
        second(metadata.atime()),
        second(metadata.mtime()),
        second(metadata.ctime()),
    ];
    let words = [
        0, // nanoseconds, three times
        0,
        0,
        metadata.mode(),
        u32::try_from(metadata.nlink()).unwrap(),
        metadata.uid(),
        metadata.gid(),
        0,
        4096,
        0,
    ];
    let mut body = longs.map(u64::to_ne_bytes).concat();
    body.extend(words.map(u32::to_ne_bytes).concat());
    body
}

fn number_of(error: &io::Error) -> i32 {
    match error.kind() {
        io::ErrorKind::NotFound => ENOENT,
        _ => error.raw_os_error().unwrap_or(EIO),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap())
}
