//! Faults of a real API server, at random: nothing goes backwards, and when all is well the flags are the object.
//!
//! `DFLAG_FAULTS_SECONDS` is how long it takes, 20 if it is not set; `DFLAG_FAULTS_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use dflag::Flags;
use dflag_kube::{ApiState, Updater};
use dflag_tests::wait;
use fastrand::Rng;

use common::cluster::{Cluster, Mount, ROLE, role};
use common::{Args, args, values_of_limit, wait_for};

/// How long a silent watch is relied on.
const IDLE: Duration = Duration::from_secs(2);

/// How long it may take until the flags are the object, when nothing has failed for [`IDLE`].
const CONVERGENCE: Duration = Duration::from_secs(30);

/// The longest time from a change of the object to the swap of the mount.
const LAG: Duration = Duration::from_secs(6);

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A restore of etcd: the limit before, and the one after it.
#[derive(Clone, Copy)]
struct Restore {
    from: u32,
    to: u32,
}

/// The object, whose limit only grows but for restores.
struct World {
    cluster: Cluster,
    mount: Mount,
    /// What the mount has.
    mounted: u32,
    updater: Option<Updater>,
    /// The limit of the object; `None` if it is deleted.
    limit: Option<u32>,
    /// The largest limit there ever was.
    largest: u32,
    backup: Option<u32>,
    restores: Arc<Mutex<Vec<Restore>>>,
    log: Vec<String>,
}

impl World {
    /// A cluster whose object and mount are followed.
    fn followed_by(args: &Flags<Args>, cluster: Cluster) -> Self {
        let mount = Mount::start(cluster.folder().join("mount"));
        let mut world = Self {
            cluster,
            mount,
            mounted: 0,
            updater: None,
            limit: None,
            largest: 1,
            backup: None,
            restores: Arc::default(),
            log: Vec::new(),
        };
        world.change();
        world.swap();
        let builder = world.cluster.builder(args);
        let updater = builder
            .mount(world.mount.root())
            .mount_lag(LAG)
            .idle_limit(IDLE)
            .check_every(Duration::from_secs(5))
            .setup_blocking();
        world.updater = Some(updater.unwrap());
        world
    }

    /// Runs `kubectl` until it succeeds: a server that has just started rejects some requests.
    fn kubectl(&self, arguments: &[&str]) {
        wait::until(
            Duration::from_secs(60),
            &format!("kubectl {arguments:?}"),
            || {
                let output = self.cluster.server.kubectl().args(arguments).output();
                output.unwrap().status.success()
            },
        );
    }

