//! The schedule: when to scan, and how thoroughly.
//!
//! It is a pure function of its state, what happened, and the time. Neither a clock nor a file system
//! is used here.
//!
//! Comparing metadata opens no file and causes no events, but it misses a write that leaves the
//! metadata as it was. That can happen until the file system's clock has ticked after the last change.

use std::time::{Duration, Instant};

use crate::volume::Check;

/// The slowest clock of a file system in use (FAT): two writes within one tick have the same time.
const SLOWEST_TICK: Duration = Duration::from_secs(2);

/// How often files are read although their metadata is unchanged. It serves file systems without times.
const READ_EVERY: Duration = Duration::from_secs(30);

/// The bounds of the rest after a scan. Scans that take longer than the upper one ran a callback.
const REST: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// How long a directory may change faster than it can be read before that is an error.
const MAX_UNSTABLE: Duration = Duration::from_secs(5);

/// How long to wait before asking again for a watch that the system rejected.
const RETRY_WATCHES_EVERY: Duration = Duration::from_secs(30);

/// Why a scan begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The directory is read for the first time, or followed from now on.
    Start,
    /// The program requests it.
    Reload,
    /// No event arrived.
    Timer,
    /// An event reported a change.
    Event,
    /// An event reported that a watch may be dead.
    WatchLost,
}

/// How to carry out a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) cause: Cause,
    pub(crate) started: Instant,
    pub(crate) check: Check,
    /// Set all watches anew.
    pub(crate) renew_watches: bool,
    /// Ask again for watches that the system rejected.
    pub(crate) retry_watches: bool,
}

/// How a scan ended. `pending` is when to scan again because a file is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// An event turned out to be redundant; not everything was compared.
    Redundant,
    /// Everything was compared, and nothing was read.
    Unchanged { pending: Option<Instant> },
    /// All files were read, which ended at `finished`.
    Read {
        changed: bool,
        finished: Instant,
        pending: Option<Instant>,
    },
    /// The directory changed during each attempt to read it.
    Unstable,
    /// The directory could not be read.
    Failed,
}

impl Outcome {
    /// Whether there is nothing to wait for.
    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Unchanged { pending } | Self::Read { pending, .. } => pending.is_none(),
            Self::Redundant | Self::Failed => true,
            Self::Unstable => false,
        }
    }
}

/// When the next scan is due, and what is known of the last ones.
#[derive(Debug)]
pub(crate) struct Schedule {
    rescan_every: Duration,
    /// When to scan if no event arrives.
    next: Instant,
    /// Until when events have to wait.
    rest_until: Instant,
    /// When the last scan began that compared everything.
    compared: Option<Instant>,
    /// When all files were last read, and when such a scan last found a change.
    read: Option<Instant>,
    changed: Option<Instant>,
    /// Since when the directory has been changing too fast.
    unstable_since: Option<Instant>,
    /// The timer found what an event should have reported. That event may only be late.
    suspects_watches: bool,
    retry_watches_at: Instant,
}

impl Schedule {
    /// A schedule whose first scan is due `now` and reads everything.
    pub(crate) fn new(rescan_every: Duration, now: Instant) -> Self {
        Self {
            rescan_every,
            next: now,
            rest_until: now,
            compared: None,
            read: None,
            changed: None,
            unstable_since: None,
            suspects_watches: false,
            retry_watches_at: now,
        }
    }

    /// Makes the next scan due `now`, with new watches. What is known of the files stays.
    pub(crate) fn restart(&mut self, now: Instant) {
        *self = Self {
            compared: self.compared,
            read: self.read,
            changed: self.changed,
            ..Self::new(self.rescan_every, now)
        };
    }

    /// When to scan if no event arrives.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Until when events have to wait, so that a flood of them does not use a whole core.
    pub(crate) fn rest_until(&self) -> Instant {
        self.rest_until
    }

    /// Begins a scan.
    pub(crate) fn begin(&mut self, cause: Cause, now: Instant) -> Plan {
        let retry_watches = now >= self.retry_watches_at;
        if retry_watches {
            self.retry_watches_at = now + RETRY_WATCHES_EVERY;
        }
        Plan {
            cause,
            started: now,
            check: self.check(cause, now),
            renew_watches: match cause {
                Cause::WatchLost => true,
                Cause::Timer => self.suspects_watches,
                Cause::Start | Cause::Reload | Cause::Event => false,
            },
            retry_watches,
        }
    }

    fn check(&self, cause: Cause, now: Instant) -> Check {
        let is_due = self.compared.is_none_or(|at| now >= self.timer(at));
        match cause {
            Cause::Reload => Check::Contents,
            Cause::Timer if self.must_read(now) => Check::Contents,
            Cause::Timer => Check::Metadata,
            // However many events arrive, what no event reports is found when the timer is due.
            _ if is_due => Check::Contents,
            Cause::Start => Check::Start,
            Cause::Event | Cause::WatchLost => Check::Event,
        }
    }

