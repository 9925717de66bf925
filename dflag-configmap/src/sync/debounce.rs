//! Debouncing: which of the files that a scan read count.
//!
//! A generation of kubelet's is complete when it appears and counts at once. Any other file may be in
//! the middle of being written: a shell empties it first, an editor moves it away for a moment, and
//! a copy of three files takes three steps. So a file that differs from what was accepted is pending
//! until it has not changed for a while, and the others that changed wait with it, but not forever:
//! a file that keeps changing delays the others by a limited time. Its own content is accepted in the
//! end, too, once two reads in a row agree.
//!
//! Neither a file system nor a clock is used here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::volume::{ByKey, Content, Contents, File};

/// How many times the settling time settled files wait for those that keep changing.
const PATIENCE: u32 = 10;

/// How many times the settling time an empty file waits. It is most likely about to be written.
const EMPTY: u32 = 5;

/// How long a file keeps changing before content that was read twice alike is accepted; for long
/// settling times, [`PATIENCE`].
const MAX_UNSETTLED: Duration = Duration::from_secs(5);

/// When to read such a file for the second time, so that this happens before it changes again.
const READ_TWICE_WITHIN: Duration = Duration::from_millis(10);

/// The contents accepted last, and the files that are pending.
#[derive(Debug)]
pub(crate) struct Debounce {
    /// How long a file must have been unchanged.
    settle: Duration,
    accepted: Arc<Contents>,
    pending: ByKey<Pending>,
}

/// A file that differs from what was accepted.
#[derive(Clone, Debug)]
struct Pending {
    /// As the last scan read it; `None` if it is gone.
    file: Option<File>,
    /// The newest content that was not empty.
    last_nonempty: Option<Content>,
    unchanged_since: Instant,
    differs_since: Instant,
    is_settled: bool,
    /// How many scans in a row read the content again.
    repeats: u32,
    /// Whether the last other content that was not empty was longer, as in a file that is being rewritten.
    is_shrunk: bool,
    /// Whether content was accepted although the file keeps changing.
    is_restless: bool,
}

/// What a scan observed.
pub(crate) struct Observation<'a> {
    /// When the scan began: everything observed lasted at least until then.
    pub(crate) started: Instant,
    /// When it had read everything: whatever changed may be as young as that.
    pub(crate) finished: Instant,
    pub(crate) files: &'a ByKey<File>,
    /// Until when a file counts as open for writing.
    pub(crate) writing_until: &'a dyn Fn(&str) -> Option<Instant>,
    /// How long a file is known to have been unchanged before it was first read.
    pub(crate) age: &'a dyn Fn(Option<&File>) -> Option<Duration>,
}

impl Debounce {
    pub(crate) fn new(settle: Duration) -> Self {
        Self {
            settle,
            accepted: Arc::default(),
            pending: ByKey::default(),
        }
    }

    /// The contents accepted last.
    pub(crate) fn accepted(&self) -> &Arc<Contents> {
        &self.accepted
    }

    /// How long to wait at most for a directory that keeps changing.
    pub(crate) fn patience(&self) -> Duration {
        self.settle.saturating_mul(PATIENCE)
    }

