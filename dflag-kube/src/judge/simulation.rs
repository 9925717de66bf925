//! Random histories of an object, an API and a mount, over a simulated clock.
//!
//! Each state of the object has an index. What is applied must never go to a lower one with other contents. A restore of
//! etcd is a new state with old contents and an old version.

use std::time::{Duration, Instant};

use fastrand::Rng;

use super::tests::{Keys, LAG};
use super::{Api, Judge, Revision, Verdict};

/// The number of histories.
const HISTORIES: u64 = 4000;

/// The length of a history, in seconds.
const LENGTH: u64 = 3600;

/// How many changes of ten are reverts.
const REVERTS: u8 = 3;

/// How long a mount may be newer than what is applied.
const PATIENCE: u64 = 300;

/// How long until a frozen watch is noticed.
const IDLE: u64 = 150;

/// The time limit of a list.
const LIST: u64 = 5;

/// A state of the object.
#[derive(Clone, Debug, PartialEq)]
struct State {
    contents: Keys,
    revision: Revision,
    since: u64,
}

impl State {
    fn is_deleted(&self) -> bool {
        self.revision.uid.is_empty()
    }
}

/// What the API does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Up,
    /// Connections fail at once.
    Down,
    /// Connections say nothing.
    Frozen,
    /// Watches have bookmarks and no events; lists fail.
    CutOff,
}

/// Which rule decides.
trait Rule {
    fn listed(&mut self, state: &State, sent: u64, now: u64) -> bool;
    fn changed(&mut self, state: &State, now: u64);
    fn lost(&mut self) -> Option<Keys>;
    fn swapped(&mut self, contents: &Keys, after: u64, now: u64) -> Option<Keys>;
    fn doubts(&self) -> bool;
    fn stop(&mut self);
    fn compare(&mut self, _now: u64) {}
}

/// The rule of this crate.
struct ByRecord {
    judge: Judge<Keys>,
    start: Instant,
}

impl ByRecord {
    fn new() -> Self {
        Self {
            judge: Judge::new(Duration::from_secs(LAG)),
            start: Instant::now() + Duration::from_secs(100_000),
        }
    }

    fn at(&self, second: u64) -> Instant {
        self.start + Duration::from_secs(second)
    }
}

fn applied(verdict: Verdict<Keys>) -> Option<Keys> {
    match verdict {
        Verdict::Apply(contents) => Some(contents),
        Verdict::Keep | Verdict::Hold => None,
    }
}

impl Rule for ByRecord {
    fn listed(&mut self, state: &State, sent: u64, now: u64) -> bool {
        let (sent, now) = (self.at(sent), self.at(now));
        let revision = state.revision.clone();
        self.judge
            .listed(revision, state.contents.clone(), sent, now)
    }

    fn changed(&mut self, state: &State, now: u64) {
        let now = self.at(now);
        self.judge
            .changed(state.revision.clone(), state.contents.clone(), now);
    }

    fn lost(&mut self) -> Option<Keys> {
        applied(self.judge.lost())
    }

    fn swapped(&mut self, contents: &Keys, after: u64, now: u64) -> Option<Keys> {
        let (after, now) = (self.at(after), self.at(now));
        applied(self.judge.swapped(contents.clone(), after, now))
    }

    fn doubts(&self) -> bool {
        self.judge.doubts()
    }

    fn stop(&mut self) {
        self.judge.stop();
    }

    fn compare(&mut self, now: u64) {
        self.judge.compare(self.at(now));
    }
}

/// The rule that it is compared with: what the API ever said is old, all else is new.
#[derive(Default)]
struct ByDigests {
    seen: Vec<Keys>,
    api: Api,
    held: Option<Keys>,
}

impl ByDigests {
    fn decide(&mut self) -> Option<Keys> {
        let held = self.held.take_if(|_| self.api != Api::Confirmed)?;
        (!self.seen.contains(&held)).then_some(held)
    }
}

impl Rule for ByDigests {
    fn listed(&mut self, state: &State, _: u64, now: u64) -> bool {
        self.changed(state, now);
        true
    }

