//! Events: what an event means.
//!
//! Most mean nothing: readers cause events, too, and the updater reads most of all.
//! An event without a path says that others were lost. One about a watched directory itself says that
//! its watch may be gone. The rest are hints.
//!
//! Between a write and the close that follows, a file counts as open for writing. That distinguishes
//! a value whose writer pauses half-way from a finished one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, Event, EventKind, ModifyKind, RenameMode};

use super::targets::Target;
use crate::signal::Hint;

/// How long a file counts as open for writing. It limits writers that never close, and lost events.
const MAX_WRITE: Duration = Duration::from_secs(30);

/// Interprets events: what is watched, and which files are open for writing.
#[derive(Debug, Default)]
pub(crate) struct Events {
    targets: Vec<Target>,
    /// Since when each file has been open for writing.
    writing: HashMap<PathBuf, Instant>,
    /// Whether events may have been lost since the watches were set.
    has_lost: bool,
}

impl Events {
    /// Interprets events of `targets` from now on. If events `may_be_lost`, no file is known to be open.
    pub(crate) fn set_targets(&mut self, targets: &[Target], may_be_lost: bool) {
        if self.targets != targets {
            self.targets = targets.to_vec();
        }
        if may_be_lost {
            self.forget_writers();
        }
    }

    /// Records that watches were set, before which every earlier event was interpreted. The event that
    /// ended a write may be one that was lost, even if its beginning was not.
    pub(crate) fn watches_are_set(&mut self) {
        if std::mem::take(&mut self.has_lost) {
            self.writing.clear();
        }
    }

    fn forget_writers(&mut self) {
        self.writing.clear();
        self.has_lost = true;
    }

    /// Until when the file at `path` counts as open for writing.
    pub(crate) fn writing_until(&self, path: &Path) -> Option<Instant> {
        self.writing.get(path).map(|since| *since + MAX_WRITE)
    }

    /// Returns what `event` means.
    pub(crate) fn interpret(&mut self, event: &Event, now: Instant) -> Hint {
        if event.need_rescan() || event.paths.is_empty() {
            self.forget_writers();
            return Hint::WatchLost;
        }
        let paths = event.paths.iter();
        let hints = paths.map(|path| self.interpret_path(path, event.kind, now));
        hints.max().unwrap_or_default()
    }

