//! What the handle and the updater's thread share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use dflag::{Source, SourceObject, SourceStatus};
use dflag_configmap::source::{Interrupter, Registration, Report};

use crate::name::ObjectName;
use crate::status::{ApiState, ApiStatus, MountStatus, ObjectStatus, Status, Way};
use crate::target::Target;

/// What the handle and the updater's thread share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) report: Report,
    /// Ends the thread's wait for a health check.
    pub(crate) interrupter: Interrupter,
    name: ObjectName,
    /// The beginning of the program's keys.
    prefix: String,
    /// `namespace/name`.
    pub(crate) location: String,
    /// `None` without the API.
    pub(crate) target: Option<Arc<Target>>,
    /// `None` without a mount.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) lag: Duration,
    known: Mutex<Known>,
    /// Held by the handle and by the thread, which outlives a handle that is dropped by one of its callbacks.
    _registration: Registration,
}

/// What is known besides what was applied.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) applied: Option<Applied>,
    pub(crate) object: Option<ObjectStatus>,
    pub(crate) api: ApiStatus,
    pub(crate) mount: Option<MountStatus>,
    /// From when on what is applied is unconfirmed.
    pub(crate) unconfirmed_at: Option<Instant>,
}

/// What was applied last.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) from: Way,
    /// The object, if it came from the API.
    pub(crate) object: Option<ObjectStatus>,
    /// How many rollbacks there were before. After another one it is no longer in force.
    pub(crate) rollbacks: u64,
}

impl Shared {
    pub(crate) fn new(
        report: Report,
        interrupter: Interrupter,
        registration: Registration,
        name: ObjectName,
        target: Option<Target>,
        directory: Option<PathBuf>,
        lag: Duration,
    ) -> Self {
        let known = Known {
            mount: directory.clone().map(|path| MountStatus {
                path,
                swapped: None,
                error: None,
                is_held: false,
                is_foreign: false,
            }),
            ..Known::default()
        };
        Self {
            prefix: report.prefix().to_owned(),
            report,
            interrupter,
            location: name.to_string(),
            name,
            target: target.map(Arc::new),
            directory,
            lag,
            known: Mutex::new(known),
            _registration: registration,
        }
    }

    /// What is known. No foreign code runs meanwhile.
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> Status {
        let updates = self.report.status();
        let known = self.known();
        let applied = known.applied(updates.rollbacks);
        Status {
            applied_from: applied.map(|applied| applied.from),
            applied: applied.and_then(|applied| applied.object.clone()),
            updates,
            object: known.object.clone(),
            api: known.api.clone(),
            mount: known.mount.clone(),
            is_unconfirmed: known.is_unconfirmed(),
        }
    }
}

impl Known {
    /// What is in force after so many rollbacks.
    fn applied(&self, rollbacks: u64) -> Option<&Applied> {
        self.applied
            .as_ref()
            .filter(|applied| applied.rollbacks == rollbacks)
    }

    fn is_unconfirmed(&self) -> bool {
        // A watch that is being opened anew after its regular end is no outage.
        let is_away = self.api.state != ApiState::Watching;
        is_away && self.unconfirmed_at.is_some_and(|at| at <= Instant::now())
    }

    /// What needs attention, as complete sentences.
    fn warnings(&self, lag: Duration) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(error) = &self.api.error {
            let fallback = match &self.mount {
                Some(mount) if mount.error.is_none() => "; the mount is followed meanwhile",
                _ => "",
            };
            warnings.push(format!(
                "the ConfigMap is not followed through the API: {error}{fallback}"
            ));
        }
        if self.api.is_missing {
            warnings.push("the API says that there is no such ConfigMap".to_owned());
        }
        if let Some(mount) = &self.mount {
            if let Some(error) = &mount.error {
                warnings.push(format!("the mount can't be read: {error}"));
            }
            if mount.is_held {
                warnings.push(
                    "the mount has content that is not applied, because it may be older than what is in force"
                        .to_owned(),
                );
            }
            if mount.is_foreign {
                warnings.push(format!(
                    "the mount at `{}` differs from the ConfigMap and is used only at start; mount this ConfigMap \
                     alone, without an overlay",
                    mount.path.display()
                ));
            }
        }
        if self.is_unconfirmed() {
            warnings.push(format!(
                "unconfirmed: neither the API nor the mount has said anything new for longer than {} s",
                lag.as_secs()
            ));
        }
        warnings
    }
}

/// The status that [`FlagSet::sources`](dflag::FlagSet::sources) lists.
impl Source for Shared {
    fn status(&self) -> SourceStatus {
        let mut source = self.report.source_status();
        let known = self.known();
        let of_mount = std::mem::take(&mut source.watching);
        source.watching = match (&known.mount, known.api.state) {
            (None, state) => format!("API: {state}"),
            (Some(_), ApiState::Off) => of_mount,
            (Some(_), state) => format!("API: {state}; mount: {of_mount}"),
        };
        let mut object = SourceObject::new(self.name.namespace(), self.name.name());
        object.prefix.clone_from(&self.prefix);
        let applied = known.applied(source.rollbacks);
        if let Some(applied) = applied.and_then(|applied| applied.object.as_ref()) {
            object.resource_version = Some(applied.resource_version.clone());
            object.manager.clone_from(&applied.manager);
            object.modified = applied.modified;
            object.delay = applied.delay;
        }
        source.object = Some(object);
        let own = known.warnings(self.lag);
        source.warnings.splice(0..0, own);
        source
    }
}

/// The time of the wall clock at a moment.
pub(crate) fn wall_clock(at: Instant) -> SystemTime {
    let now = SystemTime::now();
    now.checked_sub(at.elapsed()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::Known;
    use crate::status::ApiState;

    #[test]
    fn content_is_unconfirmed_only_while_the_api_is_away() {
        for (state, expected) in [
            (ApiState::Away, true),
            (ApiState::Denied, true),
            (ApiState::Watching, false),
        ] {
            let mut known = Known {
                unconfirmed_at: Some(Instant::now()),
                ..Known::default()
            };
            known.api.state = state;
            assert_eq!(known.is_unconfirmed(), expected, "{state}");
        }
    }
}
