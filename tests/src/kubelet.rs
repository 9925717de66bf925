//! kubelet's way of writing a ConfigMap volume, step by step.
//!
//! It follows kubelet's atomic writer (`pkg/volume/util/atomic_writer.go`) call by call and in its
//! order, so that whoever watches the directory sees what a pod sees. [`Volume::write`] is one
//! update; [`Volume::write_with`] stops before each [`Step`] to let a test look, write elsewhere,
//! or let kubelet die there.
//!
//! ```
//! use dflag_tests::kubelet::Volume;
//!
//! # let parent = tempfile::tempdir()?;
//! let mut volume = Volume::create(parent.path().join("flags"))?;
//! volume.write(&[("rollout", b"0.5"), ("log_level", b"debug")])?;
//! assert_eq!(std::fs::read(volume.root().join("rollout"))?, b"0.5");
//!
//! volume.die_before_publish(&[("rollout", b"0.9")])?;
//! assert_eq!(std::fs::read(volume.root().join("rollout"))?, b"0.5");
//! # Ok::<(), std::io::Error>(())
//! ```

mod update;
mod volume;

pub use update::{Order, Outcome, Step};
pub use volume::{Payload, Volume};