    /// The files whose content is not accepted yet.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &str> {
        let pending = self.pending.iter();
        let differs = pending.filter(|(key, pending)| self.accepted.get(key) != pending.content());
        differs.map(|(key, _)| &**key)
    }

    /// The files that have been pending for longer than others wait for them, as of the scan that
    /// began at `started`.
    pub(crate) fn unsettled(&self, started: Instant) -> impl Iterator<Item = &str> {
        let unsettled = self.pending.iter().filter(move |(_, pending)| {
            let is_late = || started >= pending.differs_since + self.patience();
            !pending.is_settled && (pending.is_restless || is_late())
        });
        unsettled.map(|(key, _)| &**key)
    }

    /// How long a file may keep changing before its content is accepted all the same.
    fn max_unsettled(&self) -> Duration {
        MAX_UNSETTLED.max(self.patience())
    }

    /// Accepts `contents` as they are.
    pub(crate) fn accept_all(&mut self, contents: Contents) {
        self.forget_pending();
        self.accepted = Arc::new(contents);
    }

    /// Forgets the pending files.
    pub(crate) fn forget_pending(&mut self) {
        self.pending = ByKey::default();
    }

    /// Accepts the pending files as well as possible: with the newest content that was not empty.
    pub(crate) fn accept_pending(&mut self) {
        for (key, pending) in std::mem::take(&mut self.pending) {
            let content = pending
                .file
                .map(|file| pending.last_nonempty.unwrap_or(file.content));
            self.accept(key, content);
        }
    }

    /// Accepts the files that have settled. Returns when to scan again, if any are pending.
    pub(crate) fn observe(&mut self, observation: &Observation<'_>) -> Option<Instant> {
        let started = observation.started;
        let mut due: Option<Instant> = None;
        let mut restless = Vec::new();
        let before = std::mem::take(&mut self.pending);
        let is_gone = |key: &&Arc<str>| observation.files.get(key).is_none();
        let gone = self.accepted.keys().filter(is_gone);
        for key in observation.files.keys().chain(gone) {
            let file = observation.files.get(key);
            let is_accepted = file.map(|file| &file.content) == self.accepted.get(key);
            // One that returned to its accepted content, and kept it, is not pending any longer.
            let is_pending = |pending: &&Pending| {
                pending.content() != self.accepted.get(key)
                    || self.ready_at(key, pending, observation) > started
            };
            let pending = before.get(key).filter(is_pending).cloned();
            if is_accepted && pending.is_none() {
                continue;
            }
            let mut pending = pending.unwrap_or_else(|| Pending::new(file, observation.finished));
            pending.update(file, observation.finished);
            let ready = self.ready_at(key, &pending, observation);
            pending.is_settled = ready <= started;
            if is_accepted {
                // A file that keeps changing stays pending, and so is reported, until it has settled.
                if pending.is_settled {
                    continue;
                }
                if !pending.is_restless {
                    self.pending.set(Arc::clone(key), Some(pending));
                    continue;
                }
                pending.differs_since = observation.finished;
            } else if !pending.is_settled
                && started >= pending.differs_since + self.max_unsettled()
                && (observation.writing_until)(key).is_none()
            {
                if pending.is_repeated() {
                    pending.is_restless = true;
                    pending.differs_since = observation.finished;
                    restless.push((Arc::clone(key), pending.content().cloned()));
                } else {
                    due = Some(earliest(due, observation.finished + READ_TWICE_WITHIN));
                }
            }
            if !pending.is_settled {
                due = Some(earliest(due, ready));
            }
            self.pending.set(Arc::clone(key), Some(pending));
        }

        for (key, content) in restless {
            self.accept(key, content);
        }
        let settled = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.is_settled);
        let patient_until = settled
            .map(|(_, pending)| pending.differs_since + self.patience())
            .min();
        match patient_until {
            Some(until) if due.is_some() && started < until => {
                due = Some(earliest(due, until));
            }
            Some(_) => self.accept_settled(),
            None => {}
        }
        due
    }

    /// When `pending` has been unchanged for long enough, if it stays as it is.
    fn ready_at(&self, key: &str, pending: &Pending, observation: &Observation<'_>) -> Instant {
        let file = pending.file.as_ref();
        // A file of no flag may be an editor's, which exists for a moment only.
        let is_empty =
            file.is_some_and(|file| file.content.is_empty() || file.content == Content::Unknown);
        let wait = self.settle.saturating_mul(if is_empty { EMPTY } else { 1 });
        let is_old = wait.is_zero() || (observation.age)(file).is_some_and(|age| age >= wait);
        let ready = if is_old {
            observation.started
        } else {
            pending.unchanged_since + wait
        };
        let writing_until = (observation.writing_until)(key);
        writing_until.map_or(ready, |until| until.max(ready))
    }

    fn accept_settled(&mut self) {
        for (key, pending) in std::mem::take(&mut self.pending) {
            if pending.is_settled {
                self.accept(key, pending.file.map(|file| file.content));
            } else {
                self.pending.set(key, Some(pending));
            }
        }
    }

    fn accept(&mut self, key: Arc<str>, content: Option<Content>) {
        Arc::make_mut(&mut self.accepted).set(key, content);
    }
}

impl Pending {
    fn new(file: Option<&File>, now: Instant) -> Self {
        Self {
            file: file.cloned(),
            last_nonempty: None,
            unchanged_since: now,
            differs_since: now,
            is_settled: false,
            repeats: 0,
            is_shrunk: false,
            is_restless: false,
        }
    }

    /// Whether it was read twice alike, and is neither absent, empty nor shrinking.
    fn is_repeated(&self) -> bool {
        self.repeats > 0
            && self.content().is_some_and(|content| !content.is_empty())
            && !self.is_shrunk
    }

    fn content(&self) -> Option<&Content> {
        self.file.as_ref().map(|file| &file.content)
    }

