//! Settling: what of the files that were seen can be taken.
//!
//! A generation of kubelet's is whole the moment it appears, and is taken as it is. Everything
//! else is somebody's writing: a shell empties a file before it writes, an editor moves it away
//! for a moment, a copy of three files takes three steps. So a file that differs from what was
//! taken last is *held* until it has not changed for a while, and so are the others with it;
//! but not for ever: a writer that never settles holds back only its own file.
//!
//! Neither a file system nor a clock is known here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::entry::{Content, Entry};
use crate::files::{self, Files};

/// How many times the settling time the settled files wait for the ones that are not.
const PATIENCE: u32 = 10;

/// How many times the settling time an empty file waits: nearly always it is about to be written.
const EMPTY: u32 = 5;

/// The files that count.
pub(crate) type Contents = Files<Content>;

/// What was taken last, and what waits.
#[derive(Debug, Default)]
pub(crate) struct Settle {
    taken: Arc<Contents>,
    held: Files<Held>,
}

/// A file that differs from what was taken of it.
#[derive(Debug)]
struct Held {
    /// As it was seen last; `None` if it is gone.
    seen: Option<Entry>,
    /// The newest content that was not empty.
    filled: Option<Content>,
    /// Since when it has been seen like this.
    since: Instant,
    /// Since when it has differed from what was taken.
    first: Instant,
    /// Whether it has lasted, as of the last look.
    settled: bool,
}

/// What one look saw, in the words of this room.
pub(crate) struct Sight<'a> {
    /// When the look began: whatever was seen lasted at least until then.
    pub(crate) begun: Instant,
    /// When it had seen everything: whatever is new may be as young as that.
    pub(crate) seen: Instant,
    /// How long a file must have been as it is.
    pub(crate) wait: Duration,
    pub(crate) entries: &'a Files<Entry>,
    /// Until when a file is known to be open for writing.
    pub(crate) busy_until: &'a dyn Fn(&str) -> Option<Instant>,
    /// For how long a file is known to have been as it is, without having been watched.
    pub(crate) age: &'a dyn Fn(Option<&Entry>) -> Option<Duration>,
}

impl Settle {
    /// The files that count, as of the last look that could take any.
    pub(crate) fn taken(&self) -> &Arc<Contents> {
        &self.taken
    }

    /// How long a first look waits for a directory that does not settle.
    pub(crate) fn patience(wait: Duration) -> Duration {
        wait.saturating_mul(PATIENCE)
    }

    /// Takes everything as it is.
    pub(crate) fn take_all(&mut self, entries: &Files<Entry>) {
        self.held.clear();
        let contents = entries
            .iter()
            .map(|(key, entry)| (Arc::clone(key), entry.content.clone()));
        self.taken = Arc::new(contents.collect());
    }

    /// Forgets what waits: it is no longer there to be seen.
    pub(crate) fn let_go(&mut self) {
        self.held.clear();
    }

    /// Takes what has settled. Returns when to look again, if anything waits.
    pub(crate) fn observe(&mut self, sight: &Sight<'_>) -> Option<Instant> {
        let mut before = std::mem::take(&mut self.held).into_iter().peekable();
        let mut due: Option<Instant> = None;
        for (key, entry, taken) in files::both(sight.entries, &self.taken) {
            while before.next_if(|(held, _)| held < key).is_some() {}
            let held = before.next_if(|(held, _)| held == key);
            if entry.map(|entry| &entry.content) == taken {
                continue;
            }
            let mut held = held.map_or_else(|| Held::new(entry, sight.seen), |(_, held)| held);
            held.see(entry, sight.seen);
            let empty = entry.is_some_and(|entry| entry.content.is_empty());
            let wait = sight.wait.saturating_mul(if empty { EMPTY } else { 1 });
            let calm = wait.is_zero() || (sight.age)(entry).is_some_and(|age| age >= wait);
            let ready = if calm { sight.begun } else { held.since + wait };
            let ready = (sight.busy_until)(key).map_or(ready, |busy| busy.max(ready));
            held.settled = ready <= sight.begun;
            if !held.settled {
                due = Some(earliest(due, ready));
            }
            self.held.push((Arc::clone(key), held));
        }

        let settled = self.held.iter().filter(|(_, held)| held.settled);
        let enough = settled
            .map(|(_, held)| held.first + Self::patience(sight.wait))
            .min();
        match enough {
            Some(enough) if due.is_some() && sight.begun < enough => {
                due = Some(earliest(due, enough));
            }
            Some(_) => self.take(false),
            None => {}
        }
        due
    }

