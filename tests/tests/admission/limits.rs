//! The API server's limits: of the cost of an expression, of its memory, and of its patience.

use std::time::{Duration, Instant};

use clap::CommandFactory as _;
use dflag::{FlagSchema, ValueType};
use dflag_configmap::Updater;
use serde_json::{Map, Value, json};

use crate::args::{self, Args};
use crate::cluster::Cluster;

/// The size of a ConfigMap, less the length of a few keys.
const MIB: usize = (1 << 20) - 2048;

/// The number of flags of a large program.
const FLAGS: usize = 1000;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much memory the policy of a large program may take.
const MEMORY: f64 = 20e6;

pub(crate) fn all(cluster: &Cluster) {
    long_values_are_judged(cluster);
    many_flags_are_judged(cluster);
    update_of_a_long_value_is_judged(cluster);
}

/// Judges a map. An expression that fails, for instance because it costs too much, is not how a policy rejects a map.
fn judge(cluster: &Cluster, data: &Value, what: &str) -> bool {
    let start = Instant::now();
    let answer = cluster.judge(data);
    assert!(start.elapsed() < PATIENCE, "{what}: {:?}", start.elapsed());
    let is_judged = answer.is_accepted() || answer.is_denied();
    assert!(is_judged, "{what}: {}", answer.message);
    answer.is_accepted()
}

fn long_values_are_judged(cluster: &Cluster) {
    let bad = json!({"small": "bad"});
    cluster.apply_policy(&args::policy(|builder| builder), &bad);
    let schema = args::schema();
    let others = schema.iter().filter(|flag| flag.info.name != "small");
    let texts = ["9", "1,", " ", "\u{feff}😀"];
    let long = |text: &str| text.repeat(MIB / text.len());
    for (flag, text) in others.zip(texts.iter().cycle()) {
        let name = &*flag.info.name;
        judge(
            cluster,
            &json!({name: long(text)}),
            &format!("{name} {text:?}"),
        );
    }
    for text in texts {
        assert!(
            !judge(cluster, &json!({"small": long(text)}), text),
            "{text:?}"
        );
    }
    cluster.delete_policies(&bad);
}

/// The flags of the test's program, so often and each a bit different that they are many.
fn many() -> Vec<FlagSchema> {
    let flags = args::schema();
    let copies = flags.iter().cycle().take(FLAGS).enumerate();
    let copies = copies.map(|(index, flag)| {
        let mut flag = flag.clone();
        flag.info.name = format!("{}-{index}", flag.info.name);
        flag.info.aliases.clear();
        match &mut flag.value_type {
            ValueType::Integer { max, .. } => *max -= i128::try_from(index).unwrap(),
            ValueType::Choice { values, .. } => values.push(format!("value-{index}")),
            _ => {}
        }
        flag.info.max_len = flag.info.max_len.map(|most| most + index);
        flag.patterns
            .iter_mut()
            .for_each(|pattern| *pattern = format!("{pattern}|^{index}$"));
        flag
    });
    copies.collect()
}

fn many_flags_are_judged(cluster: &Cluster) {
    let flags = many();
    let builder = Updater::builder(&args::flags(), "/etc/dflag").deny_unknown(true);
    let policy = builder
        .admission_policy(&flags, &Args::command(), "default", "flags")
        .unwrap();
    let bad = json!({"small-0": "bad"});
    let before = memory(cluster);
    cluster.apply_policy(&policy, &bad);

    let keys = |text: &dyn Fn(&FlagSchema) -> String| -> Value {
        let data: Map<_, _> = flags
            .iter()
            .map(|flag| (flag.info.name.clone(), text(flag).into()))
            .collect();
        data.into()
    };
    let share = MIB / FLAGS;
    for text in ["1", "x", "1,", "a-", " "] {
        judge(cluster, &keys(&|_| text.to_owned()), text);
        judge(
            cluster,
            &keys(&|_| text.repeat(share / text.len())),
            &format!("long {text:?}"),
        );
    }
    // All of the space for one kind of flag: of lists, and of patterns.
    let lists = flags.iter().filter(|flag| flag.list.is_some()).count();
    let lists = keys(&|flag| {
        if flag.list.is_some() {
            "1,".repeat(MIB / lists / 2)
        } else {
            "1".to_owned()
        }
    });
    judge(cluster, &lists, "lists");
    let patterns = flags
        .iter()
        .filter(|flag| !flag.patterns.is_empty())
        .count();
    let patterns = keys(&|flag| {
        let length = if flag.patterns.is_empty() {
            1
        } else {
            MIB / patterns
        };
        "1".repeat(length)
    });
    judge(cluster, &patterns, "patterns");
    for unknown in [100, 3000, 20_000] {
        let data: Map<_, _> = (0..unknown)
            .map(|index| (format!("u{index}"), "".into()))
            .collect();
        let is_accepted = judge(cluster, &data.into(), &format!("{unknown} unknown keys"));
        assert_eq!(is_accepted, unknown > 4000, "{unknown}");
    }
    let memory = memory(cluster) - before;
    assert!(memory < MEMORY, "the policy takes {memory} bytes");
    cluster.delete_policies(&bad);
}

/// The bytes that the API server uses after it has collected its garbage.
fn memory(cluster: &Cluster) -> f64 {
    // The second collection frees what finalizers kept.
    cluster.get("/debug/pprof/heap?gc=1");
    cluster.get("/debug/pprof/heap?gc=1");
    let metrics = cluster.get("/metrics");
    let metrics = String::from_utf8_lossy(&metrics);
    let bytes = metrics
        .lines()
        .find_map(|line| line.strip_prefix("go_memstats_heap_alloc_bytes "));
    bytes.unwrap().trim().parse().unwrap()
}

fn update_of_a_long_value_is_judged(cluster: &Cluster) {
    let bad = json!({"small": "bad"});
    cluster.apply_policy(&args::policy(|builder| builder), &bad);
    cluster.kubectl(&["create", "configmap", "flags"]);
    // The last byte alone differs: the two are compared to their end.
    for last in ["x", "y"] {
        let content = json!({"data": {"other": "x".repeat(MIB) + last}});
        let answer = cluster.patch("flags", &content);
        assert!(answer.is_accepted(), "{}", answer.message);
    }
    let answer = cluster.patch("flags", &json!({"metadata": {"labels": {"a": "b"}}}));
    assert!(answer.is_accepted(), "{}", answer.message);
    cluster.kubectl(&["delete", "configmap", "flags"]);
    cluster.delete_policies(&bad);
}
