//! Random maps: whatever the API server rejects, the program rejects.

use dflag::Layer;
use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::args;
use crate::cluster::Cluster;
use crate::texts::text;

/// The number of maps. `DFLAG_ADMISSION_MAPS` sets another.
const MAPS: u32 = 1000;

pub(crate) fn all(cluster: &Cluster) {
    let bad = json!({"small": "bad"});
    cluster.apply_policy(&args::policy(|builder| builder), &bad);
    let maps = std::env::var("DFLAG_ADMISSION_MAPS").ok();
    let maps = maps.map_or(MAPS, |maps| maps.parse().unwrap());
    let seed = std::env::var("DFLAG_ADMISSION_SEED").ok();
    let seed = seed.map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    let mut random = Rng::with_seed(seed);
    let schema = args::schema();
    let (mut rejected, mut found) = (0, 0);
    let (mut missed, mut wrong) = (Vec::new(), Vec::new());
    for _ in 0..maps {
        let flag = random.choice(&schema).unwrap();
        let mut data = Map::new();
        for _ in 0..random.choice([1, 1, 1, 2]).unwrap() {
            let names = [&*flag.info.name]
                .into_iter()
                .chain(flag.info.aliases.iter().map(String::as_str));
            let name = random.choice(names.collect::<Vec<_>>()).unwrap();
            let name = if random.bool() {
                name.replace('-', "_")
            } else {
                name.to_owned()
            };
            data.insert(name, Value::String(text(&mut random)));
        }
        let is_rejected = is_rejected(&data);
        let answer = cluster.judge(&Value::Object(data.clone()));
        rejected += u32::from(is_rejected);
        found += u32::from(is_rejected && !answer.is_accepted());
        if !answer.is_accepted() && (!is_rejected || !answer.is_denied()) {
            wrong.push(format!("{data:?}: {}", answer.message));
        }
        if is_rejected && answer.is_accepted() {
            missed.push(format!("{data:?}"));
        }
    }
    assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
    // Parsers of the program's own, and the little that the policy says it does not judge.
    let most = rejected * 3 / 4;
    assert!(
        found > most,
        "seed {seed}: {found} of {rejected}\n{}",
        missed.join("\n")
    );
    cluster.delete_policies(&bad);
}

fn is_rejected(data: &Map<String, Value>) -> bool {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in data {
        layer.file(key, format!("/etc/dflag/{key}"), value.as_str().unwrap());
    }
    args::flags().propose(&layer).is_err()
}