    fn changed(&mut self, state: &State, _: u64) {
        self.api = Api::Confirmed;
        self.held = None;
        self.seen.push(state.contents.clone());
    }

    fn lost(&mut self) -> Option<Keys> {
        self.api = Api::Away;
        self.decide()
    }

    fn swapped(&mut self, contents: &Keys, _: u64, _: u64) -> Option<Keys> {
        self.held = Some(contents.clone());
        self.decide()
    }

    fn stop(&mut self) {
        self.api = Api::Away;
    }

    fn doubts(&self) -> bool {
        self.held
            .as_ref()
            .is_some_and(|held| !self.seen.contains(held))
    }
}

/// What became of a history.
#[derive(Debug, Default)]
struct Outcome {
    went_backwards: bool,
    /// Whether something newer in the mount was not applied for too long.
    was_late: bool,
}

/// A client whose watch has events up to a state, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Link {
    /// The updater is stopped until this second.
    Stopped(u64),
    /// The next attempt is at this second.
    Waiting(u64),
    Watching {
        seen: usize,
        quiet_since: u64,
    },
}

struct World<'a> {
    rule: &'a mut dyn Rule,
    states: Vec<State>,
    /// The state that is applied.
    applied: usize,
    contents: Keys,
    outcome: Outcome,
    log: Vec<String>,
}

impl World<'_> {
    fn newest(&self) -> usize {
        self.states.len() - 1
    }

    fn apply(&mut self, state: usize, now: u64, from: &str) {
        let deleted = self.states[state].is_deleted();
        // Without an object the values are kept.
        let contents = if deleted {
            &self.contents
        } else {
            &self.states[state].contents
        };
        let contents = contents.clone();
        self.log
            .push(format!("{now}: {from} gives {state} {contents:?}"));
        if contents != self.contents && state < self.applied {
            self.outcome.went_backwards = true;
        }
        // Equal contents are as new as can be.
        self.applied = if contents == self.contents {
            self.applied.max(state)
        } else {
            state
        };
        self.contents = contents;
    }
}

/// What a change makes of the object: something new, or by a revert what one of the last states had.
fn changed_contents(rng: &mut Rng, states: &[State]) -> Keys {
    if rng.u8(0..10) < REVERTS {
        let back = rng.usize(1..4).min(states.len());
        return states[states.len() - back].contents.clone();
    }
    Keys(vec![(
        'a',
        char::from_u32(0x4e00 + u32::try_from(states.len()).unwrap()).unwrap(),
    )])
}

/// The state at a second.
fn state_at(states: &[State], second: u64) -> usize {
    states
        .iter()
        .rposition(|state| state.since <= second)
        .unwrap_or(0)
}