    /// Whether files with unchanged metadata have to be read all the same.
    fn must_read(&self, now: Instant) -> bool {
        let (Some(read), Some(changed)) = (self.read, self.changed) else {
            return true;
        };
        read < changed + SLOWEST_TICK || now >= read + READ_EVERY
    }

    /// Ends the scan of `plan`.
    pub(crate) fn end(&mut self, plan: &Plan, outcome: Outcome, now: Instant) {
        let (shortest, longest) = REST;
        self.rest_until = now + now.duration_since(plan.started).clamp(shortest, longest);
        if outcome == Outcome::Redundant {
            self.next = self.next.max(self.rest_until);
            return;
        }
        self.compared = Some(plan.started);
        self.suspects_watches = false;
        let mut is_unstable = false;
        let due = match outcome {
            Outcome::Unchanged { pending } => pending,
            Outcome::Read {
                changed,
                finished,
                pending,
            } => {
                self.suspects_watches = changed && plan.cause == Cause::Timer;
                self.read = Some(plan.started);
                if changed || self.changed.is_none() {
                    self.changed = Some(finished);
                }
                pending
            }
            Outcome::Unstable => {
                is_unstable = true;
                Some(now)
            }
            Outcome::Redundant | Outcome::Failed => None,
        };
        self.unstable_since = if is_unstable {
            self.unstable_since.or(Some(plan.started))
        } else {
            None
        };
        let timer = self.timer(plan.started);
        self.next = due.map_or(timer, |due| due.min(timer)).max(self.rest_until);
    }

    /// Whether the directory has been unstable for so long that it counts as an error.
    pub(crate) fn is_persistently_unstable(&self, now: Instant) -> bool {
        self.unstable_since
            .is_some_and(|since| now >= since + MAX_UNSTABLE)
    }

    fn timer(&self, from: Instant) -> Instant {
        // A period beyond the range of the clock is as good as any long one.
        from.checked_add(self.rescan_every)
            .unwrap_or(from + READ_EVERY)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Cause, Outcome, Plan, Schedule};
    use crate::volume::Check;

    const UNCHANGED: Outcome = Outcome::Unchanged { pending: None };

    /// A schedule with a period of one second, and a clock that counts milliseconds.
    struct Table {
        schedule: Schedule,
        start: Instant,
    }

    impl Table {
        fn new() -> Self {
            let start = Instant::now();
            Self {
                schedule: Schedule::new(Duration::from_secs(1), start),
                start,
            }
        }

        /// A schedule after a first scan at 0 that read everything.
        fn after_start() -> Self {
            let mut table = Self::new();
            table.scan(Cause::Start, 0, table.read(true, 0));
            table
        }

        fn at(&self, ms: u64) -> Instant {
            self.start + Duration::from_millis(ms)
        }

        fn read(&self, changed: bool, finished: u64) -> Outcome {
            Outcome::Read {
                changed,
                finished: self.at(finished),
                pending: None,
            }
        }

        /// A scan that takes no time.
        fn scan(&mut self, cause: Cause, at: u64, outcome: Outcome) -> Plan {
            self.long_scan(cause, at, at, outcome)
        }

        fn long_scan(&mut self, cause: Cause, from: u64, to: u64, outcome: Outcome) -> Plan {
            let plan = self.schedule.begin(cause, self.at(from));
            self.schedule.end(&plan, outcome, self.at(to));
            plan
        }

        fn ms(&self, at: Instant) -> u64 {
            u64::try_from(at.duration_since(self.start).as_millis()).unwrap()
        }

        fn next(&self) -> u64 {
            self.ms(self.schedule.next())
        }

        fn rest_until(&self) -> u64 {
            self.ms(self.schedule.rest_until())
        }
    }

    #[test]
    fn the_first_scan_is_due_at_once_and_reads_everything() {
        for cause in [Cause::Start, Cause::Timer, Cause::Event] {
            let mut table = Table::new();
            assert_eq!(table.next(), 0);
            assert_eq!(table.scan(cause, 0, UNCHANGED).check, Check::Contents);
        }
    }

    #[test]
    fn the_next_scan_is_due_after_a_period_or_when_a_pending_file_is() {
        for (outcome, expected) in [
            (None, 1_000),
            (Some(300), 300),
            (Some(2_000), 1_000),
            (Some(1), 5),
        ] {
            let mut table = Table::new();
            let pending = outcome.map(|ms| table.at(ms));
            table.scan(Cause::Start, 0, Outcome::Unchanged { pending });
            assert_eq!(table.next(), expected);
        }
        let mut table = Table::new();
        table.scan(Cause::Start, 0, Outcome::Failed);
        assert_eq!(table.next(), 1_000);
        table.scan(Cause::Timer, 1_000, Outcome::Unstable);
        assert_eq!(table.next(), 1_005);
    }

