//! Hearing: what an event means.
//!
//! Most mean nothing: whoever reads makes events, and the one who reads most is this updater.
//! An event without a path tells that others were lost. One about a directory that is itself
//! watched tells that its watch may be gone. The rest are hints.
//!
//! Between a write and the close that follows, a file is known to be open for writing.
//! That is how a value whose writer pauses half-way is told from a finished one.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, Event, EventKind, ModifyKind, RenameMode};

use super::plan::Point;
use crate::signal::Hint;

/// How long a file that was written to and not closed is held back. It is for writers that never
/// close, and for closes that went unheard.
const LONGEST_WRITE: Duration = Duration::from_secs(30);

/// What is listened for, and who is writing.
#[derive(Debug, Default)]
pub(crate) struct Hearing {
    points: Vec<Point>,
    /// Since when each file that is open for writing is. They are few.
    writing: Vec<(PathBuf, Instant)>,
}

impl Hearing {
    /// Listens for `points` from now on. With `deaf`, events may have been lost meanwhile,
    /// and nobody is known to be writing.
    pub(crate) fn listen(&mut self, points: &[Point], deaf: bool) {
        if self.points != points {
            self.points = points.to_vec();
        }
        if deaf {
            self.writing.clear();
        }
    }

    /// Until when the file at `path` counts as open for writing.
    pub(crate) fn writing_until(&self, path: &Path) -> Option<Instant> {
        let at = self.position(path)?;
        self.writing
            .get(at)
            .map(|(_, since)| *since + LONGEST_WRITE)
    }

    /// Hears one event, and tells what it means.
    pub(crate) fn hear(&mut self, event: &Event, now: Instant) -> Hint {
        if event.need_rescan() || event.paths.is_empty() {
            self.writing.clear();
            return Hint::Watch;
        }
        let paths = event.paths.iter();
        let hints = paths.map(|path| self.hear_of(path, event.kind, now));
        hints.max().unwrap_or_default()
    }

