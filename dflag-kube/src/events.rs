//! Events: what `kubectl describe` shows of updates that were rejected, rolled back or recovered.

use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::name::ObjectName;

/// Where a pod finds its token.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// How many Events may come at once, and how long until there may be another one.
const BUDGET: (u32, Duration) = (5, Duration::from_secs(60));

/// The longest message that the API server takes, in bytes.
const MAX_MESSAGE: usize = 1024;

/// The object that Events are about ([`Builder::events`](crate::Builder::events)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventsOn {
    /// The pod that the program runs in; outside of a pod, the ConfigMap.
    Pod,
    /// The ConfigMap. A thousand pods put a thousand Events on it.
    ConfigMap,
}

/// The object that an Event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    kind: &'static str,
    pub(crate) namespace: String,
    name: String,
    uid: String,
}

/// A pod, as its token or its environment names it.
#[derive(Debug, PartialEq, Eq)]
struct Pod {
    namespace: String,
    name: String,
    uid: String,
}

/// What has happened to the flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) rejected: u64,
    pub(crate) rollbacks: u64,
    pub(crate) has_error: bool,
}

/// What an Event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Rejected,
    RolledBack,
    Recovered,
}

/// Decides which Events there are. It is a pure function of what happened and when.
#[derive(Debug)]
pub(crate) struct Events {
    on: EventsOn,
    before: Counts,
    /// What has happened and is not reported yet.
    due: Option<Reason>,
    /// Whether an Event said that something is wrong.
    is_reported: bool,
    left: u32,
    refilled: Instant,
}

impl Events {
    pub(crate) fn new(on: EventsOn, now: Instant) -> Self {
        Self {
            on,
            before: Counts::default(),
            due: None,
            is_reported: false,
            left: BUDGET.0,
            refilled: now,
        }
    }

    /// The Event that follows from the counts now.
    pub(crate) fn next(&mut self, counts: Counts, now: Instant) -> Option<Reason> {
        let before = std::mem::replace(&mut self.before, counts);
        if counts.rollbacks > before.rollbacks {
            self.due = Some(Reason::RolledBack);
        } else if counts.rejected > before.rejected && counts.has_error {
            self.due = Some(Reason::Rejected);
        } else if !counts.has_error {
            // A problem that was not reported in time is over.
            self.due = self.is_reported.then_some(Reason::Recovered);
        }
        let reason = self.due?;
        let (most, every) = BUDGET;
        while self.left < most && now >= self.refilled + every {
            self.refilled += every;
            self.left += 1;
        }
        if self.left == most {
            self.refilled = now;
        }
        self.left = self.left.checked_sub(1)?;
        self.due = None;
        self.is_reported = reason != Reason::Recovered;
        Some(reason)
    }

    /// When there may be an Event about what is not reported yet.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        let (_, every) = BUDGET;
        self.due.map(|_| self.refilled + every)
    }

    /// The object that Events are about. `uid` is the ConfigMap's.
    pub(crate) fn subject(&self, name: &ObjectName, uid: &str, token: Option<&str>) -> Subject {
        let pod = match self.on {
            EventsOn::Pod => pod(token),
            EventsOn::ConfigMap => None,
        };
        match pod {
            Some(pod) => Subject {
                kind: "Pod",
                namespace: pod.namespace,
                name: pod.name,
                uid: pod.uid,
            },
            None => Subject {
                kind: "ConfigMap",
                namespace: name.namespace().to_owned(),
                name: name.name().to_owned(),
                uid: uid.to_owned(),
            },
        }
    }
}

/// The token of the pod's service account.
pub(crate) fn pod_token() -> Option<String> {
    std::fs::read_to_string(TOKEN).ok()
}

/// The pod that a token is bound to, or that the downward API names in `POD_NAMESPACE`, `POD_NAME` and `POD_UID`.
fn pod(token: Option<&str>) -> Option<Pod> {
    let of_environment = || {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        Some(Pod {
            namespace: variable("POD_NAMESPACE")?,
            name: variable("POD_NAME")?,
            uid: variable("POD_UID")?,
        })
    };
    of_environment().or_else(|| pod_of_token(token?))
}

#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "kubernetes.io")]
    kubernetes: KubernetesClaims,
}

#[derive(Deserialize)]
struct KubernetesClaims {
    namespace: String,
    pod: PodClaims,
}

#[derive(Deserialize)]
struct PodClaims {
    name: String,
    uid: String,
}

fn pod_of_token(token: &str) -> Option<Pod> {
    // Whether the token is valid is for the API server to decide; here it only says which pod this is.
    let claims = token.trim().split('.').nth(1)?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let KubernetesClaims { namespace, pod } = claims.kubernetes;
    Some(Pod {
        namespace,
        name: pod.name,
        uid: pod.uid,
    })
}

