//! Following the ConfigMap through the Kubernetes API, with the directory as the fallback.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use dflag::Flags;
use dflag_kube::{EventsOn, LastGoodFile, OnBadStart, Updater};
use tokio::sync::Notify;

use crate::args::{Args, CONFIG_DIR};
use crate::follow::{PROBATION, health, stop};

/// Follows the ConfigMap `name`, with the same options as for a directory.
pub(crate) fn follow(
    name: &str,
    args: &Flags<Args>,
    own_address: &Arc<OnceLock<SocketAddr>>,
    restart: &Arc<Notify>,
) -> Updater {
    let start = args.load_full();
    let mut builder = Updater::builder(args, name).probation(PROBATION, health(own_address));
    // The default is the example's own folder, which is no mount of the ConfigMap.
    let directory = start.config.dir.as_deref();
    if let Some(directory) = directory.filter(|directory| *directory != Path::new(CONFIG_DIR)) {
        builder = builder.mount(directory);
    }
    if let Some(on) = start.events.as_deref() {
        builder = builder.events(match on {
            "configmap" => EventsOn::ConfigMap,
            _ => EventsOn::Pod,
        });
    }
    if let Some(path) = &start.last_good_file {
        builder = builder.on_bad_start(OnBadStart::LastGood(LastGoodFile::new(path)));
    }
    if let Some(time) = start.restart_within {
        builder = builder
            .restart_jitter(std::time::Duration::ZERO..=time)
            .on_pending_restart(stop(restart));
    }
    builder
        .setup_blocking()
        .unwrap_or_else(|error| error.exit())
}
