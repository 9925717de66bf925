//! The cost of following a ConfigMap: from the rename that publishes a generation until a reader gets the new
//! value, compared with watchers that only read the same files.

#![allow(clippy::cast_precision_loss, reason = "the counts are small")]

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::main()
}

/// Needs inotify and the clocks in `/proc`.
#[cfg(target_os = "linux")]
mod linux {
    use std::any::Any;
    use std::error::Error;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::{Duration, Instant};
    use std::{fs, process, thread};

    use dflag::DynamicFlags as _;
    use dflag_bench::kubelet::Volume;
    use dflag_bench::many::{
        Change, Flags10, Flags30, Flags100, Flags300, Flags1000, Many, payload,
    };
    use dflag_bench::stats::{Samples, micros, number};
    use dflag_bench::table::{Table, verdict};
    use dflag_bench::watch::{self, Inotify};

    /// In each round, every follower gets some updates, so that other load on the machine affects all of them.
    /// Each round starts new threads, since the time to wake one depends on its processor.
    const ROUNDS: usize = 10;
    const UPDATES_PER_ROUND: usize = 10;

    pub(super) fn main() -> Result<(), Box<dyn Error>> {
        let mut table = Table::new(
            "Follow",
            "Microseconds from the rename of `..data` until a spinning reader gets the new value, for 100 updates as \
             kubelet makes them. The ratio is of the medians to bare notify. CPU is the time of all threads except \
             the reader's for one update, including the events of the old generation's removal.",
            [
                "files",
                "flags",
                "changed",
                "follower",
                "p50 µs",
                "p99 µs",
                "ratio",
                "target",
                "CPU µs",
                "CPU ratio",
            ],
        );
        for change in [Change::All, Change::One] {
            follow::<Flags10>(&mut table, 10, change)?;
            follow::<Flags100>(&mut table, 100, change)?;
            follow::<Flags1000>(&mut table, 1_000, change)?;
            follow::<Flags300>(&mut table, 5_000, change)?;
        }
        table.publish("5-follow")?;
        set_up()?.publish("6-set-up")?;
        Ok(())
    }

    #[derive(Clone, Copy)]
    enum Follower {
        Inotify,
        Notify,
        NotifyWithThread,
        Dflag,
    }

    const FOLLOWERS: [(Follower, &str); 4] = [
        (Follower::Notify, "bare notify"),
        (Follower::Inotify, "raw inotify"),
        (Follower::NotifyWithThread, "notify and a thread"),
        (Follower::Dflag, "dflag-configmap"),
    ];

    /// A running follower.
    struct Running {
        /// Dropping it stops the follower.
        _guard: Box<dyn Any>,
        /// The latest number that it published.
        latest: Box<dyn FnMut() -> i64>,
    }

    fn start<A: Many>(
        follower: Follower,
        root: &Path,
        first: &str,
    ) -> Result<Running, Box<dyn Error>> {
        let latest = Arc::new(AtomicI64::new(0));
        let guard: Box<dyn Any> = match follower {
            Follower::Inotify => Box::new(Inotify::new(root, first, Arc::clone(&latest))?),
            Follower::Notify => Box::new(watch::notify(root, first, Arc::clone(&latest))?),
            Follower::NotifyWithThread => {
                Box::new(watch::notify_with_thread(root, first, Arc::clone(&latest))?)
            }
            Follower::Dflag => {
                let flags = A::try_parse_dynamic_from(["bench"])?;
                let first = A::first(&flags);
                return Ok(Running {
                    _guard: Box::new(dflag_configmap::setup(&flags, root)?),
                    latest: Box::new(move || first.get()),
                });
            }
        };
        Ok(Running {
            _guard: guard,
            latest: Box::new(move || latest.load(Ordering::Acquire)),
        })
    }

