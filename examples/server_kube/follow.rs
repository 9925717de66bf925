//! Following the ConfigMap: what happens with an update that breaks the server, and with static flags.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dflag::{Flags, PendingRestart};
use dflag_configmap::{LastGoodFile, OnBadStart};
use tokio::sync::Notify;

use crate::args::{Args, CONFIG_DIR};
use crate::self_request;
use crate::updater::Updater;

/// How long an update has to stay healthy.
pub(crate) const PROBATION: Duration = Duration::from_secs(60);

/// Follows the ConfigMap. An update is rolled back if the server no longer answers at `own_address`. `restart` is
/// notified if the server is to start again, for static flags that are pending restart.
pub(crate) fn follow(
    args: &Flags<Args>,
    own_address: &Arc<OnceLock<SocketAddr>>,
    restart: &Arc<Notify>,
) -> Updater {
    let start = args.load_full();
    #[cfg(feature = "kube")]
    if let Some(name) = &start.kube {
        return Updater::Api(crate::follow_api::follow(name, args, own_address, restart));
    }
    let directory = start.config.dir.as_deref().unwrap_or(CONFIG_DIR.as_ref());
    let builder = dflag_configmap::Updater::builder(args, directory);
    let mut builder = builder.probation(PROBATION, health(own_address));
    if let Some(path) = &start.last_good_file {
        builder = builder.on_bad_start(OnBadStart::LastGood(LastGoodFile::new(path)));
    }
    if let Some(time) = start.restart_within {
        builder = builder
            .restart_jitter(Duration::ZERO..=time)
            .on_pending_restart(stop(restart));
    }
    let updater = builder.setup();
    Updater::Mount(updater.unwrap_or_else(|error| error.exit()))
}

/// Whether the server answers at its own address, as soon as it has one.
pub(crate) fn health(
    own_address: &Arc<OnceLock<SocketAddr>>,
) -> impl Fn() -> Result<(), String> + Send + Sync + 'static {
    let own_address = Arc::clone(own_address);
    move || {
        let address = own_address.get().copied();
        address.map_or(Ok(()), self_request::is_answered)
    }
}

/// Notifies `restart` of static flags that are pending restart.
pub(crate) fn stop(restart: &Arc<Notify>) -> impl Fn(&[PendingRestart]) + Send + Sync + 'static {
    let restart = Arc::clone(restart);
    move |pending| {
        let flags: Vec<_> = pending.iter().map(|one| &*one.flag).collect();
        tracing::info!(?flags, "stopping, to start again with other static flags");
        restart.notify_one();
    }
}