    fn change(&mut self) {
        self.largest += 1;
        let value = self.largest.to_string();
        if self.limit.is_some() {
            let patch = format!(r#"{{"data": {{"limit": "{value}"}}}}"#);
            self.kubectl(&["patch", "configmap", "server-kube-flags", "--patch", &patch]);
        } else {
            let data = format!("--from-literal=limit={value}");
            self.kubectl(&["create", "configmap", "server-kube-flags", &data]);
        }
        self.limit = Some(self.largest);
        self.log.push(format!("object {value}"));
    }

    /// Publishes what the object is, as a kubelet that is not late, and waits until the program has noticed it: a program
    /// that is locked out applies what kubelet publishes then.
    fn swap(&mut self) {
        let Some(limit) = self.limit.filter(|limit| *limit != self.mounted) else {
            return;
        };
        let swapped = || {
            let status = self.updater.as_ref().map(Updater::status);
            status.and_then(|status| status.mount?.swapped)
        };
        let before = swapped();
        self.mount.write(&limit.to_string());
        self.mounted = limit;
        if self.updater.is_some() {
            wait_for("the mount's swap", || swapped() != before);
        }
        self.log.push(format!("mount {limit}"));
    }

    /// Makes something go wrong, and ends it.
    fn fail(&mut self, rng: &mut Rng, pause: Duration) {
        let fault = rng.usize(0..6);
        self.log.push(
            [
                "restart",
                "token",
                "permission",
                "deletion",
                "backup",
                "restore",
            ][fault]
                .to_owned(),
        );
        match fault {
            0 => {
                self.cluster.server.stop_server(rng.bool()).unwrap();
                thread::sleep(pause);
                self.cluster.server.start_server().unwrap();
            }
            1 => {
                self.kubectl(&["delete", "serviceaccount", "server-kube"]);
                self.kubectl(&["create", "serviceaccount", "server-kube"]);
                self.meanwhile(rng, pause);
                self.cluster.rotate_token();
            }
            2 => {
                self.cluster.apply(&role("get"));
                self.meanwhile(rng, pause);
                self.cluster.apply(ROLE);
            }
            3 => {
                self.kubectl(&[
                    "delete",
                    "configmap",
                    "server-kube-flags",
                    "--ignore-not-found",
                ]);
                self.limit = None;
                thread::sleep(pause);
                self.change();
            }
            4 => {
                // The server reaches etcd again a moment later.
                self.cluster.server.back_up().unwrap();
                self.backup = self.limit;
                self.change();
            }
            _ => {
                let Some(to) = self.backup.filter(|_| self.limit.is_some()) else {
                    return;
                };
                let restore = Restore {
                    from: self.largest,
                    to,
                };
                self.restores.lock().unwrap().push(restore);
                self.cluster.server.restore().unwrap();
                self.limit = Some(to);
                // What the copy has: the Role may be another one, and the account's key may.
                self.cluster.apply(ROLE);
                self.kubectl(&["get", "serviceaccount", "server-kube"]);
                self.cluster.rotate_token();
            }
        }
    }

    /// What happens to the object and to the mount while the program is locked out.
    fn meanwhile(&mut self, rng: &mut Rng, pause: Duration) {
        if rng.bool() {
            self.change();
        }
        if rng.bool() {
            self.swap();
        }
        thread::sleep(pause);
    }
}

/// How long an API server is away: for a minute if there is time for that, and longer than the lag in any case.
fn outage() -> Duration {
    let seconds = variable("DFLAG_FAULTS_SECONDS").unwrap_or_default();
    Duration::from_secs(seconds.min(60)).max(LAG + Duration::from_secs(2))
}

#[test]
fn server_that_is_away_for_long_is_followed_again() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let args = args();
    let mut world = World::followed_by(&args, cluster);
    let (seen, _subscription) = values_of_limit(&args);
    let before = args.limit.get();
    for _ in 0..2 {
        world.change();
    }
    wait_for("the change", || args.limit.get() == before + 2);
    world.cluster.server.stop_server(true).unwrap();
    let since = Instant::now();
    let status = |world: &World| world.updater.as_ref().map(Updater::status).unwrap();
    wait_for("the API away", || {
        status(&world).api.state == ApiState::Away
    });
    // kubelet is late, first with what the object was before.
    world.mount.write(&(before + 1).to_string());
    wait_for("the held swap", || status(&world).mount.unwrap().is_held);
    world.swap();
    wait_for("the status", || status(&world).is_unconfirmed);
    wait::until(outage(), "the end of the outage", || {
        since.elapsed() > outage()
    });
    world.cluster.server.start_server().unwrap();
    let ready = Instant::now();
    world.change();
    wait_for("the change", || args.limit.get() == before + 3);
    assert!(
        ready.elapsed() < IDLE + CONVERGENCE,
        "{:?}",
        ready.elapsed()
    );
    // The callbacks run after the values are published.
    wait_for("the callback", || seen.lock().unwrap().len() >= 3);
    assert_eq!(*seen.lock().unwrap(), [before + 1, before + 2, before + 3]);
}

#[test]
fn flags_are_the_object_when_all_is_well_and_never_go_backwards() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let seed = variable("DFLAG_FAULTS_SEED").unwrap_or_else(|| fastrand::u64(..));
    let length = Duration::from_secs(variable("DFLAG_FAULTS_SECONDS").unwrap_or(20));
    let mut rng = Rng::with_seed(seed);
    let args = args();
    let mut world = World::followed_by(&args, cluster);
    let backwards = Arc::new(Mutex::new(Vec::new()));
    let (of_callback, restores) = (Arc::clone(&backwards), Arc::clone(&world.restores));
    let _subscription = args.limit.on_change(move |old, new| {
        let restores = restores.lock().unwrap();
        let mut restores = restores.iter();
        // What a restored cluster has is the truth.
        let is_restored = restores.any(|restore| restore.from >= *old && restore.to == *new);
        if new < old && !is_restored {
            of_callback.lock().unwrap().push((*old, *new));
        }
    });
    let start = Instant::now();
    while start.elapsed() < length {
        // Now and then an outage is long: longer than the lag, or than what kubelet needs.
        let is_long = length > CONVERGENCE && rng.u8(0..4) == 0;
        let pause = Duration::from_millis(rng.u64(0..if is_long { 20_000 } else { 1_000 }));
        world.fail(&mut rng, pause);
        for _ in 0..rng.usize(0..4) {
            world.change();
            if rng.bool() {
                world.swap();
            }
        }
        let expected = world.limit.unwrap();
        let deadline = Instant::now() + IDLE + CONVERGENCE;
        while args.limit.get() != expected && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        let is_there = args.limit.get() == expected;
        let backwards = backwards.lock().unwrap();
        assert!(
            is_there && backwards.is_empty(),
            "seed {seed}: {} instead of {expected}, backwards: {backwards:?}\n{}\n{:#?}",
            args.limit.get(),
            world.log.join("\n"),
            world.updater.as_ref().map(Updater::status),
        );
    }
}