    /// Takes what waits as well as it can be taken: the newest content that was not empty.
    pub(crate) fn give_up_waiting(&mut self) {
        self.take(true);
    }

    /// Takes what has settled, or all that waits.
    fn take(&mut self, all: bool) {
        let taken = Arc::make_mut(&mut self.taken);
        for (key, held) in std::mem::take(&mut self.held) {
            if all || held.settled {
                let filled = held.filled.filter(|_| all && held.seen.is_some());
                let content = filled.or(held.seen.map(|entry| entry.content));
                files::set(taken, key, content);
            } else {
                self.held.push((key, held));
            }
        }
    }
}

fn earliest(due: Option<Instant>, at: Instant) -> Instant {
    due.map_or(at, |due| due.min(at))
}

impl Held {
    fn new(seen: Option<&Entry>, now: Instant) -> Self {
        Self {
            seen: seen.cloned(),
            filled: None,
            since: now,
            first: now,
            settled: false,
        }
    }

    fn see(&mut self, entry: Option<&Entry>, now: Instant) {
        if self.seen.as_ref() != entry {
            self.seen = entry.cloned();
            self.since = now;
        }
        if let Some(entry) = entry.filter(|entry| !entry.content.is_empty()) {
            self.filled = Some(entry.content.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Settle, Sight};
    use crate::entry::{Content, Entry};
    use crate::stamp::fake;

    const WAIT: Duration = Duration::from_millis(100);

    /// Files as a table has them: key, content, the second of its last change.
    type Files<'a> = &'a [(&'a str, &'a str, i64)];

    fn entries(files: Files<'_>) -> crate::files::Files<Entry> {
        files
            .iter()
            .map(|&(key, value, changed)| {
                let content = Content::Bytes(value.as_bytes().into());
                (
                    key.into(),
                    Entry {
                        stamp: Some(fake::stamp(1, changed)),
                        content,
                    },
                )
            })
            .collect()
    }

    /// A clock and a `Settle` that has taken `files`.
    struct Table {
        settle: Settle,
        start: Instant,
        busy: Vec<(&'static str, u64)>,
    }

    impl Table {
        fn with(files: Files<'_>) -> Self {
            let mut settle = Settle::default();
            settle.take_all(&entries(files));
            Self {
                settle,
                start: Instant::now(),
                busy: Vec::new(),
            }
        }

        /// Looks at `at` milliseconds; returns what is taken then, and when to look again.
        fn look(&mut self, at: u64, files: Files<'_>) -> (String, Option<u64>) {
            self.look_for_long(at, at, files)
        }

        /// Looks from `begun` to `seen`.
        fn look_for_long(
            &mut self,
            begun: u64,
            seen: u64,
            files: Files<'_>,
        ) -> (String, Option<u64>) {
            let ms = Duration::from_millis;
            let (start, busy) = (self.start, &self.busy);
            let due = self.settle.observe(&Sight {
                begun: start + ms(begun),
                seen: start + ms(seen),
                wait: WAIT,
                entries: &entries(files),
                busy_until: &|key| {
                    busy.iter()
                        .find(|(name, _)| *name == key)
                        .map(|(_, until)| start + ms(*until))
                },
                age: &|_| None,
            });
            (
                self.taken(),
                due.map(|due| u64::try_from((due - start).as_millis()).unwrap()),
            )
        }

        fn taken(&self) -> String {
            let pairs = self
                .settle
                .taken()
                .iter()
                .map(|(key, content)| match content {
                    Content::Bytes(bytes) => format!("{key}={}", String::from_utf8_lossy(bytes)),
                    Content::Unreadable(error) => format!("{key}!{error}"),
                });
            pairs.collect::<Vec<_>>().join(" ")
        }
    }

    fn taken(text: &str, due: Option<u64>) -> (String, Option<u64>) {
        (text.to_owned(), due)
    }

    #[test]
    fn a_change_is_taken_once_it_has_lasted() {
        let mut table = Table::with(&[("a", "1", 0)]);
        assert_eq!(table.look(0, &[("a", "2", 1)]), taken("a=1", Some(100)));
        assert_eq!(table.look(99, &[("a", "2", 1)]), taken("a=1", Some(100)));
        assert_eq!(table.look(100, &[("a", "2", 1)]), taken("a=2", None));
    }

    #[test]
    fn a_look_that_takes_long_does_not_make_what_it_sees_older() {
        let mut table = Table::with(&[("a", "1", 0)]);
        let emptied = &[("a", "", 1)];
        assert_eq!(
            table.look_for_long(0, 490, emptied),
            taken("a=1", Some(990))
        );
        assert_eq!(
            table.look_for_long(500, 1000, emptied),
            taken("a=1", Some(990))
        );
        assert_eq!(table.look(1001, emptied), taken("a=", None));
    }

    #[test]
    fn a_file_that_is_emptied_before_it_is_written_never_shows_empty() {
        let mut table = Table::with(&[("a", "1", 0)]);
        assert_eq!(table.look(0, &[("a", "", 1)]), taken("a=1", Some(500)));
        assert_eq!(table.look(60, &[("a", "2", 2)]), taken("a=1", Some(160)));
        assert_eq!(table.look(160, &[("a", "2", 2)]), taken("a=2", None));
    }

    #[test]
    fn a_file_that_stays_empty_is_taken_empty_in_the_end() {
        let mut table = Table::with(&[("a", "1", 0)]);
        table.look(0, &[("a", "", 1)]);
        assert_eq!(table.look(499, &[("a", "", 1)]).0, "a=1");
        assert_eq!(table.look(500, &[("a", "", 1)]), taken("a=", None));
    }

    #[test]
    fn the_same_text_written_twice_counts_as_a_change_in_between() {
        let mut table = Table::with(&[("a", "1", 0)]);
        table.look(0, &[("a", "2", 1)]);
        assert_eq!(table.look(100, &[("a", "2", 2)]), taken("a=1", Some(200)));
    }

    #[test]
    fn a_file_that_goes_and_comes_back_was_never_gone() {
        let mut table = Table::with(&[("a", "1", 0)]);
        assert_eq!(table.look(0, &[]), taken("a=1", Some(100)));
        assert_eq!(table.look(50, &[("a", "1", 9)]), taken("a=1", None));
        assert_eq!(table.look(60, &[]), taken("a=1", Some(160)));
        assert_eq!(table.look(160, &[]), taken("", None));
    }

    #[test]
    fn a_file_that_comes_and_goes_was_never_there() {
        let mut table = Table::with(&[]);
        assert_eq!(table.look(0, &[("4913", "", 0)]), taken("", Some(500)));
        assert_eq!(table.look(50, &[]), taken("", None));
        assert_eq!(table.look(60, &[("4913", "", 0)]), taken("", Some(560)));
    }

    #[test]
    fn files_that_change_together_are_taken_together() {
        let mut table = Table::with(&[("a", "1", 0), ("b", "1", 0)]);
        assert_eq!(
            table.look(0, &[("a", "2", 1), ("b", "1", 0)]),
            taken("a=1 b=1", Some(100))
        );
        assert_eq!(
            table.look(90, &[("a", "2", 1), ("b", "2", 1)]),
            taken("a=1 b=1", Some(100))
        );
        assert_eq!(
            table.look(100, &[("a", "2", 1), ("b", "2", 1)]),
            taken("a=1 b=1", Some(190))
        );
        assert_eq!(
            table.look(190, &[("a", "2", 1), ("b", "2", 1)]),
            taken("a=2 b=2", None)
        );
    }

    #[test]
    fn a_writer_that_never_settles_holds_back_only_its_own_file() {
        let mut table = Table::with(&[("a", "1", 0), ("b", "1", 0)]);
        for tick in 0..20_u64 {
            let (text, _) = table.look(
                tick * 50,
                &[("a", "2", 1), ("b", "x", i64::try_from(tick).unwrap() + 1)],
            );
            assert_eq!(text, "a=1 b=1", "{tick}");
        }
        let (text, _) = table.look(1000, &[("a", "2", 1), ("b", "y", 99)]);
        assert_eq!(text, "a=2 b=1");
    }

    #[test]
    fn a_file_that_is_open_for_writing_is_held_until_it_is_closed_or_too_long_open() {
        let mut table = Table::with(&[("a", "1", 0)]);
        table.busy = vec![("a", 5000)];
        assert_eq!(table.look(0, &[("a", "ha", 1)]), taken("a=1", Some(5000)));
        assert_eq!(
            table.look(2000, &[("a", "ha", 1)]),
            taken("a=1", Some(5000))
        );
        table.busy.clear();
        assert_eq!(
            table.look(2500, &[("a", "half", 2)]),
            taken("a=1", Some(2600))
        );
        assert_eq!(table.look(2600, &[("a", "half", 2)]), taken("a=half", None));
    }

    #[test]
    fn who_gives_up_waiting_takes_what_was_not_empty() {
        let mut table = Table::with(&[]);
        table.look(0, &[("a", "1", 1), ("b", "", 1)]);
        table.look(50, &[("a", "", 2), ("b", "", 2)]);
        table.settle.give_up_waiting();
        assert_eq!(table.taken(), "a=1 b=");
    }
}