    fn follow<A: Many>(
        table: &mut Table,
        files: usize,
        change: Change,
    ) -> Result<(), Box<dyn Error>> {
        let mut keys = A::keys();
        let flags = keys.len();
        keys.extend((flags..files).map(|file| format!("unknown_{file}")));
        let first = keys.first().cloned().ok_or("no keys")?;
        let directory = tempfile::tempdir()?;
        let mut volume = Volume::new(directory.path());
        let mut latest = 1;
        volume.write(&payload(&keys, change, latest))?;

        let mut delays = [const { Vec::new() }; FOLLOWERS.len()];
        let mut cpu = [const { Vec::new() }; FOLLOWERS.len()];
        for _ in 0..ROUNDS {
            let results = delays.iter_mut().zip(&mut cpu);
            for ((follower, name), (delays, cpu)) in FOLLOWERS.iter().zip(results) {
                let mut running = start::<A>(*follower, directory.path(), &first)?;
                for _ in 0..UPDATES_PER_ROUND {
                    let before = idle_cpu()?;
                    latest += 1;
                    let renamed = volume.write(&payload(&keys, change, latest))?;
                    while (running.latest)() != latest {
                        if renamed.elapsed() > Duration::from_secs(30) {
                            let error = format!("{name} missed update {latest} of {files} files");
                            return Err(error.into());
                        }
                        std::hint::spin_loop();
                    }
                    delays.push(micros(renamed.elapsed()));
                    volume.clean()?;
                    cpu.push(micros(idle_cpu()?.saturating_sub(before)));
                }
            }
        }

        let delays = delays.map(Samples::from_iter);
        let cpu = cpu.map(Samples::from_iter);
        let ([bare, ..], [bare_cpu, ..]) = (&delays, &cpu);
        for ((follower, name), (delays, cpu)) in FOLLOWERS.iter().zip(delays.iter().zip(&cpu)) {
            let target = match follower {
                Follower::Dflag if files <= 10 => Some(3.0),
                Follower::Dflag if change == Change::One => Some(1.5),
                _ => None,
            };
            let ratio = delays.median() / bare.median();
            table.row([
                files.to_string(),
                flags.to_string(),
                change.name().to_owned(),
                (*name).to_owned(),
                number(delays.median()),
                number(delays.quantile(0.99)),
                number(ratio),
                verdict(ratio, target),
                number(cpu.median()),
                number(cpu.median() / bare_cpu.median()),
            ]);
        }
        Ok(())
    }

    fn set_up() -> Result<Table, Box<dyn Error>> {
        /// The name of the updater's thread.
        const UPDATER: &str = "dflag-configmap";
        const IDLE: Duration = Duration::from_secs(10);
        const UPDATERS: usize = 20;
        let keys = Flags30::keys();
        let first = keys.first().cloned().ok_or("no keys")?;
        let directory = tempfile::tempdir()?;
        let root = directory.path();
        Volume::new(root).write(&payload(&keys, Change::All, 1))?;

        let (mut reading, mut setting_up) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            let start = Instant::now();
            watch::read_generation(root, &first)?;
            reading.push(micros(start.elapsed()));
            let flags = Flags30::try_parse_dynamic_from(["bench"])?;
            let start = Instant::now();
            let updater = dflag_configmap::setup(&flags, root)?;
            setting_up.push(micros(start.elapsed()));
            updater.stop()?;
        }
        let reading = Samples::from_iter(reading);
        let setting_up = Samples::from_iter(setting_up);

        let flags = Flags30::try_parse_dynamic_from(["bench"])?;
        let updater = dflag_configmap::setup(&flags, root)?;
        let cpu = idle_cpu()?;
        let (own, all) = (wake_ups(UPDATER)?, wake_ups("")?);
        thread::sleep(IDLE);
        let cpu = cpu_time()?.saturating_sub(cpu);
        let (own, all) = (wake_ups(UPDATER)? - own, wake_ups("")? - all);
        let threads = other_threads()?.len();
        updater.stop()?;

