//! What tests share: a program, an API server with a proxy in front of it, and a mount.

#![allow(dead_code, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

#[cfg(unix)]
pub(crate) mod child;
pub(crate) mod cluster;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Flags, Subscription};
use dflag_kube::{ApiState, Builder, Updater};
use dflag_tests::fake_api::FakeApi;
use dflag_tests::fault_proxy::{Fault, FaultProxy, Kind};
use dflag_tests::kubelet::Volume;
use dflag_tests::wait;
use tempfile::TempDir;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, Parser, DynamicFlags)]
pub(crate) struct Args {
    #[arg(long, default_value_t = 1)]
    pub(crate) port: u16,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    pub(crate) limit: u32,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    pub(crate) other: u32,
    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    pub(crate) icon: dflag::value::Bytes,
}

pub(crate) fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

/// A program with its surroundings. What is waited for is short.
pub(crate) struct World {
    pub(crate) api: FakeApi,
    pub(crate) proxy: FaultProxy,
    pub(crate) volume: Volume,
    pub(crate) args: Flags<Args>,
    folder: TempDir,
}

/// The values that `limit` gets from now on, until the subscription is dropped.
pub(crate) fn values_of_limit(args: &Flags<Args>) -> (Arc<Mutex<Vec<u32>>>, Subscription) {
    let values = Arc::new(Mutex::new(Vec::new()));
    let of_callback = Arc::clone(&values);
    let subscription = args.limit.on_change(move |_, new| {
        of_callback.lock().unwrap().push(*new);
    });
    (values, subscription)
}

impl World {
    /// An API without the object, and a mount that is not filled.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let api = FakeApi::start().unwrap();
        Self {
            proxy: FaultProxy::start(&api.address()).unwrap(),
            api,
            volume: Volume::create(folder.path().join("mount")).unwrap(),
            args: args(),
            folder,
        }
    }

    /// The API and the mount have `limit`.
    pub(crate) fn with(limit: &str) -> Self {
        let mut world = Self::new();
        world.api.write(&[("limit", limit)]);
        world.mount(limit);
        world
    }

    /// What kubelet writes.
    pub(crate) fn mount(&mut self, limit: &str) {
        self.volume.write(&[("limit", limit.as_bytes())]).unwrap();
    }

    pub(crate) fn mount_path(&self) -> PathBuf {
        self.volume.root().to_owned()
    }

    /// Follows both ways.
    pub(crate) fn builder(&self) -> Builder {
        self.builder_without_mount().mount(self.volume.root())
    }

    pub(crate) fn builder_without_mount(&self) -> Builder {
        let kubeconfig = self.proxy.write_kubeconfig(self.folder.path()).unwrap();
        Updater::builder(&self.args, "flags")
            .kubeconfig(kubeconfig)
            .reconnect_within(Duration::from_millis(50))
            .api_wait(PATIENCE)
    }

    /// Sets a program up, and waits until its watch is open.
    #[track_caller]
    pub(crate) fn set_up(&self, builder: Builder) -> Updater {
        let watches = self.proxy.count(Kind::Watch);
        let updater = builder.setup_blocking().unwrap();
        wait_for("the watch", || self.proxy.count(Kind::Watch) > watches);
        updater
    }

    /// Cuts the open watch, cleanly or not.
    #[track_caller]
    pub(crate) fn cut(&self, is_clean: bool) {
        wait_for("an open watch", || self.proxy.open_watches() > 0);
        self.proxy.cut(is_clean);
    }

    /// Makes the API deny everything, and cuts the open watch.
    #[track_caller]
    pub(crate) fn deny(&self, updater: &Updater) {
        self.proxy.fail_all(&Fault::Status(403, vec![], "{}"));
        self.cut(true);
        wait_for("the denial", || {
            updater.status().api.state == ApiState::Denied
        });
    }

    pub(crate) fn limit(&self) -> u32 {
        self.args.limit.get()
    }

    /// Waits until the flag has this value.
    #[track_caller]
    pub(crate) fn wait_for(&self, limit: u32) {
        wait::until(PATIENCE, &format!("the limit {limit}"), || {
            self.limit() == limit
        });
    }
}

/// Waits until the status says so.
#[track_caller]
pub(crate) fn wait_for(what: &str, condition: impl FnMut() -> bool) {
    wait::until(PATIENCE, what, condition);
}
