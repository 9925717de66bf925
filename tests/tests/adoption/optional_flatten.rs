//! A flattened struct that is there only if one of its arguments is given.

use clap::{Args, Parser};
use dflag::DynamicFlags;
use dflag_configmap as configmap;

use crate::config_map::{ConfigMap, eventually};
use crate::help;

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "search")]
struct Opt {
    #[arg(long, default_value_t = 100)]
    #[flag(dynamic)]
    max_results: usize,

    #[command(flatten)]
    tls: Option<Tls>,
}

#[derive(Clone, Debug, Args)]
#[group(requires_all = ["ssl_cert_path", "ssl_key_path"])]
struct Tls {
    #[arg(long, required = false)]
    ssl_cert_path: String,

    #[arg(long, required = false)]
    ssl_key_path: String,
}

#[test]
fn optional_struct_is_kept_in_every_snapshot() {
    let mut map = ConfigMap::mounted(&[("max-results", "5")]);
    let line = ["search", "--ssl-cert-path=cert", "--ssl-key-path=key"];
    let opt = Opt::try_parse_dynamic_from(line).unwrap();
    let _updater = configmap::setup(&opt, map.path()).unwrap();
    assert_eq!(opt.max_results.get(), 5);
    map.apply(&[("max-results", "6")]);
    eventually(|| opt.max_results.get() == 6);
    let now = opt.load();
    let tls = now.tls.as_ref().unwrap();
    assert_eq!((&*tls.ssl_cert_path, &*tls.ssl_key_path), ("cert", "key"));

    let opt = Opt::try_parse_dynamic_from(["search"]).unwrap();
    assert!(opt.load().tls.is_none());
}

#[test]
fn help_is_unchanged() {
    help::is_unchanged::<Opt>(&[]);
}