    fn hear_of(&mut self, path: &Path, kind: EventKind, now: Instant) -> Hint {
        match kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                return if self.forget(path) {
                    Hint::Inside
                } else {
                    Hint::Nothing
                };
            }
            // Of a rename both halves have been told, each on its own: the look is under way.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {
                return Hint::Nothing;
            }
            _ => {}
        }
        let moved = matches!(
            kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        );
        if self.points.iter().any(|point| point.path == path) {
            if !moved {
                return Hint::Way;
            }
            // Whatever is there next, its writers are others, or were unheard meanwhile.
            self.writing.clear();
            return Hint::Watch;
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Hint::Nothing;
        };
        let mut points = self.points.iter();
        let of_interest = points.find(|point| point.path == parent && point.interest.covers(name));
        let Some(point) = of_interest else {
            return Hint::Nothing;
        };
        let (keys, named) = (point.interest.keys, point.interest.names(name));
        if matches!(kind, EventKind::Modify(ModifyKind::Data(_))) && keys {
            if self.position(path).is_none() {
                self.writing.push((path.to_owned(), now));
            }
        } else if moved || matches!(kind, EventKind::Create(_)) {
            self.forget(path);
        }
        if named { Hint::Way } else { Hint::Inside }
    }

    /// Which of those that are open for writing the file at `path` is.
    fn position(&self, path: &Path) -> Option<usize> {
        let mut writing = self.writing.iter();
        writing.position(|(of, _)| of.as_os_str() == path.as_os_str())
    }

    /// Whether the file at `path` was known to be open for writing; it no longer is.
    fn forget(&mut self, path: &Path) -> bool {
        let known = self.position(path);
        if let Some(at) = known {
            self.writing.swap_remove(at);
        }
        known.is_some()
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

    use super::Hearing;
    use crate::signal::Hint;
    use crate::stamp::fake;
    use crate::watch::plan::{Interest, Point};

    const WRITE: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const CLOSE: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));
    const FROM: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::From));
    const TO: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::To));
    const BOTH: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::Both));

    fn hearing() -> Hearing {
        let point = |path: &str, inode, keys, names: &[&str]| Point {
            path: path.into(),
            identity: fake::identity(inode),
            interest: Interest {
                keys,
                names: names.iter().map(Into::into).collect(),
            },
            essential: keys,
        };
        let mut hearing = Hearing::default();
        hearing.listen(
            &[
                point("/etc/dflag", 1, true, &[]),
                point("/etc", 2, false, &["dflag", "link"]),
            ],
            false,
        );
        hearing
    }

    fn about(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(path.into())
    }

    #[test]
    fn an_event_means_what_the_table_says() {
        let open = EventKind::Access(AccessKind::Open(AccessMode::Any));
        let attributes = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
        let made = EventKind::Create(CreateKind::Any);
        let removed = EventKind::Remove(RemoveKind::Any);
        for (kind, path, expected) in [
            (TO, "/etc/dflag/..data", Hint::Inside),
            (BOTH, "/etc/dflag/..data", Hint::Nothing),
            (made, "/etc/dflag/..data_tmp", Hint::Nothing),
            (made, "/etc/dflag/..2026_01_01", Hint::Nothing),
            (open, "/etc/dflag", Hint::Nothing),
            (open, "/etc/dflag/a", Hint::Nothing),
            (CLOSE, "/etc/dflag/a", Hint::Nothing),
            (WRITE, "/etc/dflag/a", Hint::Inside),
            (WRITE, "/etc/dflag/.a.swp", Hint::Nothing),
            (attributes, "/etc/dflag", Hint::Way),
            (removed, "/etc/dflag/a", Hint::Inside),
            (removed, "/etc/dflag", Hint::Watch),
            (FROM, "/etc/dflag", Hint::Watch),
            (FROM, "/etc", Hint::Watch),
            (made, "/etc/dflag", Hint::Way),
            (removed, "/etc/link", Hint::Way),
            (WRITE, "/etc/passwd", Hint::Nothing),
            (WRITE, "/somewhere/else", Hint::Nothing),
        ] {
            assert_eq!(
                hearing().hear(&about(kind, path), Instant::now()),
                expected,
                "{kind:?} {path}"
            );
        }
    }

    #[test]
    fn lost_events_are_a_hint_without_a_path() {
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(hearing().hear(&lost, Instant::now()), Hint::Watch);
        assert_eq!(
            hearing().hear(&Event::new(EventKind::Other), Instant::now()),
            Hint::Watch
        );
    }

    #[test]
    fn a_file_is_open_for_writing_from_the_first_write_to_the_close() {
        let (mut hearing, start) = (hearing(), Instant::now());
        let file = Path::new("/etc/dflag/a");
        assert_eq!(hearing.writing_until(file), None);
        hearing.hear(&about(WRITE, "/etc/dflag/a"), start);
        hearing.hear(
            &about(WRITE, "/etc/dflag/a"),
            start + Duration::from_secs(5),
        );
        assert_eq!(
            hearing.writing_until(file),
            Some(start + Duration::from_secs(30))
        );
        assert_eq!(
            hearing.hear(&about(CLOSE, "/etc/dflag/a"), start),
            Hint::Inside
        );
        assert_eq!(hearing.writing_until(file), None);
    }

    #[test]
    fn a_file_that_is_replaced_or_lost_from_hearing_is_not_being_written() {
        let file = Path::new("/etc/dflag/a");
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        for event in [
            about(TO, "/etc/dflag/a"),
            about(FROM, "/etc/dflag/a"),
            about(FROM, "/etc/dflag"),
            lost,
        ] {
            let mut hearing = hearing();
            hearing.hear(&about(WRITE, "/etc/dflag/a"), Instant::now());
            hearing.hear(&event, Instant::now());
            assert_eq!(hearing.writing_until(file), None, "{event:?}");
        }
    }

    #[test]
    fn a_writer_is_remembered_for_as_long_as_nothing_goes_unheard() {
        let file = Path::new("/etc/dflag/a");
        let mut hearing = hearing();
        let points = hearing.points.clone();
        hearing.hear(&about(WRITE, "/etc/dflag/a"), Instant::now());
        hearing.listen(&points, false);
        assert!(hearing.writing_until(file).is_some());
        hearing.listen(&points, true);
        assert_eq!(hearing.writing_until(file), None);
    }
}