    #[test]
    fn the_timer_is_never_switched_off() {
        let start = Instant::now();
        let mut schedule = Schedule::new(Duration::MAX, start);
        let plan = schedule.begin(Cause::Start, start);
        schedule.end(&plan, UNCHANGED, start);
        assert!(schedule.next() > start);
    }

    #[test]
    fn a_redundant_event_leaves_the_timer_as_it_is() {
        let mut table = Table::after_start();
        assert_eq!(
            table.scan(Cause::Event, 600, Outcome::Redundant).check,
            Check::Event
        );
        assert_eq!(table.next(), 1_000);
        table.scan(Cause::Event, 998, Outcome::Redundant);
        assert_eq!(table.next(), 1_003);
    }

    #[test]
    fn events_without_end_do_not_hold_the_timer_back() {
        let mut table = Table::after_start();
        for at in (100..1_000).step_by(100) {
            let plan = table.scan(Cause::Event, at, Outcome::Redundant);
            assert_eq!(plan.check, Check::Event);
        }
        let plan = table.scan(Cause::Event, 1_000, table.read(false, 1_000));
        assert_eq!(plan.check, Check::Contents);
        assert_eq!(table.next(), 2_000);
    }

    #[test]
    fn a_rest_lasts_as_long_as_the_scan_within_limits_and_delays_nothing_later() {
        for (to, expected) in [(0, 5), (50, 100), (5_000, 5_100)] {
            let mut table = Table::new();
            table.long_scan(Cause::Start, 0, to, UNCHANGED);
            assert_eq!(table.rest_until(), expected);
            assert!(table.next() >= expected);
        }
        let table = Table::after_start();
        assert!(
            table.schedule.rest_until() < table.at(900),
            "an event then need not wait"
        );
    }

    #[test]
    fn files_are_read_until_the_slowest_clock_has_ticked_and_then_rarely() {
        let mut table = Table::after_start();
        for (at, expected) in [
            (1_000, Check::Contents),
            (1_999, Check::Contents),
            (2_500, Check::Contents),
            (3_500, Check::Metadata),
            (32_000, Check::Metadata),
            (32_500, Check::Contents),
            (33_500, Check::Metadata),
        ] {
            let outcome = match expected {
                Check::Contents => table.read(false, at),
                _ => UNCHANGED,
            };
            let plan = table.scan(Cause::Timer, at, outcome);
            assert_eq!(plan.check, expected, "{at}");
        }
        table.scan(Cause::Event, 34_000, table.read(true, 34_000));
        let plan = table.scan(Cause::Timer, 35_000, UNCHANGED);
        assert_eq!(plan.check, Check::Contents, "after a change");
    }

    #[test]
    fn a_start_after_a_recent_scan_reads_nothing_and_a_later_one_everything() {
        for (at, expected) in [(999, Check::Start), (1_000, Check::Contents)] {
            let mut table = Table::after_start();
            table.schedule.restart(table.at(at));
            assert_eq!(table.next(), at);
            let plan = table.scan(Cause::Start, at, UNCHANGED);
            assert_eq!(plan.check, expected);
            assert!(plan.retry_watches);
        }
    }

    #[test]
    fn watches_are_renewed_if_one_is_lost_or_if_the_timer_found_what_an_event_should_have() {
        let mut table = Table::after_start();
        assert!(table.scan(Cause::WatchLost, 100, UNCHANGED).renew_watches);
        assert!(
            !table
                .scan(Cause::Timer, 1_100, table.read(true, 1_100))
                .renew_watches
        );
        // The event was only late, or it was lost.
        assert!(!table.scan(Cause::Event, 1_200, UNCHANGED).renew_watches);
        assert!(
            !table
                .scan(Cause::Timer, 2_200, table.read(true, 2_200))
                .renew_watches
        );
        assert!(table.scan(Cause::Timer, 3_200, UNCHANGED).renew_watches);
        assert!(!table.scan(Cause::Timer, 4_200, UNCHANGED).renew_watches);
    }

    #[test]
    fn rejected_watches_are_retried_every_thirty_seconds() {
        let mut table = Table::new();
        for (at, expected) in [(0, true), (29_999, false), (30_000, true), (31_000, false)] {
            let plan = table.scan(Cause::Timer, at, UNCHANGED);
            assert_eq!(plan.retry_watches, expected, "{at}");
        }
    }

    #[test]
    fn instability_is_an_error_after_five_seconds() {
        let mut table = Table::after_start();
        for at in [1_000, 3_000, 5_999] {
            table.scan(Cause::Timer, at, Outcome::Unstable);
            assert!(!table.schedule.is_persistently_unstable(table.at(at)));
        }
        assert!(table.schedule.is_persistently_unstable(table.at(6_000)));
        table.scan(Cause::Timer, 6_100, UNCHANGED);
        assert!(!table.schedule.is_persistently_unstable(table.at(60_000)));
    }
}