/// The Event, as JSON.
pub(crate) fn json(subject: &Subject, reason: Reason, message: &str, at: SystemTime) -> String {
    let at = humantime::format_rfc3339_seconds(at).to_string();
    let (reason, kind) = match reason {
        Reason::Rejected => ("FlagsRejected", "Warning"),
        Reason::RolledBack => ("FlagsRolledBack", "Warning"),
        Reason::Recovered => ("FlagsRecovered", "Normal"),
    };
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": format!("{}.", subject.name), "namespace": subject.namespace},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": subject.kind,
            "namespace": subject.namespace,
            "name": subject.name,
            "uid": subject.uid,
        },
        "reason": reason,
        "type": kind,
        "message": shortened(message),
        "source": {"component": "dflag"},
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
    })
    .to_string()
}

fn shortened(message: &str) -> String {
    if message.len() <= MAX_MESSAGE {
        return message.to_owned();
    }
    let mut end = MAX_MESSAGE - '…'.len_utf8();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let (beginning, _) = message.split_at(end);
    format!("{beginning}…")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::{BUDGET, Counts, Events, EventsOn, Pod, Reason, pod_of_token, shortened};

    fn counts(rejected: u64, rollbacks: u64, has_error: bool) -> Counts {
        Counts {
            rejected,
            rollbacks,
            has_error,
        }
    }

    #[test]
    fn each_rejection_rollback_and_recovery_is_an_event() {
        let now = Instant::now();
        let mut events = Events::new(EventsOn::Pod, now);
        for (counts, expected) in [
            (counts(0, 0, false), None),
            // An outage of both sources says nothing about the flags.
            (counts(0, 0, true), None),
            (counts(0, 0, false), None),
            (counts(1, 0, true), Some(Reason::Rejected)),
            (counts(1, 0, true), None),
            (counts(1, 0, false), Some(Reason::Recovered)),
            (counts(1, 0, false), None),
            (counts(1, 1, true), Some(Reason::RolledBack)),
            // What was rejected before a start that succeeded is over when it is seen.
            (counts(2, 1, false), Some(Reason::Recovered)),
            (counts(3, 1, false), None),
        ] {
            assert_eq!(events.next(counts, now), expected, "{counts:?}");
        }
    }

    #[test]
    fn rate_is_bounded() {
        let now = Instant::now();
        let mut events = Events::new(EventsOn::Pod, now);
        let mut count = |from: u64, at: Instant| {
            let counts = (from..from + 100).map(|rejected| counts(rejected, 0, true));
            counts
                .filter(|counts| events.next(*counts, at).is_some())
                .count()
        };
        assert_eq!(count(1, now), 5);
        assert_eq!(count(101, now + Duration::from_secs(59)), 0);
        assert_eq!(count(201, now + BUDGET.1 * 2), 2);
        assert_eq!(count(301, now + BUDGET.1 * 100), 5);
    }

    #[test]
    fn what_the_budget_suppressed_is_reported_later_if_it_is_still_so() {
        let now = Instant::now();
        let later = now + BUDGET.1;
        let exhausted = || {
            let mut events = Events::new(EventsOn::Pod, now);
            for rejected in 1..=5 {
                let reason = events.next(counts(rejected, 0, true), now);
                assert_eq!(reason, Some(Reason::Rejected));
            }
            assert_eq!(events.due_at(), None);
            assert_eq!(events.next(counts(5, 0, false), now), None);
            assert_eq!(events.next(counts(6, 0, true), now), None);
            assert_eq!(events.due_at(), Some(later));
            events
        };
        let mut events = exhausted();
        let reason = events.next(counts(6, 0, true), later);
        assert_eq!((reason, events.due_at()), (Some(Reason::Rejected), None));
        // The flags have recovered from what the last Event said.
        let mut events = exhausted();
        let reason = events.next(counts(6, 0, false), later);
        assert_eq!((reason, events.due_at()), (Some(Reason::Recovered), None));
        assert_eq!(events.next(counts(6, 0, false), later + BUDGET.1), None);
    }

    #[test]
    fn token_names_its_pod() {
        let claims =
            r#"{"kubernetes.io": {"namespace": "prod", "pod": {"name": "a-1", "uid": "7"}}}"#;
        let token = format!("e30.{}.sig", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let pod = Pod {
            namespace: "prod".into(),
            name: "a-1".into(),
            uid: "7".into(),
        };
        assert_eq!(pod_of_token(&token), Some(pod));
        for other in ["", "a.b.c", "e30.e30.sig"] {
            assert_eq!(pod_of_token(other), None, "{other}");
        }
    }

    #[test]
    fn long_message_is_cut_between_characters() {
        let text = shortened(&"ä".repeat(1000));
        assert!(text.len() <= 1024 && text.ends_with("ä…"));
        assert_eq!(shortened("short"), "short");
    }
}
