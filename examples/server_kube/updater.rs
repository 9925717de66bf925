//! What follows the ConfigMap, whichever way.

use dflag_configmap::Status;

/// Follows the ConfigMap until it is dropped.
pub(crate) enum Updater {
    Mount(dflag_configmap::Updater),
    #[cfg(feature = "kube")]
    Api(dflag_kube::Updater),
}

impl Updater {
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Mount(updater) => updater.status(),
            #[cfg(feature = "kube")]
            Self::Api(updater) => updater.status().updates,
        }
    }
}