    fn interpret_path(&mut self, path: &Path, kind: EventKind, now: Instant) -> Hint {
        match kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                return match self.writing.remove(path) {
                    Some(_) => Hint::Changed,
                    None => Hint::Nothing,
                };
            }
            // Each half of a rename has had an event of its own.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {
                return Hint::Nothing;
            }
            _ => {}
        }
        let is_moved = matches!(
            kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        );
        if self.targets.iter().any(|target| target.path == path) {
            if !is_moved {
                return Hint::Changed;
            }
            // Whatever is there next has other writers.
            self.writing.clear();
            return Hint::WatchLost;
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Hint::Nothing;
        };
        let mut targets = self.targets.iter();
        let target = targets.find(|target| target.path == parent && target.names.contains(name));
        let Some(target) = target else {
            return Hint::Nothing;
        };
        if matches!(kind, EventKind::Modify(ModifyKind::Data(_))) && target.names.keys {
            self.writing.entry(path.to_owned()).or_insert(now);
        } else if is_moved || matches!(kind, EventKind::Create(_)) {
            self.writing.remove(path);
        }
        Hint::Changed
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use notify::event::{
        AccessKind, AccessMode, CreateKind, DataChange, Event, EventKind, Flag, MetadataKind,
        ModifyKind, RemoveKind, RenameMode,
    };

    use super::Events;
    use crate::signal::Hint;
    use crate::volume::fake_stamp;
    use crate::watch::targets::{Names, Target};

    const WRITE: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const CLOSE: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));
    const FROM: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::From));
    const TO: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::To));
    const BOTH: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::Both));

    fn events() -> Events {
        let target = |path: &str, inode, keys, names: &[&str]| Target {
            path: path.into(),
            identity: fake_stamp::identity(inode),
            names: Names {
                keys,
                others: names.iter().map(Into::into).collect(),
            },
            is_essential: keys,
        };
        let mut events = Events::default();
        events.set_targets(
            &[
                target("/etc/dflag", 1, true, &[]),
                target("/etc", 2, false, &["dflag", "link"]),
            ],
            false,
        );
        events
    }

    fn about(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(path.into())
    }

    #[test]
    fn events_are_interpreted_as_in_the_table() {
        let open = EventKind::Access(AccessKind::Open(AccessMode::Any));
        let attributes = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
        let made = EventKind::Create(CreateKind::Any);
        let removed = EventKind::Remove(RemoveKind::Any);
        for (kind, path, expected) in [
            (TO, "/etc/dflag/..data", Hint::Changed),
            (BOTH, "/etc/dflag/..data", Hint::Nothing),
            (made, "/etc/dflag/..data_tmp", Hint::Nothing),
            (made, "/etc/dflag/..2026_01_01", Hint::Nothing),
            (open, "/etc/dflag", Hint::Nothing),
            (open, "/etc/dflag/a", Hint::Nothing),
            (CLOSE, "/etc/dflag/a", Hint::Nothing),
            (WRITE, "/etc/dflag/a", Hint::Changed),
            (WRITE, "/etc/dflag/.a.swp", Hint::Nothing),
            (attributes, "/etc/dflag", Hint::Changed),
            (removed, "/etc/dflag/a", Hint::Changed),
            (removed, "/etc/dflag", Hint::WatchLost),
            (FROM, "/etc/dflag", Hint::WatchLost),
            (FROM, "/etc", Hint::WatchLost),
            (made, "/etc/dflag", Hint::Changed),
            (removed, "/etc/link", Hint::Changed),
            (WRITE, "/etc/passwd", Hint::Nothing),
            (WRITE, "/somewhere/else", Hint::Nothing),
        ] {
            assert_eq!(
                events().interpret(&about(kind, path), Instant::now()),
                expected,
                "{kind:?} {path}"
            );
        }
    }

    #[test]
    fn an_event_without_a_path_means_lost_events() {
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(events().interpret(&lost, Instant::now()), Hint::WatchLost);
        assert_eq!(
            events().interpret(&Event::new(EventKind::Other), Instant::now()),
            Hint::WatchLost
        );
    }

    #[test]
    fn a_file_is_open_for_writing_from_the_first_write_to_the_close() {
        let (mut events, start) = (events(), Instant::now());
        let file = Path::new("/etc/dflag/a");
        assert_eq!(events.writing_until(file), None);
        events.interpret(&about(WRITE, "/etc/dflag/a"), start);
        events.interpret(
            &about(WRITE, "/etc/dflag/a"),
            start + Duration::from_secs(5),
        );
        assert_eq!(
            events.writing_until(file),
            Some(start + Duration::from_secs(30))
        );
        assert_eq!(
            events.interpret(&about(CLOSE, "/etc/dflag/a"), start),
            Hint::Changed
        );
        assert_eq!(events.writing_until(file), None);
    }

    #[test]
    fn a_write_whose_end_may_be_lost_is_forgotten_once_watches_are_set() {
        let file = Path::new("/etc/dflag/a");
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        let mut events = events();
        events.interpret(&lost, Instant::now());
        events.interpret(&about(WRITE, "/etc/dflag/a"), Instant::now());
        events.watches_are_set();
        assert_eq!(events.writing_until(file), None);

        events.interpret(&about(WRITE, "/etc/dflag/a"), Instant::now());
        events.watches_are_set();
        assert!(events.writing_until(file).is_some());
    }

    #[test]
    fn a_file_is_not_open_for_writing_once_it_is_replaced_or_events_are_lost() {
        let file = Path::new("/etc/dflag/a");
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        for event in [
            about(TO, "/etc/dflag/a"),
            about(FROM, "/etc/dflag/a"),
            about(FROM, "/etc/dflag"),
            lost,
        ] {
            let mut events = events();
            events.interpret(&about(WRITE, "/etc/dflag/a"), Instant::now());
            events.interpret(&event, Instant::now());
            assert_eq!(events.writing_until(file), None, "{event:?}");
        }
    }

    #[test]
    fn a_writer_is_remembered_until_events_may_be_lost() {
        let file = Path::new("/etc/dflag/a");
        let mut events = events();
        let targets = events.targets.clone();
        events.interpret(&about(WRITE, "/etc/dflag/a"), Instant::now());
        events.set_targets(&targets, false);
        assert!(events.writing_until(file).is_some());
        events.set_targets(&targets, true);
        assert_eq!(events.writing_until(file), None);
    }
}
