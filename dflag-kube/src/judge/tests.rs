use std::time::{Duration, Instant};

use super::{Api, Content, Judge, Revision, Shape, Verdict};

/// The lag of the tables, in seconds.
pub(super) const LAG: u64 = 180;

/// Keys of one letter, with a digit each: `a1b2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys(pub(super) Vec<(char, char)>);

impl Content for Keys {
    fn contains(&self, part: &Self) -> bool {
        part.0.iter().all(|key| self.0.contains(key))
    }

    fn has_keys_of(&self, other: &Self) -> bool {
        let is_here = |name: char| self.0.iter().any(|key| key.0 == name);
        other.0.iter().all(|key| is_here(key.0))
    }
}

pub(super) fn keys(text: &str) -> Keys {
    let letters: Vec<char> = text.chars().collect();
    Keys(letters.chunks(2).map(|key| (key[0], key[1])).collect())
}

fn revision(version: u64) -> Revision {
    Revision {
        uid: "uid".into(),
        version: version.to_string(),
    }
}

/// A judge, and a clock that counts seconds. It starts long before the first event, as a machine does.
struct Table {
    judge: Judge<Keys>,
    start: Instant,
    version: u64,
}

impl Table {
    fn new() -> Self {
        Self {
            judge: Judge::new(Duration::from_secs(LAG)),
            start: Instant::now() + Duration::from_secs(100_000),
            version: 1,
        }
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    /// A list that says what is known already, or something new.
    fn list(&mut self, at: u64, text: &str) -> bool {
        let now = self.at(at);
        let revision = revision(self.version);
        self.judge.listed(revision, keys(text), now, now)
    }

    /// A list after which the version is another one.
    fn list_new(&mut self, at: u64, text: &str) {
        self.version += 1;
        assert!(!self.list(at, text));
    }

    fn event(&mut self, at: u64, text: &str) {
        self.version += 1;
        let now = self.at(at);
        self.judge.changed(revision(self.version), keys(text), now);
    }

    fn swap(&mut self, at: u64, text: &str) -> Verdict<Keys> {
        self.swap_between(at, at, text)
    }

    /// A swap that was seen later than it may have been published.
    fn swap_between(&mut self, after: u64, at: u64, text: &str) -> Verdict<Keys> {
        let (after, now) = (self.at(after), self.at(at));
        self.judge.swapped(keys(text), after, now)
    }

    /// Followed since second 0, with one change after 10 s.
    fn followed() -> Self {
        let mut table = Self::new();
        table.list(0, "a0");
        table.event(10, "a1");
        table
    }
}

fn apply(text: &str) -> Verdict<Keys> {
    Verdict::Apply(keys(text))
}

#[test]
fn confirmed_watch_decides() {
    let mut table = Table::followed();
    assert_eq!(table.judge.api(), Api::Confirmed);
    assert_eq!(table.swap(20, "a0"), Verdict::Hold);
    assert!(!table.judge.doubts(), "the record has it");
    assert_eq!(table.swap(30, "a1"), Verdict::Keep);
}

#[test]
fn swap_to_what_the_record_lacks_is_doubted_until_a_later_list() {
    let mut table = Table::followed();
    assert_eq!(table.swap(200, "a2"), Verdict::Hold);
    assert!(table.judge.doubts());
    // A list that was sent before the swap says nothing of it.
    let (sent, now) = (table.at(199), table.at(201));
    table.judge.listed(revision(2), keys("a1"), sent, now);
    assert!(table.judge.doubts());
    table.list(202, "a1");
    assert!(!table.judge.doubts() && !table.judge.is_held());
    assert_eq!(table.judge.lost(), Verdict::Keep);
}

#[test]
fn event_that_says_what_the_mount_has_ends_the_doubt() {
    let mut table = Table::followed();
    assert_eq!(table.swap(200, "a2"), Verdict::Hold);
    table.event(201, "a2");
    assert!(!table.judge.doubts());
    table.event(202, "a3");
    assert_eq!(table.judge.lost(), Verdict::Keep);
}

#[test]
fn old_content_that_the_object_left_longer_ago_than_the_lag_is_doubted() {
    let mut table = Table::followed();
    // `a0` ended at second 10.
    assert_eq!(table.swap(190, "a0"), Verdict::Hold);
    assert!(!table.judge.doubts());
    assert_eq!(table.swap(191, "a0"), Verdict::Hold);
    assert!(table.judge.doubts());
}

#[test]
fn with_the_api_away_a_swap_is_judged_by_the_record() {
    for (name, swap_at, text, expected) in [
        ("confirmed longer ago than the lag", 191, "a0", apply("a0")),
        ("new, but the record begins later", 100, "a2", Verdict::Hold),
        ("what is in force", 100, "a1", Verdict::Keep),
        ("the content before", 100, "a0", Verdict::Hold),
    ] {
        let mut table = Table::followed();
        assert_eq!(table.judge.lost(), Verdict::Keep);
        assert_eq!(table.swap(swap_at, text), expected, "{name}");
    }
}

#[test]
fn complete_record_tells_new_content_from_old() {
    for (text, expected) in [
        ("a3", apply("a3")),
        ("a0", apply("a0")), // it ended more than the lag before the swap
        ("a1", Verdict::Hold),
        ("a2", Verdict::Keep),
    ] {
        let mut table = Table::followed();
        table.event(190, "a2");
        let _ = table.judge.lost();
        assert_eq!(table.swap(200, text), expected, "{text}");
    }
}

#[test]
fn list_that_skips_versions_is_a_gap() {
    let mut table = Table::followed();
    let _ = table.judge.lost();
    table.list_new(200, "a3");
    let _ = table.judge.lost();
    assert_eq!(
        table.swap(210, "a2"),
        Verdict::Hold,
        "`a2` may lie before `a3`"
    );
    assert_eq!(table.swap(381, "a2"), apply("a2"), "the lag after the list");
}

#[test]
fn list_that_says_what_is_known_is_no_gap() {
    let mut table = Table::followed();
    let _ = table.judge.lost();
    assert!(table.list(200, "a1"));
    let _ = table.judge.lost();
    assert_eq!(table.swap(210, "a2"), apply("a2"));
}

#[test]
fn list_that_says_again_that_there_is_no_object_is_a_gap() {
    let mut table = Table::followed();
    let now = table.at(20);
    table.judge.changed(Revision::default(), keys(""), now);
    let _ = table.judge.lost();
    let now = table.at(200);
    assert!(table.judge.listed(Revision::default(), keys(""), now, now));
    let _ = table.judge.lost();
    assert_eq!(table.swap(210, "a2"), Verdict::Hold, "it may lie between");
}

#[test]
fn same_version_with_other_content_is_another_object() {
    let mut table = Table::followed();
    assert!(!table.list(200, "a7"), "etcd was restored");
    let _ = table.judge.lost();
    assert_eq!(table.swap(210, "a2"), Verdict::Hold);
}

#[test]
fn swap_that_was_held_is_judged_with_its_own_time_when_the_watch_is_lost() {
    let mut table = Table::followed();
    table.event(20, "a2");
    assert_eq!(table.swap(300, "a3"), Verdict::Hold);
    assert_eq!(table.judge.lost(), apply("a3"));
    let mut table = Table::followed();
    // The record of the lag before second 100 is not complete, however late that is found out.
    assert_eq!(table.swap(100, "a3"), Verdict::Hold);
    assert_eq!(table.judge.lost(), Verdict::Hold);
    assert!(table.judge.is_held());
}

#[test]
fn swap_that_was_not_seen_is_judged_by_the_earliest_time_that_it_can_have() {
    for (after, expected) in [(190, Verdict::Hold), (191, apply("a0"))] {
        let mut table = Table::followed();
        let _ = table.judge.lost();
        assert_eq!(table.swap_between(after, 5_000, "a0"), expected, "{after}");
    }
    let mut table = Table::followed();
    let _ = table.judge.denied();
    assert_eq!(table.swap_between(9, 5_000, "a2"), Verdict::Hold);
    assert_eq!(table.swap_between(11, 5_001, "a2"), apply("a2"));
    // A list that was sent before it was seen says nothing of it.
    let mut table = Table::followed();
    assert_eq!(table.swap_between(200, 300, "a2"), Verdict::Hold);
    let (sent, now) = (table.at(250), table.at(301));
    table.judge.listed(revision(2), keys("a1"), sent, now);
    assert!(table.judge.doubts());
}

#[test]
fn stop_decides_nothing() {
    let mut table = Table::followed();
    assert_eq!(table.swap(300, "a3"), Verdict::Hold);
    table.judge.stop();
    assert!(table.judge.is_held() && table.judge.api() == Api::Away);
    assert_eq!(table.judge.lost(), apply("a3"));
}

#[test]
fn held_swap_ends_with_the_next_one_or_with_an_answer() {
    let mut table = Table::followed();
    let _ = table.judge.lost();
    assert_eq!(table.swap(100, "a2"), Verdict::Hold);
    assert_eq!(table.swap(250, "a2"), apply("a2"));
    let mut table = Table::followed();
    let _ = table.judge.lost();
    assert_eq!(table.swap(100, "a2"), Verdict::Hold);
    table.list(110, "a1");
    assert_eq!(table.judge.lost(), Verdict::Keep);
}

#[test]
fn revert_to_what_the_api_said_last_is_applied_after_the_mount_has_overruled_it() {
    let mut table = Table::followed();
    let _ = table.judge.lost();
    assert_eq!(table.swap(300, "a2"), apply("a2"));
    assert_eq!(table.swap(400, "a1"), apply("a1"));
}

#[test]
fn rejected_program_follows_the_mount_at_once() {
    let mut table = Table::followed();
    assert_eq!(table.swap(20, "a2"), Verdict::Hold);
    assert_eq!(table.judge.denied(), apply("a2"));
    assert_eq!(table.swap(30, "a0"), apply("a0"));
}

#[test]
fn rejected_program_does_not_return_to_what_the_api_has_replaced() {
    let mut table = Table::followed();
    table.event(20, "a2");
    // The mount is late, and the API has gone on since.
    assert_eq!(table.swap(25, "a1"), Verdict::Hold);
    table.event(30, "a3");
    assert_eq!(table.judge.denied(), Verdict::Hold);
    assert_eq!(table.swap(40, "a2"), apply("a2"));
    // The list says nothing of what was there before it.
    assert_eq!(table.swap(50, "a4"), apply("a4"));
    table.list_new(60, "a6");
    assert_eq!(table.swap(65, "a5"), Verdict::Hold);
    let (sent, now) = (table.at(62), table.at(70));
    table.judge.listed(revision(99), keys("a7"), sent, now);
    assert_eq!(table.judge.denied(), Verdict::Hold);
}

#[test]
fn without_the_api_the_mount_is_followed() {
    let mut table = Table::new();
    let now = table.at(0);
    table.judge.found(keys("a0"), now);
    assert_eq!(table.swap(1, "a1"), apply("a1"));
    assert_eq!(table.swap(2, "a0"), apply("a0"));
}

#[test]
fn answer_decides_whatever_its_version() {
    let mut table = Table::followed();
    let _ = table.judge.lost();
    assert_eq!(table.swap(300, "a5"), apply("a5"));
    let now = table.at(310);
    table.judge.listed(revision(1), keys("a0"), now, now);
    assert_eq!(table.judge.api(), Api::Confirmed);
    assert_eq!(table.judge.lost(), Verdict::Keep);
}

#[test]
fn quiet_sources_are_unconfirmed_after_the_lag_only_while_the_api_is_away() {
    let mut table = Table::followed();
    let _ = table.swap(100, "a1");
    assert_eq!(table.judge.unconfirmed_at(), None);
    let _ = table.judge.lost();
    assert_eq!(table.judge.unconfirmed_at(), Some(table.at(280)));
    let _ = table.swap(200, "a9");
    assert_eq!(table.judge.unconfirmed_at(), Some(table.at(380)));
}

#[test]
fn mount_of_some_keys_is_compared_in_these() {
    let mut table = Table::new();
    let now = table.at(0);
    table.judge.found(keys("a0"), now);
    table.list(0, "a0b0");
    assert_eq!(table.judge.compare_at(), Some(table.at(LAG)));
    table.judge.compare(table.at(LAG));
    assert_eq!(table.judge.shape(), Shape::Part);
    table.event(300, "a1b1");
    let _ = table.judge.lost();
    assert_eq!(table.swap(310, "a1"), Verdict::Keep);
    assert_eq!(table.swap(320, "a0"), Verdict::Hold);
    assert_eq!(table.swap(330, "a2"), apply("a2"));
}

#[test]
fn mount_whose_keys_are_not_known_yet_does_not_go_backwards() {
    // The volume has `items`, or merges another ConfigMap, and the object changes too often to tell.
    for mounted in ["aN", "aNbNc9"] {
        let mounted = |digit: &str| mounted.replace('N', digit);
        let mut table = Table::new();
        let now = table.at(0);
        table.judge.found(keys(&mounted("0")), now);
        table.list(0, "a0b0");
        table.event(100, "a1b1");
        table.event(190, "a2b2");
        let _ = table.judge.lost();
        assert_eq!(table.swap(195, &mounted("1")), Verdict::Hold);
        let newer = mounted("3");
        assert_eq!(table.swap(200, &newer), apply(&newer));
    }
}

#[test]
fn mount_that_was_equal_before_the_object_got_more_keys_does_not_go_backwards() {
    // The volume has `items`. What it has then says nothing of a key that the object has not.
    for before in ["", "a0"] {
        let mut table = Table::new();
        let now = table.at(0);
        table.judge.found(keys(before), now);
        table.list(0, before);
        table.event(100, "a1b1");
        table.event(190, "a2b2");
        let _ = table.judge.lost();
        assert_eq!(table.swap(195, "a1"), Verdict::Hold, "{before}");
        assert_eq!(table.swap(200, "a3"), apply("a3"), "{before}");
    }
    // A key that the mount had is missing because it was removed.
    let mut table = Table::new();
    let now = table.at(0);
    table.judge.found(keys("a1b1"), now);
    table.list(0, "a1b1");
    table.event(190, "a1b2");
    let _ = table.judge.lost();
    assert_eq!(table.swap(200, "a1"), apply("a1"));
}

#[test]
fn mount_that_differs_for_longer_than_the_lag_is_not_followed() {
    let mut table = Table::new();
    let now = table.at(0);
    table.judge.found(keys("a9"), now);
    table.list(0, "a0");
    table.judge.compare(table.at(LAG - 1));
    assert_eq!(table.judge.shape(), Shape::Whole);
    table.judge.compare(table.at(LAG));
    assert_eq!(table.judge.shape(), Shape::Foreign);
    let _ = table.judge.denied();
    assert_eq!(table.swap(999, "a8"), Verdict::Keep);
    // It was only late.
    table.list_new(1000, "a8");
    assert_eq!(table.judge.shape(), Shape::Whole);
}

#[test]
fn mount_of_a_deleted_object_is_followed_when_it_is_swapped_again() {
    let mut table = Table::followed();
    let now = table.at(20);
    table.judge.found(keys("a1"), now);
    table.judge.changed(Revision::default(), keys(""), now);
    assert_eq!(table.judge.compare_at(), None);
    table.judge.compare(table.at(20 + LAG));
    assert_eq!(table.judge.shape(), Shape::Whole);
    let _ = table.judge.lost();
    assert_eq!(table.swap(21 + LAG, "a2"), apply("a2"));
    // One that is created again is compared.
    table.event(1_000, "a3");
    assert_eq!(table.judge.compare_at(), Some(table.at(1_000 + LAG)));
}

#[test]
fn part_of_the_keys_that_was_late_is_followed_again() {
    let mut table = Table::new();
    table.list(0, "a0b0");
    let now = table.at(0);
    table.judge.found(keys("a0"), now);
    table.judge.compare(table.at(LAG));
    assert_eq!(table.judge.shape(), Shape::Part);
    table.event(LAG + 10, "a1b0");
    table.judge.compare(table.at(2 * LAG + 10));
    assert_eq!(table.judge.shape(), Shape::Foreign);
    let _ = table.swap(2 * LAG + 20, "a1");
    assert_eq!(table.judge.shape(), Shape::Part);
}

#[test]
fn record_is_forgotten_as_time_goes_by() {
    let mut table = Table::followed();
    for second in 20..5_000 {
        table.event(second, if second % 2 == 0 { "a2" } else { "a3" });
    }
    let _ = table.judge.lost();
    assert_eq!(table.swap(5_001, "a0"), apply("a0"));
    assert_eq!(table.swap(5_002, "a2"), Verdict::Hold);
    assert_eq!(table.swap(5_003, "a4"), apply("a4"));
}