    fn update(&mut self, file: Option<&File>, now: Instant) {
        let content = file.map(|file| &file.content);
        let is_same = self.content() == content;
        let len = |content: Option<&Content>| content.map_or(0, Content::len);
        if !is_same && len(content) > 0 {
            self.is_shrunk = len(content) < len(self.last_nonempty.as_ref());
        }
        self.repeats = if is_same {
            self.repeats.saturating_add(1)
        } else {
            0
        };
        if self.file.as_ref() != file {
            self.file = file.cloned();
            self.unchanged_since = now;
        }
        if let Some(file) = file.filter(|file| !file.content.is_empty()) {
            self.last_nonempty = Some(file.content.clone());
        }
    }
}

fn earliest(due: Option<Instant>, at: Instant) -> Instant {
    due.map_or(at, |due| due.min(at))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Debounce, Observation};
    use crate::volume::{ByKey, Content, Contents, File, fake_stamp};

    const WAIT: Duration = Duration::from_millis(100);

    /// Files as a table has them: key, content, the second of its last change.
    type Files<'a> = &'a [(&'a str, &'a str, i64)];

    fn by_key(files: Files<'_>) -> ByKey<File> {
        files
            .iter()
            .map(|&(key, value, changed)| {
                let content = Content::Bytes(value.as_bytes().into());
                (
                    key.into(),
                    File {
                        stamp: Some(fake_stamp::stamp(1, changed)),
                        content,
                    },
                )
            })
            .collect()
    }

    /// A clock and a `Debounce` that has accepted `files`.
    struct Table {
        debounce: Debounce,
        start: Instant,
        writing: Vec<(&'static str, u64)>,
    }

    impl Table {
        fn with(files: Files<'_>) -> Self {
            let mut debounce = Debounce::new(WAIT);
            let contents = by_key(files).into_iter();
            debounce.accept_all(
                contents
                    .map(|(key, file)| (key, file.content))
                    .collect::<Contents>(),
            );
            Self {
                debounce,
                start: Instant::now(),
                writing: Vec::new(),
            }
        }

        /// Scans at `at` milliseconds; returns what is accepted then, and when to scan again.
        fn scan(&mut self, at: u64, files: Files<'_>) -> (String, Option<u64>) {
            self.long_scan(at, at, files)
        }

        /// Scans from `started` to `finished`.
        fn long_scan(
            &mut self,
            started: u64,
            finished: u64,
            files: Files<'_>,
        ) -> (String, Option<u64>) {
            let ms = Duration::from_millis;
            let (start, writing) = (self.start, &self.writing);
            let due = self.debounce.observe(&Observation {
                started: start + ms(started),
                finished: start + ms(finished),
                files: &by_key(files),
                writing_until: &|key| {
                    writing
                        .iter()
                        .find(|(name, _)| *name == key)
                        .map(|(_, until)| start + ms(*until))
                },
                age: &|_| None,
            });
            (
                self.accepted(),
                due.map(|due| u64::try_from((due - start).as_millis()).unwrap()),
            )
        }

        fn accepted(&self) -> String {
            let pairs = self
                .debounce
                .accepted()
                .iter()
                .map(|(key, content)| match content {
                    Content::Bytes(bytes) => format!("{key}={}", String::from_utf8_lossy(bytes)),
                    Content::Unreadable(error) => format!("{key}!{error}"),
                    Content::Unknown => format!("{key}?"),
                });
            pairs.collect::<Vec<_>>().join(" ")
        }
    }

    fn accepted(text: &str, due: Option<u64>) -> (String, Option<u64>) {
        (text.to_owned(), due)
    }

    #[test]
    fn a_change_is_accepted_once_it_has_lasted() {
        let mut table = Table::with(&[("a", "1", 0)]);
        assert_eq!(table.scan(0, &[("a", "2", 1)]), accepted("a=1", Some(100)));
        assert_eq!(table.scan(99, &[("a", "2", 1)]), accepted("a=1", Some(100)));
        assert_eq!(table.scan(100, &[("a", "2", 1)]), accepted("a=2", None));
    }

    #[test]
    fn a_slow_scan_does_not_make_a_change_older() {
        let mut table = Table::with(&[("a", "1", 0)]);
        let emptied = &[("a", "", 1)];
        assert_eq!(table.long_scan(0, 490, emptied), accepted("a=1", Some(990)));
        assert_eq!(
            table.long_scan(500, 1000, emptied),
            accepted("a=1", Some(990))
        );
        assert_eq!(table.scan(1001, emptied), accepted("a=", None));
    }

    #[test]
    fn a_file_that_is_emptied_before_it_is_written_is_never_accepted_empty() {
        let mut table = Table::with(&[("a", "1", 0)]);
        assert_eq!(table.scan(0, &[("a", "", 1)]), accepted("a=1", Some(500)));
        assert_eq!(table.scan(60, &[("a", "2", 2)]), accepted("a=1", Some(160)));
        assert_eq!(table.scan(160, &[("a", "2", 2)]), accepted("a=2", None));
    }

    #[test]
    fn a_file_that_stays_empty_is_accepted_in_the_end() {
        let mut table = Table::with(&[("a", "1", 0)]);
        table.scan(0, &[("a", "", 1)]);
        assert_eq!(table.scan(499, &[("a", "", 1)]).0, "a=1");
        assert_eq!(table.scan(500, &[("a", "", 1)]), accepted("a=", None));
    }

    #[test]
    fn a_file_that_flips_between_its_accepted_content_and_a_shorter_one_is_reported() {
        let mut table = Table::with(&[("a", "long", 0)]);
        let mut reported = 0;
        for tick in 0..200_u64 {
            let text = ["lo", "long"][usize::from(tick % 2 == 1)];
            let changed = i64::try_from(tick).unwrap() + 1;
            assert_eq!(table.scan(tick * 35, &[("a", text, changed)]).0, "a=long");
            let now = table.start + Duration::from_millis(tick * 35);
            let unsettled: Vec<_> = table.debounce.unsettled(now).collect();
            assert_eq!(!unsettled.is_empty(), tick * 35 >= 1000, "{tick}");
            reported += unsettled.len();
        }
        assert!(reported > 100);

        // It stays as it is.
        let at_last = &[("a", "long", 200)];
        assert_eq!(table.scan(7100, at_last), accepted("a=long", None));
        assert_eq!(table.debounce.unsettled(table.start).count(), 0);
        // A later change is a new one.
        let later = &[("a", "lo", 300)];
        assert_eq!(table.scan(9000, later), accepted("a=long", Some(9100)));
        assert_eq!(table.scan(9100, later), accepted("a=lo", None));
    }

    #[test]
    fn the_same_text_written_twice_restarts_the_wait() {
        let mut table = Table::with(&[("a", "1", 0)]);
        table.scan(0, &[("a", "2", 1)]);
        assert_eq!(
            table.scan(100, &[("a", "2", 2)]),
            accepted("a=1", Some(200))
        );
    }

    #[test]
    fn a_file_that_is_absent_for_a_moment_stays_accepted() {
        let mut table = Table::with(&[("a", "1", 0)]);
        assert_eq!(table.scan(0, &[]), accepted("a=1", Some(100)));
        assert_eq!(table.scan(50, &[("a", "1", 9)]), accepted("a=1", None));
        assert_eq!(table.scan(60, &[]), accepted("a=1", Some(160)));
        assert_eq!(table.scan(160, &[]), accepted("", None));
    }

    #[test]
    fn a_file_that_exists_for_a_moment_is_never_accepted() {
        let mut table = Table::with(&[]);
        assert_eq!(table.scan(0, &[("4913", "", 0)]), accepted("", Some(500)));
        assert_eq!(table.scan(50, &[]), accepted("", None));
        assert_eq!(table.scan(60, &[("4913", "", 0)]), accepted("", Some(560)));
    }

    #[test]
    fn files_that_change_together_are_accepted_together() {
        let mut table = Table::with(&[("a", "1", 0), ("b", "1", 0)]);
        assert_eq!(
            table.scan(0, &[("a", "2", 1), ("b", "1", 0)]),
            accepted("a=1 b=1", Some(100))
        );
        assert_eq!(
            table.scan(90, &[("a", "2", 1), ("b", "2", 1)]),
            accepted("a=1 b=1", Some(100))
        );
        assert_eq!(
            table.scan(100, &[("a", "2", 1), ("b", "2", 1)]),
            accepted("a=1 b=1", Some(190))
        );
        assert_eq!(
            table.scan(190, &[("a", "2", 1), ("b", "2", 1)]),
            accepted("a=2 b=2", None)
        );
    }

    #[test]
    fn a_file_that_keeps_changing_delays_the_others_by_a_limited_time() {
        let mut table = Table::with(&[("a", "1", 0), ("b", "1", 0)]);
        for tick in 0..20_u64 {
            let (text, _) = table.scan(
                tick * 50,
                &[("a", "2", 1), ("b", "x", i64::try_from(tick).unwrap() + 1)],
            );
            assert_eq!(text, "a=1 b=1", "{tick}");
        }
        let (text, _) = table.scan(1000, &[("a", "2", 1), ("b", "y", 99)]);
        assert_eq!(text, "a=2 b=1");
    }

    /// Reads `key` a with each text, 20 ms apart, from `at` on, and never twice with the same stamp.
    fn rewrite(table: &mut Table, at: u64, texts: &[&str], scans: u64) -> String {
        let mut last = String::new();
        for (n, text) in (0..scans).zip(texts.iter().cycle()) {
            let changed = i64::try_from(at + n).unwrap() + 1;
            last = table.scan(at + n * 20, &[("a", text, changed)]).0;
        }
        last
    }

    fn unsettled(table: &Table, at: u64) -> Vec<&str> {
        let started = table.start + Duration::from_millis(at);
        table.debounce.unsettled(started).collect()
    }

    #[test]
    fn content_that_is_read_twice_alike_is_accepted_after_five_seconds_of_changes() {
        let mut table = Table::with(&[("a", "1", 0)]);
        assert_eq!(rewrite(&mut table, 0, &["2"], 45), "a=1");
        assert_eq!(unsettled(&table, 900), Vec::<&str>::new());
        assert_eq!(rewrite(&mut table, 900, &["2"], 205), "a=1");
        assert_eq!(unsettled(&table, 4_980), ["a"]);
        assert_eq!(rewrite(&mut table, 5_000, &["2"], 1), "a=2");
        // It is reported for as long as it keeps changing, and accepted once every five seconds.
        assert_eq!(rewrite(&mut table, 5_020, &["2"], 10), "a=2");
        assert_eq!(unsettled(&table, 5_200), ["a"]);
        assert_eq!(rewrite(&mut table, 5_220, &["3"], 249), "a=2");
        assert_eq!(rewrite(&mut table, 10_220, &["3"], 2), "a=3");
        let file = [("a", "3", 99_999)];
        table.scan(10_260, &file);
        table.scan(10_400, &file);
        assert_eq!(unsettled(&table, 10_400), Vec::<&str>::new());
        assert_eq!(table.scan(10_500, &file), accepted("a=3", None));
    }

    #[test]
    fn content_that_never_repeats_is_read_again_soon() {
        let mut table = Table::with(&[("a", "1", 0)]);
        assert_eq!(rewrite(&mut table, 0, &["2", "3"], 251), "a=1");
        let due = table.scan(5_020, &[("a", "3", 9_998)]);
        assert_eq!(due, accepted("a=1", Some(5_030)));
        let due = table.scan(5_030, &[("a", "3", 9_998)]);
        assert_eq!(due, accepted("a=3", Some(5_120)));
    }

    #[test]
    fn an_empty_or_shrinking_file_or_one_that_is_open_is_not_accepted_while_it_keeps_changing() {
        for texts in [
            &[""][..],
            &["", ""],
            &["half", "ha", "ha"],
            &["half", "", "ha", "ha"],
        ] {
            let mut table = Table::with(&[("a", "1", 0)]);
            assert_eq!(rewrite(&mut table, 0, texts, 1_000), "a=1", "{texts:?}");
        }
        let mut table = Table::with(&[("a", "1", 0)]);
        table.writing = vec![("a", 30_000)];
        assert_eq!(rewrite(&mut table, 0, &["2"], 1_000), "a=1");
    }

    #[test]
    fn a_file_that_is_open_for_writing_is_pending_until_it_is_closed() {
        let mut table = Table::with(&[("a", "1", 0)]);
        table.writing = vec![("a", 5000)];
        assert_eq!(
            table.scan(0, &[("a", "ha", 1)]),
            accepted("a=1", Some(5000))
        );
        assert_eq!(
            table.scan(2000, &[("a", "ha", 1)]),
            accepted("a=1", Some(5000))
        );
        table.writing.clear();
        assert_eq!(
            table.scan(2500, &[("a", "half", 2)]),
            accepted("a=1", Some(2600))
        );
        assert_eq!(
            table.scan(2600, &[("a", "half", 2)]),
            accepted("a=half", None)
        );
    }

    #[test]
    fn pending_files_are_accepted_with_their_last_nonempty_content() {
        let mut table = Table::with(&[]);
        table.scan(0, &[("a", "1", 1), ("b", "", 1)]);
        table.scan(50, &[("a", "", 2), ("b", "", 2)]);
        table.debounce.accept_pending();
        assert_eq!(table.accepted(), "a=1 b=");
    }
}
