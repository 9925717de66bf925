//! The state of a probation, as a pure function of what happened and when.

use std::time::{Duration, Instant};

use crate::recovery::Verdict;

/// How many health checks in a row have to fail.
const MAX_FAILURES: u32 = 3;

/// What a health check said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Healthy,
    Unhealthy(String),
    Panicked,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Contents were applied on probation.
    Applied,
    /// Contents are in force without one. They are good as soon as the program is healthy.
    AwaitHealth,
    /// Something else changed the flags.
    Restarted(String),
    /// A health check ended that had started then.
    Answered { started: Instant, answer: Answer },
    /// A health check that started then has not ended.
    Running { started: Instant },
    /// The probation of contents that were applied earlier failed.
    FailedElsewhere(String),
    /// The probation is over.
    Ended,
}

/// Whether the contents in force are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Trusted,
    /// They are as soon as a health check succeeds that started `since`.
    Unhealthy {
        since: Instant,
        has_recovered: bool,
    },
    OnProbation(Progress),
}

/// How far a probation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) since: Instant,
    pub(super) until: Instant,
    pub(super) failures: u32,
    pub(super) last_failure: Option<String>,
    pub(super) restarted_by: Option<String>,
    /// Whether a health check has succeeded.
    was_healthy: bool,
    /// What fails it at once.
    fatal: Option<String>,
}

/// A probation, or none.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    length: Duration,
    timeout: Duration,
    state: State,
}

impl Machine {
    pub(super) fn new(length: Duration, timeout: Duration) -> Self {
        Self {
            length,
            timeout,
            state: State::Trusted,
        }
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Whether health checks are needed.
    pub(super) fn is_open(&self) -> bool {
        self.state != State::Trusted
    }

    pub(super) fn handle(&mut self, event: Event, now: Instant) {
        let timeout = self.timeout;
        let is_late = |from: Instant, to: Instant| to.saturating_duration_since(from) > timeout;
        let too_slow = || format!("a health check took longer than {timeout:?}");
        match (event, &mut self.state) {
            (Event::Ended, _) => self.state = State::Trusted,
            (Event::AwaitHealth, _) => {
                self.state = State::Unhealthy {
                    since: now,
                    has_recovered: false,
                }
            }
            (Event::Applied, State::OnProbation(_)) => {
                self.begin(now, Some("a later update".to_owned()));
            }
            (Event::Applied, _) => self.begin(now, None),
            (Event::Restarted(cause), State::OnProbation(_)) => self.begin(now, Some(cause)),
            // A call that started before says nothing of the flags as they are now.
            (
                Event::Answered {
                    started,
                    answer: Answer::Healthy,
                },
                State::Unhealthy {
                    since,
                    has_recovered,
                },
            ) if started >= *since && !is_late(started, now) => *has_recovered = true,
            (Event::Answered { started, answer }, State::OnProbation(progress))
                if started >= progress.since =>
            {
                progress.answer(answer);
                if is_late(started, now) {
                    progress.fatal = Some(too_slow());
                }
            }
            (Event::Running { started }, State::OnProbation(progress))
                if is_late(started.max(progress.since), now) =>
            {
                progress.fatal = Some(too_slow());
            }
            (Event::FailedElsewhere(reason), State::OnProbation(progress)) => {
                progress.fatal = Some(reason);
            }
            _ => {}
        }
    }

    pub(super) fn verdict(&self, now: Instant) -> Verdict {
        let progress = match &self.state {
            State::Unhealthy {
                has_recovered: true,
                ..
            } => return Verdict::Passed,
            State::Trusted | State::Unhealthy { .. } => return Verdict::Continue,
            State::OnProbation(progress) => progress,
        };
        if let Some(reason) = &progress.fatal {
            return Verdict::Failed(reason.clone());
        }
        if let Some(failure) = progress
            .last_failure
            .as_ref()
            .filter(|_| progress.failures >= MAX_FAILURES)
        {
            let reason = format!("{MAX_FAILURES} health checks in a row failed: {failure}");
            return Verdict::Failed(reason);
        }
        // A probation does not end between two failures, nor before the first answer.
        if now >= progress.until && progress.was_healthy && progress.failures == 0 {
            return Verdict::Passed;
        }
        Verdict::Continue
    }

    /// When the verdict changes without an answer, if a health check that started at `running` does not end.
    pub(super) fn next(&self, running: Option<Instant>, now: Instant) -> Option<Instant> {
        let State::OnProbation(progress) = &self.state else {
            return None;
        };
        let until = Some(progress.until).filter(|until| *until > now);
        let late = running.map(|started| {
            // The timeout has to be exceeded.
            started.max(progress.since) + self.timeout + Duration::from_millis(1)
        });
        until.into_iter().chain(late).min()
    }

    fn begin(&mut self, now: Instant, restarted_by: Option<String>) {
        self.state = State::OnProbation(Progress {
            since: now,
            until: now + self.length,
            failures: 0,
            last_failure: None,
            restarted_by,
            was_healthy: false,
            fatal: None,
        });
    }
}

impl Progress {
    fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Healthy => {
                self.was_healthy = true;
                self.failures = 0;
                self.last_failure = None;
            }
            Answer::Unhealthy(failure) => {
                self.failures += 1;
                self.last_failure = Some(failure);
            }
            Answer::Panicked => self.fatal = Some("the health check panicked".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