        let flags: Vec<_> = (0..UPDATERS)
            .map(|_| Flags30::try_parse_dynamic_from(["bench"]))
            .collect::<Result<_, _>>()?;
        let before = resident()?;
        let updaters: Vec<_> = flags
            .iter()
            .map(|flags| dflag_configmap::setup(flags, root))
            .collect::<Result<_, _>>()?;
        let each = (resident()? - before) / UPDATERS as f64;
        drop(updaters);

        let mut table = Table::new(
            "Set-up and idling",
            "With 30 flags and 30 files. Medians of 100 set-ups, and 10 s without a change.",
            ["quantity", "measured", "target"],
        );
        table.row([
            "reading the files, µs".to_owned(),
            number(reading.median()),
            String::new(),
        ]);
        let besides = setting_up.median() - reading.median();
        table.row([
            "`setup`, µs".to_owned(),
            number(setting_up.median()),
            String::new(),
        ]);
        table.row([
            "`setup` without reading the files, µs".to_owned(),
            number(besides),
            verdict(besides, Some(1_000.0)),
        ]);
        table.row([
            "threads of an idle updater".to_owned(),
            threads.to_string(),
            "1, and notify's".to_owned(),
        ]);
        table.row([
            "wake-ups of the updater's thread in 10 s, with `rescan_every` of 2 s".to_owned(),
            own.to_string(),
            verdict(own as f64, Some(5.0)),
        ]);
        table.row([
            "wake-ups of notify's thread in 10 s, by events of the updater's own scans".to_owned(),
            (all - own).to_string(),
            String::new(),
        ]);
        table.row([
            "CPU in 10 s, µs".to_owned(),
            number(micros(cpu)),
            String::new(),
        ]);
        table.row([
            "resident memory per updater, including the values of its flags, KiB".to_owned(),
            number(each),
            verdict(each, Some(100.0)),
        ]);
        Ok(table)
    }

    /// The folders in `/proc` of all threads except the main thread, which this runs on.
    fn other_threads() -> Result<Vec<PathBuf>, Box<dyn Error>> {
        let main = process::id().to_string();
        let mut threads = Vec::new();
        for thread in fs::read_dir("/proc/self/task")? {
            let thread = thread?;
            if thread.file_name() != main.as_str() {
                threads.push(thread.path());
            }
        }
        Ok(threads)
    }

    /// The CPU time of the other threads.
    fn cpu_time() -> Result<Duration, Box<dyn Error>> {
        let mut sum = 0;
        for thread in other_threads()? {
            // The thread may have ended since it was listed.
            let times = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
            let nanos = times.split(' ').next().and_then(|time| time.parse().ok());
            sum += nanos.unwrap_or(0_u64);
        }
        Ok(Duration::from_nanos(sum))
    }

    /// Waits until the other threads have slept for 10 ms, and returns their CPU time.
    fn idle_cpu() -> Result<Duration, Box<dyn Error>> {
        let mut before = cpu_time()?;
        loop {
            thread::sleep(Duration::from_millis(10));
            let now = cpu_time()?;
            if now == before {
                return Ok(now);
            }
            before = now;
        }
    }

    /// How often the other threads have gone to sleep, of those whose names begin with `prefix`.
    fn wake_ups(prefix: &str) -> Result<u64, Box<dyn Error>> {
        let mut sum = 0;
        for thread in other_threads()? {
            if fs::read_to_string(thread.join("comm"))?.starts_with(prefix) {
                sum += field(&thread.join("status"), "voluntary_ctxt_switches:")?;
            }
        }
        Ok(sum)
    }

    /// The resident memory in KiB.
    fn resident() -> Result<f64, Box<dyn Error>> {
        Ok(field(Path::new("/proc/self/status"), "VmRSS:")? as f64)
    }

    fn field(status: &Path, name: &str) -> Result<u64, Box<dyn Error>> {
        let status = fs::read_to_string(status)?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        Ok(number.ok_or("no such field")?.parse()?)
    }
}
