use std::time::{Duration, Instant};

use super::{Answer, Event, Machine, State};
use crate::recovery::Verdict;

/// A probation of 10 s with a timeout of 2 s. Each row is a second, an event in that second, and the verdict after it:
/// `.` for none, `passed`, or a part of the reason for a failure.
#[track_caller]
fn check(rows: &[(u64, Happened, &str)]) {
    let start = Instant::now();
    let at = |second: u64| start + Duration::from_secs(second);
    let mut machine = Machine::new(Duration::from_secs(10), Duration::from_secs(2));
    for (second, happened, expected) in rows {
        let answered = |started: u64, answer| Event::Answered {
            started: at(started),
            answer,
        };
        let event = match *happened {
            Apply => Some(Event::Applied),
            ApplyUnhealthy => Some(Event::AwaitHealth),
            Edit => Some(Event::Restarted("an edit".to_owned())),
            Ok => Some(answered(*second, Answer::Healthy)),
            OkSince(started) => Some(answered(started, Answer::Healthy)),
            Bad => Some(answered(*second, Answer::Unhealthy("broken".to_owned()))),
            BadSince(started) => Some(answered(started, Answer::Unhealthy("old".to_owned()))),
            Panic => Some(answered(*second, Answer::Panicked)),
            RunningSince(started) => Some(Event::Running {
                started: at(started),
            }),
            Elsewhere => Some(Event::FailedElsewhere("elsewhere".to_owned())),
            End => Some(Event::Ended),
            Nothing => None,
        };
        if let Some(event) = event {
            machine.handle(event, at(*second));
        }
        let verdict = match machine.verdict(at(*second)) {
            Verdict::Continue => ".".to_owned(),
            Verdict::Passed => "passed".to_owned(),
            Verdict::Failed(reason) => reason,
        };
        let is_expected = match *expected {
            "." | "passed" => verdict == *expected,
            reason => verdict.contains(reason),
        };
        assert!(is_expected, "at {second}, {happened:?}: {verdict}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Happened {
    Apply,
    ApplyUnhealthy,
    Edit,
    Ok,
    OkSince(u64),
    Bad,
    BadSince(u64),
    Panic,
    RunningSince(u64),
    Elsewhere,
    End,
    Nothing,
}

use Happened::{
    Apply, ApplyUnhealthy, Bad, BadSince, Edit, Elsewhere, End, Nothing, Ok, OkSince, Panic,
    RunningSince,
};

#[test]
fn healthy_contents_pass_when_the_time_is_over() {
    check(&[
        (0, Apply, "."),
        (1, Ok, "."),
        (9, Ok, "."),
        (10, Nothing, "passed"),
    ]);
}

#[test]
fn contents_without_an_answer_do_not_pass() {
    check(&[(0, Apply, "."), (11, Nothing, "."), (12, Ok, "passed")]);
}

#[test]
fn three_failures_in_a_row_fail() {
    check(&[
        (0, Apply, "."),
        (1, Bad, "."),
        (2, Bad, "."),
        (3, Bad, "broken"),
    ]);
}

#[test]
fn a_success_resets_the_count() {
    check(&[
        (0, Apply, "."),
        (1, Bad, "."),
        (2, Bad, "."),
        (3, Ok, "."),
        (4, Bad, "."),
        (5, Bad, "."),
        (6, Ok, "."),
        (10, Nothing, "passed"),
    ]);
}

#[test]
fn failures_at_the_end_are_waited_for() {
    check(&[
        (0, Apply, "."),
        (8, Ok, "."),
        (9, Bad, "."),
        (10, Nothing, "."),
        (11, Bad, "."),
        (12, Bad, "3 health checks"),
    ]);
}

#[test]
fn a_panic_fails_at_once() {
    check(&[(0, Apply, "."), (1, Ok, "."), (2, Panic, "panicked")]);
}

#[test]
fn a_call_that_is_too_slow_fails_while_it_runs_and_when_it_has_ended() {
    check(&[
        (0, Apply, "."),
        (3, RunningSince(1), "."),
        (4, RunningSince(1), "longer than 2s"),
    ]);
    check(&[(0, Apply, "."), (5, OkSince(1), "longer than 2s")]);
}

#[test]
fn answers_to_earlier_calls_do_not_count() {
    check(&[
        (0, Ok, "."),
        (5, Apply, "."),
        (5, BadSince(4), "."),
        (6, Bad, "."),
        (7, Bad, "."),
        // The call ran when the contents were applied, so the timeout counts from then on.
        (7, RunningSince(4), "."),
        (8, RunningSince(4), "longer"),
    ]);
}

#[test]
fn an_edit_and_a_later_update_begin_anew() {
    for happened in [Edit, Apply] {
        check(&[
            (0, Apply, "."),
            (1, Bad, "."),
            (2, Bad, "."),
            (3, happened, "."),
            (4, Bad, "."),
            (5, Ok, "."),
            (12, Nothing, "."),
            (13, Nothing, "passed"),
        ]);
    }
}

#[test]
fn an_edit_begins_no_probation() {
    check(&[(0, Edit, "."), (1, Bad, "."), (2, Bad, "."), (3, Bad, ".")]);
}

#[test]
fn contents_applied_while_unhealthy_pass_at_the_first_success() {
    check(&[
        (5, ApplyUnhealthy, "."),
        (6, Bad, "."),
        (7, Panic, "."),
        (9, RunningSince(0), "."),
        (9, OkSince(4), "."),
        (10, OkSince(7), "."),
        (50, Bad, "."),
        (51, Ok, "passed"),
        (51, End, "."),
    ]);
}

#[test]
fn the_probation_of_earlier_contents_can_fail_later_ones() {
    check(&[(0, Apply, "."), (1, Elsewhere, "elsewhere"), (1, End, ".")]);
    check(&[(0, Elsewhere, ".")]);
}

#[test]
fn the_next_time_is_that_of_the_next_verdict() {
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    let mut machine = Machine::new(Duration::from_secs(10), Duration::from_secs(2));
    assert_eq!(machine.next(Some(start), start), None);
    machine.handle(Event::Applied, start);
    assert!(matches!(machine.state(), State::OnProbation(_)));
    assert_eq!(machine.next(None, at(1)), Some(at(10)));
    let late = Duration::from_millis(1);
    assert_eq!(machine.next(Some(at(1)), at(1)), Some(at(3) + late));
    assert_eq!(machine.next(None, at(10)), None);
}