#[expect(
    clippy::too_many_lines,
    reason = "what happens in a second, one after the other"
)]
/// Plays one history. It is the same for each rule, but for the requests that a rule makes. In a hard one the object is
/// deleted and the updater is stopped at times, and a mount that is late for long is foreign.
fn play(seed: u64, is_hard: bool, rule: &mut dyn Rule) -> (Outcome, Vec<String>) {
    let mut rng = Rng::with_seed(seed);
    let mut history = Rng::with_seed(rng.u64(..));
    let mut client = Rng::with_seed(rng.u64(..));
    let mut kubelet = Rng::with_seed(rng.u64(..));
    let contents = Keys(vec![('a', '0')]);
    let revision = |version: u64| Revision {
        uid: "uid".into(),
        version: version.to_string(),
    };
    let first = State {
        contents: contents.clone(),
        revision: revision(100),
        since: 0,
    };
    let mut version = 100;
    let mut world = World {
        rule,
        states: vec![first],
        applied: 0,
        contents,
        outcome: Outcome::default(),
        log: Vec::new(),
    };
    let (mut mode, mut link) = (Mode::Up, Link::Waiting(0));
    // Contents that are equal cause no swap, so that the mount is not known to be as new as it is.
    let (mut mounted, mut published, mut next_sync, mut kubelet_until) = (0, 0, 0, 0);
    let mut doubt_since: Option<u64> = None;
    let mut newer_since: Option<u64> = None;
    let (mut change_in, mut mode_in) = (history.u64(1..600), history.u64(1..900));
    let mut operator = Rng::with_seed(seed);
    let (mut stop_at, mut stopped_at) = (operator.u64(1..2400), None);

    for now in 0..LENGTH {
        // The object.
        change_in -= 1;
        if change_in == 0 {
            change_in = if history.bool() {
                history.u64(1..60)
            } else {
                history.u64(1..900)
            };
            let restores = history.u8(0..20) == 0;
            let state = if restores {
                let back = history.usize(0..world.states.len());
                State {
                    since: now,
                    ..world.states[back].clone()
                }
            } else if is_hard && history.u8(0..10) == 0 {
                version += 1;
                State {
                    contents: Keys(Vec::new()),
                    revision: Revision::default(),
                    since: now,
                }
            } else {
                version += history.u64(1..5);
                State {
                    contents: changed_contents(&mut history, &world.states),
                    revision: revision(version),
                    since: now,
                }
            };
            world.log.push(format!(
                "{now}: state {} {:?}",
                world.states.len(),
                state.contents
            ));
            world.states.push(state);
            if restores {
                // Watches are silent from then on.
                if let Link::Watching { quiet_since, .. } = link {
                    link = Link::Watching {
                        seen: usize::MAX,
                        quiet_since,
                    };
                }
            }
        }
        mode_in -= 1;
        if mode_in == 0 {
            mode_in = history.u64(1..900);
            let modes = [
                Mode::Up,
                Mode::Up,
                Mode::Up,
                Mode::Down,
                Mode::Frozen,
                Mode::CutOff,
                Mode::Down,
            ];
            mode = modes[history.usize(0..modes.len())];
            world.log.push(format!("{now}: API {mode:?}"));
        }
        // The client.
        if is_hard && now == stop_at {
            stop_at = now + operator.u64(1..2400);
            let until = now + operator.u64(1..400);
            world.log.push(format!("{now}: stopped until {until}"));
            world.rule.stop();
            link = Link::Stopped(until);
            stopped_at.get_or_insert(now);
        }
        match (link, mode) {
            (Link::Stopped(until), _) if now < until => {}
            (Link::Stopped(_), _) => {
                let unseen_since = stopped_at.take().unwrap_or(now);
                let contents = world.states[mounted].contents.clone();
                if contents != world.states[published].contents {
                    published = mounted;
                    let decided = world.rule.swapped(&contents, unseen_since, now);
                    follow_mount(&mut world, decided, mounted, now);
                }
                // The first attempt may fail.
                let decided = (mode != Mode::Up).then(|| world.rule.lost()).flatten();
                follow_mount(&mut world, decided, mounted, now);
                link = Link::Waiting(now);
            }
            (Link::Waiting(at), Mode::Up) if now >= at => {
                let newest = world.newest();
                let state = world.states[newest].clone();
                world.rule.listed(&state, now, now);
                world.apply(newest, now, "list");
                link = Link::Watching {
                    seen: newest,
                    quiet_since: now,
                };
            }
            (Link::Waiting(at), _) if now >= at => link = Link::Waiting(now + client.u64(1..20)),
            (Link::Watching { seen, .. }, Mode::Up) => {
                if seen < world.newest() {
                    let next = seen + 1;
                    let state = world.states[next].clone();
                    world.rule.changed(&state, now);
                    world.apply(next, now, "event");
                    link = Link::Watching {
                        seen: next,
                        quiet_since: now,
                    };
                } else if seen == usize::MAX && now % 600 == 0 {
                    // The check of every ten minutes.
                    let decided = world.rule.lost();
                    follow_mount(&mut world, decided, mounted, now);
                    link = Link::Waiting(now);
                } else if let Link::Watching { quiet_since, .. } = &mut link {
                    *quiet_since = now;
                }
            }
            (Link::Watching { seen, .. }, Mode::CutOff) => {
                link = Link::Watching {
                    seen,
                    quiet_since: now,
                };
                if now % 600 == 0 {
                    let decided = world.rule.lost();
                    follow_mount(&mut world, decided, mounted, now);
                    link = Link::Waiting(now + client.u64(1..20));
                }
            }
            (Link::Watching { quiet_since, .. }, mode)
                if mode == Mode::Down || now >= quiet_since + IDLE =>
            {
                let decided = world.rule.lost();
                follow_mount(&mut world, decided, mounted, now);
                link = Link::Waiting(now + client.u64(1..20));
            }
            _ => {}
        }
        // kubelet, which may be cut off for a while.
        if now >= next_sync {
            next_sync = now + kubelet.u64(60..90);
            if kubelet.u8(0..12) == 0 {
                kubelet_until = now + kubelet.u64(1..900);
            }
            if now >= kubelet_until {
                let moment = now.saturating_sub(kubelet.u64(0..LAG));
                // The files of a deleted object stay as they are.
                let state = state_at(&world.states, moment).max(mounted);
                let state = if world.states[state].is_deleted() {
                    mounted
                } else {
                    state
                };
                if stopped_at.is_none()
                    && world.states[state].contents != world.states[mounted].contents
                {
                    mounted = state;
                    let contents = world.states[state].contents.clone();
                    world.log.push(format!("{now}: mount {state} {contents:?}"));
                    published = state;
                    let decided = world.rule.swapped(&contents, now, now);
                    follow_mount(&mut world, decided, mounted, now);
                }
                mounted = state;
            }
        }
        // A list that a doubt asks for.
        if let (Link::Watching { .. }, true) = (link, world.rule.doubts()) {
            let since = *doubt_since.get_or_insert(now);
            if mode == Mode::Up && now > since {
                let newest = world.newest();
                let state = world.states[newest].clone();
                let is_known = world.rule.listed(&state, now, now);
                world.apply(newest, now, "check");
                if !is_known {
                    link = Link::Watching {
                        seen: newest,
                        quiet_since: now,
                    };
                }
            } else if now >= since + LIST {
                let decided = world.rule.lost();
                follow_mount(&mut world, decided, mounted, now);
                link = Link::Waiting(now + client.u64(1..10));
            }
        } else {
            doubt_since = None;
        }
        // Whether what the mount has is newer than what is applied.
        if is_hard {
            world.rule.compare(now);
        }
        let is_newer =
            published > world.applied && world.states[published].contents != world.contents;
        if is_newer {
            let since = *newer_since.get_or_insert(now);
            world.outcome.was_late |= now > since + PATIENCE;
        } else {
            newer_since = None;
        }
    }
    (world.outcome, world.log)
}

