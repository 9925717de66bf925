//! Watchers without flags: the baseline for following a directory.
//!
//! They wait for the rename that publishes `..data`, read all files of the new generation and store the number
//! in one of them. They ignore failures and work on a mounted ConfigMap only.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::{fs, io, thread};

use notify::event::{EventKind, ModifyKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

/// Reads all files of the newest generation and returns the number in the file `first`.
///
/// # Errors
/// Any error of the file system.
pub fn read_generation(root: &Path, first: &str) -> io::Result<i64> {
    let generation = root.join(fs::read_link(root.join("..data"))?);
    let mut contents = Vec::new();
    for entry in fs::read_dir(generation)? {
        let entry = entry?;
        contents.push((entry.file_name(), fs::read(entry.path())?));
    }
    let number = contents.iter().find(|(name, _)| name == first);
    let number = number.and_then(|(_, content)| str::from_utf8(content).ok()?.parse().ok());
    number.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Stores the number in the file `first` in `latest` after each publish, with notify.
///
/// # Errors
/// If the directory cannot be watched.
pub fn notify(
    root: &Path,
    first: &str,
    latest: Arc<AtomicI64>,
) -> notify::Result<RecommendedWatcher> {
    let (directory, first) = (root.to_owned(), first.to_owned());
    watch(root, move || {
        if let Ok(number) = read_generation(&directory, &first) {
            latest.store(number, Ordering::Release);
        }
    })
}

/// Like [`notify()`], but the files are read by another thread than notify's, as by a program that also has a timer. The
/// thread ends when the watcher is dropped.
///
/// # Errors
/// If the directory cannot be watched.
pub fn notify_with_thread(
    root: &Path,
    first: &str,
    latest: Arc<AtomicI64>,
) -> notify::Result<RecommendedWatcher> {
    let (directory, first) = (root.to_owned(), first.to_owned());
    let (sender, updates) = mpsc::channel();
    thread::spawn(move || {
        for () in updates {
            if let Ok(number) = read_generation(&directory, &first) {
                latest.store(number, Ordering::Release);
            }
        }
    });
    watch(root, move || {
        sender.send(()).ok();
    })
}

/// Calls `published` after each publish.
fn watch(root: &Path, published: impl Fn() + Send + 'static) -> notify::Result<RecommendedWatcher> {
    let data = root.join("..data");
    // notify sends three events for a rename; one of them is enough.
    let renamed_to = EventKind::Modify(ModifyKind::Name(RenameMode::To));
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| event.kind == renamed_to && event.paths.last() == Some(&data)) {
            published();
        }
    })?;
    watcher.watch(root, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// A thread that follows a directory with inotify. Dropping this stops it.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub struct Inotify {
    watch: Option<(inotify::Watches, inotify::WatchDescriptor)>,
    thread: Option<thread::JoinHandle<()>>,
}

#[cfg(target_os = "linux")]
impl Inotify {
    /// Stores the number in the file `first` in `latest` after each publish.
    ///
    /// # Errors
    /// If the directory cannot be watched.
    pub fn new(root: &Path, first: &str, latest: Arc<AtomicI64>) -> io::Result<Self> {
        use inotify::{EventMask, WatchMask};

        let mut inotify = inotify::Inotify::init()?;
        let mut watches = inotify.watches();
        let watch = watches.add(root, WatchMask::MOVED_TO)?;
        let (directory, first) = (root.to_owned(), first.to_owned());
        let thread = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(events) = inotify.read_events_blocking(&mut buffer) {
                for event in events {
                    if event.mask.contains(EventMask::IGNORED) {
                        return;
                    }
                    if event.name.is_some_and(|name| name == "..data")
                        && let Ok(number) = read_generation(&directory, &first)
                    {
                        latest.store(number, Ordering::Release);
                    }
                }
            }
        });
        Ok(Self {
            watch: Some((watches, watch)),
            thread: Some(thread),
        })
    }
}

#[cfg(target_os = "linux")]
impl Drop for Inotify {
    fn drop(&mut self) {
        // The removal of the watch is an event, which ends the thread.
        if let Some((mut watches, watch)) = self.watch.take()
            && watches.remove(watch).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}
