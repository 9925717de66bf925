//! For tests of a program's own: a ConfigMap volume that is written as kubelet writes it.
//!
//! With the feature `testing`, on Unix. A program enables it for its tests:
//!
//! ```toml
//! [dev-dependencies]
//! dflag-configmap = { version = "0.1", features = ["testing"] }
//! ```
//!
//! A test then shows how the program reacts to an update of its ConfigMap, by the very events that it
//! gets in a pod:
//!
//! ```
//! # use clap::Parser;
//! # use dflag::DynamicFlags;
//! use std::time::Duration;
//! use dflag_configmap::testing::Volume;
//!
//! # #[derive(Clone, Parser, DynamicFlags)]
//! # struct Args {
//! #     #[arg(long, default_value_t = 0.0)]
//! #     #[flag(dynamic)]
//! #     rollout: f64,
//! # }
//! let volume = Volume::new()?;
//! volume.apply([("rollout", "0.1")])?;
//!
//! let args = Args::try_parse_dynamic_from(["server"])?;
//! let updater = dflag_configmap::setup(&args, volume.path())?;
//! assert_eq!(args.rollout.get(), 0.1);
//!
//! volume.apply([("rollout", "0.5")])?;
//! args.rollout.wait_for(|rollout| *rollout == 0.5, Duration::from_secs(10))?;
//!
//! volume.apply([("rollout", "many")])?; // rejected
//! # updater.stop()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod atomic_writer;
mod random;
mod time;
mod volume;

pub use volume::Volume;
