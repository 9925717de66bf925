//! What following a ConfigMap costs: from the rename that publishes a generation to a spinning
//! reader that sees it, beside watchers that do nothing but read the same files.

#![allow(clippy::cast_precision_loss, reason = "what is counted here is small")]

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::main()
}

/// The kernel's own events and clocks are part of what is measured.
#[cfg(target_os = "linux")]
mod linux {
    use std::any::Any;
    use std::error::Error;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::{Duration, Instant};
    use std::{fs, process, thread};

    use dflag::DynamicFlags as _;
    use dflag_bench::kubelet::Volume;
    use dflag_bench::many::{
        Change, Flags10, Flags30, Flags100, Flags300, Flags1000, Many, payload,
    };
    use dflag_bench::stats::{Samples, number};
    use dflag_bench::table::{Table, verdict};
    use dflag_bench::watch::{self, Inotify};

    /// The followers take turns, so that a neighbour's noise hits all of them. Each turn has new threads,
    /// since the processor on which one comes to lie decides how long it takes to wake.
    const TURNS: usize = 10;
    const SWAPS_IN_A_TURN: usize = 10;

    pub(super) fn main() -> Result<(), Box<dyn Error>> {
        let mut table = Table::new(
            "Follow",
            "Microseconds from the rename of `..data` to the new value in a spinning reader, over 100 \
             kubelet-style swaps each; the ratio is of medians, to bare notify. CPU is what all threads but the \
             spinning one took for a swap, the old generation's removal included.",
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
                "CPU target",
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
        Dflag,
    }

    const FOLLOWERS: [(Follower, &str); 3] = [
        (Follower::Notify, "bare notify"),
        (Follower::Inotify, "raw inotify"),
        (Follower::Dflag, "dflag-configmap"),
    ];

    /// Something that follows, and what it saw last.
    struct Following {
        /// Ends the following when dropped.
        _follower: Box<dyn Any>,
        seen: Box<dyn FnMut() -> i64>,
    }

    fn begin<A: Many>(
        follower: Follower,
        root: &Path,
        first: &str,
    ) -> Result<Following, Box<dyn Error>> {
        let seen = Arc::new(AtomicI64::new(0));
        let follower: Box<dyn Any> = match follower {
            Follower::Inotify => Box::new(Inotify::new(root, first, Arc::clone(&seen))?),
            Follower::Notify => Box::new(watch::notify(root, first, Arc::clone(&seen))?),
            Follower::Dflag => {
                let flags = A::try_parse_dynamic_from(["bench"])?;
                let first = A::first(&flags);
                return Ok(Following {
                    _follower: Box::new(dflag_configmap::setup(&flags, root)?),
                    seen: Box::new(move || first.get()),
                });
            }
        };
        Ok(Following {
            _follower: follower,
            seen: Box::new(move || seen.load(Ordering::Acquire)),
        })
    }

    fn follow<A: Many>(
        table: &mut Table,
        files: usize,
        change: Change,
    ) -> Result<(), Box<dyn Error>> {
        let mut keys = A::keys();
        let flags = keys.len();
        keys.extend((flags..files).map(|file| format!("no_flag_{file}")));
        let first = keys.first().cloned().ok_or("no keys")?;
        let directory = tempfile::tempdir()?;
        let mut volume = Volume::new(directory.path());
        let mut turn = 1;
        volume.write(&payload(&keys, change, turn))?;

        let mut micros = [const { Vec::new() }; FOLLOWERS.len()];
        let mut cpu = [const { Vec::new() }; FOLLOWERS.len()];
        for _ in 0..TURNS {
            for (((follower, name), micros), cpu) in FOLLOWERS.iter().zip(&mut micros).zip(&mut cpu)
            {
                let mut following = begin::<A>(*follower, directory.path(), &first)?;
                for _ in 0..SWAPS_IN_A_TURN {
                    let before = quiet()?;
                    turn += 1;
                    let renamed = volume.write(&payload(&keys, change, turn))?;
                    while (following.seen)() != turn {
                        if renamed.elapsed() > Duration::from_secs(30) {
                            return Err(format!(
                                "{name} never saw generation {turn} of {files} files"
                            )
                            .into());
                        }
                        std::hint::spin_loop();
                    }
                    micros.push(renamed.elapsed().as_nanos() as f64 / 1_000.0);
                    volume.clean()?;
                    cpu.push(quiet()?.saturating_sub(before) as f64 / 1_000.0);
                }
            }
        }

        let micros = micros.map(Samples::from_iter);
        let cpu = cpu.map(Samples::from_iter);
        let ([bare, ..], [bare_cpu, ..]) = (&micros, &cpu);
        for (((follower, name), micros), cpu) in FOLLOWERS.iter().zip(&micros).zip(&cpu) {
            let ours = matches!(follower, Follower::Dflag);
            let ratio = micros.median() / bare.median();
            let cpu_ratio = cpu.median() / bare_cpu.median();
            table.row([
                files.to_string(),
                flags.to_string(),
                (if change == Change::All { "all" } else { "one" }).to_owned(),
                (*name).to_owned(),
                number(micros.median()),
                number(micros.quantile(0.99)),
                number(ratio),
                verdict(ratio, ours.then_some(1.3)),
                number(cpu.median()),
                number(cpu_ratio),
                verdict(cpu_ratio, ours.then_some(2.0)),
            ]);
        }
        Ok(())
    }

    fn set_up() -> Result<Table, Box<dyn Error>> {
        /// What the updater calls its thread.
        const OWN: &str = "dflag-configmap";
        const IDLE: Duration = Duration::from_secs(10);
        const MANY: usize = 20;
        let keys = Flags30::keys();
        let first = keys.first().cloned().ok_or("no keys")?;
        let directory = tempfile::tempdir()?;
        let root = directory.path();
        Volume::new(root).write(&payload(&keys, Change::All, 1))?;

        let (mut reading, mut setting_up) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            let begin = Instant::now();
            watch::read_generation(root, &first)?;
            reading.push(begin.elapsed().as_nanos() as f64 / 1_000.0);
            let flags = Flags30::try_parse_dynamic_from(["bench"])?;
            let begin = Instant::now();
            let updater = dflag_configmap::setup(&flags, root)?;
            setting_up.push(begin.elapsed().as_nanos() as f64 / 1_000.0);
            updater.stop()?;
        }
        let reading = Samples::from_iter(reading);
        let setting_up = Samples::from_iter(setting_up);

        let flags = Flags30::try_parse_dynamic_from(["bench"])?;
        let updater = dflag_configmap::setup(&flags, root)?;
        quiet()?;
        let (own, all, cpu) = (switches(OWN)?, switches("")?, cpu()?);
        thread::sleep(IDLE);
        let (own, all, cpu) = (
            switches(OWN)? - own,
            switches("")? - all,
            self::cpu()? - cpu,
        );
        let threads = others()?.len();
        updater.stop()?;

        let flags: Vec<_> = (0..MANY)
            .map(|_| Flags30::try_parse_dynamic_from(["bench"]))
            .collect::<Result<_, _>>()?;
        let before = resident()?;
        let updaters: Vec<_> = flags
            .iter()
            .map(|flags| dflag_configmap::setup(flags, root))
            .collect::<Result<_, _>>()?;
        let each = (resident()? - before) / MANY as f64;
        drop(updaters);

        let mut table = Table::new(
            "Set-up and idling",
            "With 30 flags and as many files; medians of 100 set-ups, and 10 s of idling.",
            ["what", "measured", "target"],
        );
        table.row([
            "reading the files alone, µs".to_owned(),
            number(reading.median()),
            String::new(),
        ]);
        let beside = setting_up.median() - reading.median();
        table.row([
            "`setup`, µs".to_owned(),
            number(setting_up.median()),
            String::new(),
        ]);
        table.row([
            "`setup` beside reading the files, µs".to_owned(),
            number(beside),
            verdict(beside, Some(1_000.0)),
        ]);
        table.row([
            "threads while idle".to_owned(),
            threads.to_string(),
            "1, and notify's".to_owned(),
        ]);
        table.row([
            "wake-ups in 10 s of idling, with `rescan_every` of 2 s".to_owned(),
            own.to_string(),
            verdict(own as f64, Some(5.0)),
        ]);
        table.row([
            "the same of notify's thread, which hears the updater open the directory".to_owned(),
            (all - own).to_string(),
            String::new(),
        ]);
        table.row([
            "CPU in 10 s of idling, µs".to_owned(),
            number(cpu as f64 / 1_000.0),
            String::new(),
        ]);
        table.row([
            "resident, KiB an updater, its flags' values included".to_owned(),
            number(each),
            verdict(each, Some(100.0)),
        ]);
        Ok(table)
    }

