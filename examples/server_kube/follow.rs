//! Following the directory: what happens with an update that breaks the server, and with static flags.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dflag::Flags;
use dflag_configmap::{Builder, LastGoodFile, OnBadStart, Updater};
use tokio::sync::Notify;

use crate::args::{Args, CONFIG_DIR};
use crate::self_request;

/// How long an update has to stay healthy.
const PROBATION: Duration = Duration::from_secs(60);

/// Follows the directory. An update is rolled back if the server no longer answers at `own_address`. `restart` is
/// notified if the server is to start again, for static flags that are pending restart.
pub(crate) fn follow(
    args: &Flags<Args>,
    own_address: &Arc<OnceLock<SocketAddr>>,
    restart: &Arc<Notify>,
) -> Updater {
    let start = args.load_full();
    let own_address = Arc::clone(own_address);
    let is_healthy = move || {
        let address = own_address.get().copied();
        address.map_or(Ok(()), self_request::is_answered)
    };
    let directory = start.config.dir.as_deref().unwrap_or(CONFIG_DIR.as_ref());
    let mut builder = Updater::builder(args, directory).probation(PROBATION, is_healthy);
    if let Some(path) = &start.last_good_file {
        builder = builder.on_bad_start(OnBadStart::LastGood(LastGoodFile::new(path)));
    }
    if let Some(time) = start.restart_within {
        builder = stop_on_pending_restart(builder, time, restart);
    }
    builder.setup().unwrap_or_else(|error| error.exit())
}

/// Notifies `restart` within this time if static flags are pending restart.
fn stop_on_pending_restart(builder: Builder, time: Duration, restart: &Arc<Notify>) -> Builder {
    let restart = Arc::clone(restart);
    builder
        .restart_jitter(Duration::ZERO..=time)
        .on_pending_restart(move |pending| {
            let flags: Vec<_> = pending.iter().map(|one| &*one.flag).collect();
            tracing::info!(?flags, "stopping, to start again with other static flags");
            restart.notify_one();
        })
}