fn follow_mount(world: &mut World<'_>, decided: Option<Keys>, mounted: usize, now: u64) {
    if let Some(contents) = decided {
        assert_eq!(contents, world.states[mounted].contents);
        world.apply(mounted, now, "mount");
    }
}

/// Plays all histories, in none of which anything goes backwards. Returns how many were late, by the rule and by digests.
fn play_all(is_hard: bool) -> (u64, u64) {
    let (mut late, mut late_by_digests, mut backwards_by_digests) = (0, 0, 0);
    for seed in 0..HISTORIES {
        let mut rule = ByRecord::new();
        let (outcome, log) = play(seed, is_hard, &mut rule);
        assert!(
            !outcome.went_backwards,
            "history {seed}:\n{}",
            log.join("\n")
        );
        late += u64::from(outcome.was_late);
        let (outcome, _) = play(seed, is_hard, &mut ByDigests::default());
        late_by_digests += u64::from(outcome.was_late);
        backwards_by_digests += u64::from(outcome.went_backwards);
    }
    assert!(backwards_by_digests > 0, "the histories are too easy");
    (late, late_by_digests)
}

#[test]
fn nothing_goes_backwards_and_little_is_late() {
    let (late, by_digests) = play_all(false);
    assert!(
        by_digests > HISTORIES / 100 && late * 10 <= by_digests,
        "late: {late}, by digests: {by_digests}"
    );
}

#[test]
fn nothing_goes_backwards_with_stops_and_deletions_either() {
    // What is published while the updater is stopped is often held.
    let (late, by_digests) = play_all(true);
    assert!(
        by_digests > HISTORIES / 100 && late * 2 <= by_digests,
        "late: {late}, by digests: {by_digests}"
    );
}