    /// Every thread but this one, which is the first.
    fn others() -> Result<Vec<std::path::PathBuf>, Box<dyn Error>> {
        let own = process::id().to_string();
        let tasks = fs::read_dir("/proc/self/task")?.collect::<Result<Vec<_>, _>>()?;
        let others = tasks
            .into_iter()
            .filter(|task| task.file_name() != own.as_str());
        Ok(others.map(|task| task.path()).collect())
    }

    /// Nanoseconds that the other threads have run.
    fn cpu() -> Result<u64, Box<dyn Error>> {
        let mut sum = 0;
        for thread in others()? {
            // It may have ended since it was listed.
            let times = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
            sum += times
                .split(' ')
                .next()
                .and_then(|time| time.parse::<u64>().ok())
                .unwrap_or_default();
        }
        Ok(sum)
    }

    /// How often those of the other threads have gone to sleep whose name begins with `name`.
    fn switches(name: &str) -> Result<u64, Box<dyn Error>> {
        let mut sum = 0;
        for thread in others()? {
            if fs::read_to_string(thread.join("comm"))?.starts_with(name) {
                sum += field(&thread.join("status"), "voluntary_ctxt_switches:")?;
            }
        }
        Ok(sum)
    }

    /// KiB of memory in use.
    fn resident() -> Result<f64, Box<dyn Error>> {
        Ok(field(Path::new("/proc/self/status"), "VmRSS:")? as f64)
    }

    fn field(status: &Path, name: &str) -> Result<u64, Box<dyn Error>> {
        let status = fs::read_to_string(status)?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        Ok(number.ok_or("no such field")?.parse()?)
    }

    /// Waits until the other threads have slept for 10 ms, and tells how long they have run.
    fn quiet() -> Result<u64, Box<dyn Error>> {
        let mut before = cpu()?;
        loop {
            thread::sleep(Duration::from_millis(10));
            let now = cpu()?;
            if now == before {
                return Ok(now);
            }
            before = now;
        }
    }
}
