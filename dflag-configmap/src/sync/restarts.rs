//! Restarts: when the program is notified of static flags that are pending restart.
//!
//! As the schedule, this is a pure function of its state, what is pending, and the time.

use std::time::{Duration, Instant};

use dflag::PendingRestart;

use crate::context::Context;

/// Which pending restarts the program was notified of, and when it will be of others.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    /// Whether `initialize` was called. Without it, a restart would not apply the values of static flags.
    is_initialized: bool,
    notified: Vec<PendingRestart>,
    /// When the program is to be notified.
    due: Option<Instant>,
}

impl Restarts {
    /// Records that the program applies static flags at start.
    pub(crate) fn initialize(&mut self) {
        self.is_initialized = true;
    }

    /// When a scan has to decide whether the program is notified.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The pending restarts of which the program is to be notified now, after a scan.
    pub(crate) fn due_now(&mut self, context: &Context) -> Vec<PendingRestart> {
        let option = &context.options.on_pending_restart;
        if !option.is_set() {
            return Vec::new();
        }
        let pending = context.flags.pending_restarts();
        // A restart reads what the source has, and that may be what was rejected or is on probation.
        let restart_problems = context.flags.restart_problems();
        let would_succeed = context.has_good_content() && restart_problems.is_empty();
        let is_due = self.observe(&pending, would_succeed, Instant::now(), option.delay());
        if is_due { pending } else { Vec::new() }
    }

    /// Whether the program is to be notified now of what is `pending` after a scan. Otherwise, if it has to be notified
    /// at all, that is due after `delay`.
    pub(crate) fn observe(
        &mut self,
        pending: &[PendingRestart],
        restart_would_succeed: bool,
        now: Instant,
        delay: Duration,
    ) -> bool {
        if pending.is_empty() {
            self.notified.clear();
        }
        let is_new = self.is_initialized && restart_would_succeed && pending != self.notified;
        if !is_new || pending.is_empty() {
            // What is pending later gets a delay of its own. If the old one stayed, a whole fleet whose delays were
            // over could be notified in the second in which its ConfigMap is corrected.
            self.due = None;
            return false;
        }
        // Further changes do not put it off, so that the longest delay is a promise.
        let due = *self.due.get_or_insert(now + delay);
        if now < due {
            return false;
        }
        self.due = None;
        self.notified = pending.to_vec();
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use clap::Parser;
    use dflag::{DynamicFlags, FlagSet, Layer, PendingRestart};

    use super::Restarts;

    #[derive(Clone, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 8080)]
        port: u16,
    }

    /// A delay of ten seconds, and a clock that counts seconds.
    struct Table {
        restarts: Restarts,
        flags: Arc<dyn FlagSet>,
        start: Instant,
    }

    impl Table {
        fn new() -> Self {
            let flags = Args::try_parse_dynamic_from(["test"]).unwrap();
            let flags: Arc<dyn FlagSet> = (&flags).into();
            flags.freeze();
            Self {
                restarts: Restarts::default(),
                flags,
                start: Instant::now(),
            }
        }

        fn initialized() -> Self {
            let mut table = Self::new();
            table.restarts.initialize();
            table
        }

        /// The pending restart of `port`; nothing is pending if that is the current one.
        fn pending(&self, port: &str) -> Vec<PendingRestart> {
            let mut layer = Layer::new("file", "flags");
            layer.text("port", "flags", port);
            self.flags.propose(&layer).unwrap();
            self.flags.pending_restarts()
        }

        /// Whether a scan at this time notifies the program.
        fn scan(&mut self, at: u64, port: &str, would_succeed: bool) -> bool {
            let pending = self.pending(port);
            let now = self.start + Duration::from_secs(at);
            let delay = Duration::from_secs(10);
            self.restarts.observe(&pending, would_succeed, now, delay)
        }

        fn due(&self) -> Option<u64> {
            let due = self.restarts.due()?;
            Some(due.duration_since(self.start).as_secs())
        }
    }

    /// A scan: its time, the port in the directory, whether a restart would succeed, whether the program is notified, and
    /// when that is due afterwards.
    type Row = (u64, &'static str, bool, bool, Option<u64>);

    #[track_caller]
    fn check(table: &mut Table, rows: &[Row]) {
        for (at, port, would_succeed, notified, due) in rows {
            let result = table.scan(*at, port, *would_succeed);
            assert_eq!((result, table.due()), (*notified, *due), "at {at}");
        }
    }

    #[test]
    fn the_program_is_notified_once_after_the_delay() {
        check(
            &mut Table::initialized(),
            &[
                (0, "8080", true, false, None),
                (1, "80", true, false, Some(11)),
                (3, "80", true, false, Some(11)),
                (11, "80", true, true, None),
                (12, "80", true, false, None),
                (99, "80", true, false, None),
            ],
        );
    }

    #[test]
    fn other_values_do_not_put_the_notification_off_and_are_new_after_it() {
        check(
            &mut Table::initialized(),
            &[
                (0, "80", true, false, Some(10)),
                (9, "81", true, false, Some(10)),
                (10, "81", true, true, None),
                (20, "80", true, false, Some(30)),
                (30, "80", true, true, None),
            ],
        );
    }

    #[test]
    fn a_notification_is_withdrawn_if_nothing_is_pending_any_more() {
        check(
            &mut Table::initialized(),
            &[
                (0, "80", true, false, Some(10)),
                (9, "8080", true, false, None),
                (10, "8080", true, false, None),
                (20, "80", true, false, Some(30)),
                (30, "80", true, true, None),
                (31, "8080", true, false, None),
                // The same value is new after a time with nothing pending.
                (32, "80", true, false, Some(42)),
            ],
        );
    }

    #[test]
    fn a_restart_that_would_fail_is_withdrawn_and_gets_a_new_delay() {
        check(
            &mut Table::initialized(),
            &[
                (0, "80", true, false, Some(10)),
                (5, "80", false, false, None),
                (20, "80", false, false, None),
                (21, "80", true, false, Some(31)),
                (31, "80", true, true, None),
                (32, "80", false, false, None),
                (33, "80", true, false, None),
            ],
        );
    }

    #[test]
    fn a_program_that_applies_no_static_flags_at_start_is_not_notified() {
        check(
            &mut Table::new(),
            &[(0, "80", true, false, None), (99, "80", true, false, None)],
        );
    }

    #[test]
    fn without_a_delay_the_first_scan_notifies() {
        let mut table = Table::initialized();
        let pending = table.pending("80");
        let (now, none) = (table.start, Duration::ZERO);
        assert!(table.restarts.observe(&pending, true, now, none));
        assert!(!table.restarts.observe(&pending, true, now, none));
    }
}
