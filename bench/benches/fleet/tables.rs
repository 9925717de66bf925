//! The tables.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use dflag_bench::stats::{Samples, number};
use dflag_bench::table::{Table, verdict};

use super::cluster::Cluster;
use super::fleet::{Fleet, Kind};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Changes that are measured; the first one of a fleet is not.
const CHANGES: usize = 9;

/// How long the idle fleet is looked at.
const IDLE: Duration = Duration::from_secs(60);

pub(crate) fn main() -> Result<()> {
    let count = std::env::var("DFLAG_FLEET").ok();
    let count = count.map_or(Ok(1000), |count| count.parse())?;
    // A server whose etcd is in memory, so that the disk does not count.
    let Some(mut cluster) = Cluster::start()? else {
        println!("fleet: not measured: there is no API server");
        return Ok(());
    };
    changes(&mut cluster, count)?;
    restarts(&mut cluster, count)
}

/// How soon a change reaches all.
fn changes(cluster: &mut Cluster, count: usize) -> Result<()> {
    let mut table = Table::new(
        "A fleet: changes",
        &format!(
            "From a PATCH of a ConfigMap until its {count} followers, in four processes beside the API server, have the new \
             value: medians of {CHANGES} changes. A bare watch is kube's client, which reads a line. Below it, updaters \
             with one flag, which also parse the line, decide what is newest, and publish it, each on a thread of its \
             own: a thousand threads wait for these processors. Memory is what the processes hold for each."
        ),
        [
            "ConfigMap, followers",
            "first, ms",
            "median, ms",
            "target",
            "last, ms",
            "target",
            "KiB each",
        ],
    );
    for bytes in [0, 100_000, 900_000] {
        cluster.fill(bytes)?;
        for kind in [Kind::Bare, Kind::Updaters] {
            let mut fleet = Fleet::start(cluster, kind, count)?;
            let mut columns: [Vec<f64>; 3] = Default::default();
            for change in 0..=CHANGES {
                let since = cluster.change()?;
                let times = fleet.arrivals(since)?;
                let of_change = [times[0], times[times.len() / 2], times[times.len() - 1]];
                if change > 0 {
                    for (column, time) in columns.iter_mut().zip(of_change) {
                        column.push(millis(time));
                    }
                }
            }
            let [first, median, last] = columns.map(|column| Samples::from_iter(column).median());
            // The bars are for a ConfigMap of usual size.
            let is_judged = kind == Kind::Updaters && bytes == 0;
            let target = |value, target| verdict(value, is_judged.then_some(target));
            let resident = fleet.resident()? / u64::try_from(fleet.count())?;
            let size = if bytes == 0 {
                "small".to_owned()
            } else {
                format!("{} kB", bytes / 1000)
            };
            let name = match kind {
                Kind::Bare => "bare watches",
                Kind::Updaters => "updaters",
            };
            table.row([
                format!("{size}, {name}"),
                number(first),
                number(median),
                target(median, 100.0),
                number(last),
                target(last, 250.0),
                resident.to_string(),
            ]);
        }
    }
    table.publish("9-fleet-changes")?;
    Ok(())
}

/// What becomes of a fleet when nothing happens, and when its server restarts.
fn restarts(cluster: &mut Cluster, count: usize) -> Result<()> {
    let mut table = Table::new(
        "A fleet: restarts of the API server",
        &format!(
            "From the server's readiness until all {count} updaters have a change that was made then, and the lists that \
             each of them needed for it."
        ),
        [
            "the server ends",
            "median, s",
            "last, s",
            "target",
            "lists each",
            "target",
            "answered 429",
        ],
    );
    cluster.fill(0)?;
    let mut fleet = Fleet::start(cluster, Kind::Updaters, count)?;
    idle(cluster, &fleet)?;
    for (at_once, name) in [
        (true, "at once (SIGKILL)"),
        (false, "as for a drained node (SIGTERM)"),
    ] {
        cluster.server.stop_server(at_once)?;
        cluster.server.start_server()?;
        let ready = SystemTime::now();
        cluster.change()?;
        let times = fleet.arrivals(ready)?;
        let (lists, rejected) = cluster.lists()?;
        let (median, last) = (times[times.len() / 2], times[times.len() - 1]);
        let each = lists as f64 / fleet.count() as f64;
        table.row([
            name.to_owned(),
            number(median.as_secs_f64()),
            number(last.as_secs_f64()),
            verdict(last.as_secs_f64(), Some(30.0)),
            number(each),
            verdict(each, Some(1.5)),
            rejected.to_string(),
        ]);
    }
    table.publish("9-fleet-restarts")?;
    Ok(())
}

fn idle(cluster: &Cluster, fleet: &Fleet) -> Result<()> {
    let mut table = Table::new(
        "A fleet: idle",
        &format!("Each updater, in {} s without a change.", IDLE.as_secs()),
        ["what", "a minute", "target"],
    );
    let (lists, wakeups, since) = (cluster.lists()?.0, fleet.wakeups()?, Instant::now());
    thread::sleep(IDLE);
    let minutes = since.elapsed().as_secs_f64() / 60.0;
    let each = |number: usize| number as f64 / fleet.count() as f64 / minutes;
    let requests = each(cluster.lists()?.0 - lists);
    let wakeups = each(usize::try_from(fleet.wakeups()? - wakeups)?);
    table.row([
        "requests".to_owned(),
        number(requests),
        verdict(requests, Some(1.0)),
    ]);
    table.row([
        "wake-ups".to_owned(),
        number(wakeups),
        verdict(wakeups, Some(60.0)),
    ]);
    table.publish("9-fleet-idle")?;
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
