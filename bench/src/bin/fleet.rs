//! Part of the fleet of the benchmark `fleet`: many updaters of one ConfigMap, or as many bare watches of it.
//!
//! It prints `ready` when all of them follow, and then a line of times, in nanoseconds since 1970, for each change.

#![allow(clippy::print_stdout, reason = "the lines are its output")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use dflag::{DynamicFlags, Flags, Subscription};
use dflag_kube::Updater;
use futures_util::{AsyncBufReadExt as _, TryStreamExt as _};
use kube::config::{Config, KubeConfigOptions, Kubeconfig};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How many join at once. More than that, and the server rejects some of their lists.
const AT_ONCE: usize = 10;

/// How long a member may take to join.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Parser)]
struct Options {
    /// Watches without flags, which say what the API and the client take.
    #[arg(long)]
    bare: bool,
    #[arg(long)]
    count: usize,
    #[arg(long)]
    kubeconfig: PathBuf,
    #[arg(long)]
    config_map: String,
}

/// The flags of a member.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u64,
}

struct Member {
    _args: Flags<Args>,
    _updater: Updater,
    _subscription: Subscription,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (changes, times) = channel();
    if options.bare {
        let count = options.count;
        thread::spawn(move || watch_all(&options, &changes));
        report(count, &times)
    } else {
        let _members = join_all(&options, &changes)?;
        println!("ready");
        report(options.count, &times)
    }
}

/// Prints the times of each change when all have it. Ends with the program that reads them.
fn report(count: usize, times: &Receiver<Option<SystemTime>>) -> Result<()> {
    loop {
        let mut line = Vec::with_capacity(count);
        while line.len() < count {
            match times.recv()? {
                Some(time) => line.push(time.duration_since(UNIX_EPOCH)?.as_nanos().to_string()),
                None => println!("ready"),
            }
        }
        println!("{}", line.join(" "));
    }
}

fn join_all(options: &Options, changes: &Sender<Option<SystemTime>>) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    while members.len() < options.count {
        let more = (options.count - members.len()).min(AT_ONCE);
        let joined: Vec<Result<Member>> = thread::scope(|scope| {
            let joining: Vec<_> = (0..more)
                .map(|_| scope.spawn(|| join(options, changes.clone())))
                .collect();
            let joined = joining.into_iter().map(|member| match member.join() {
                Ok(member) => member,
                Err(_) => Err("a member panicked".into()),
            });
            joined.collect()
        });
        for member in joined {
            members.push(member?);
        }
    }
    Ok(members)
}

fn join(options: &Options, changes: Sender<Option<SystemTime>>) -> Result<Member> {
    let args = Args::try_parse_dynamic_from(["member"])?;
    let updater = Updater::builder(&args, &options.config_map)
        .kubeconfig(&options.kubeconfig)
        .ignore(["filler_*"])
        .api_wait(PATIENCE)
        .setup_blocking()?;
    let subscription = args.limit.on_change(move |_, _| {
        let _ = changes.send(Some(SystemTime::now()));
    });
    Ok(Member {
        _args: args,
        _updater: updater,
        _subscription: subscription,
    })
}

/// Watches on one thread, each on a connection of its own, and reads no more of an event than its line.
fn watch_all(options: &Options, changes: &Sender<Option<SystemTime>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut watches = Vec::new();
        for _ in 0..options.count {
            let stream = open_watch(&options.kubeconfig, &options.config_map).await?;
            let changes = changes.clone();
            watches.push(tokio::spawn(async move {
                let mut lines = Box::pin(stream).lines();
                while let Ok(Some(line)) = lines.try_next().await {
                    if !line.contains("\"BOOKMARK\"") {
                        let _ = changes.send(Some(SystemTime::now()));
                    }
                }
            }));
        }
        let _ = changes.send(None);
        for watch in watches {
            watch.await?;
        }
        Ok(())
    })
}

/// Lists the object, and opens a watch from there on.
async fn open_watch(
    kubeconfig: &Path,
    config_map: &str,
) -> Result<impl futures_util::AsyncBufRead + Send + use<>> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let client = kube::Client::try_from(config)?;
    let path =
        format!("/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3D{config_map}");
    let list: serde_json::Value = client.request(request(&path)?).await?;
    let version = list.pointer("/metadata/resourceVersion");
    let version = version
        .and_then(serde_json::Value::as_str)
        .ok_or("a list without a version")?;
    let watch = format!("{path}&watch=true&resourceVersion={version}&timeoutSeconds=3600");
    Ok(client.request_stream(request(&watch)?).await?)
}

fn request(path: &str) -> Result<http::Request<Vec<u8>>> {
    Ok(http::Request::get(path).body(Vec::new())?)
}
