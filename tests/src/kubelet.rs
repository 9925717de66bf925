//! A writer of ConfigMap volumes that does what kubelet does, step by step.
//!
//! It makes the same system calls as kubelet's atomic writer (`pkg/volume/util/atomic_writer.go`) in the same
//! order, so a watcher gets the same events as in a pod. [`Volume::write`] is one update. [`Volume::write_with`]
//! calls a function before each [`Step`], in which a test can check something, write elsewhere or stop kubelet.
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

mod atomic_writer;
mod projected;
mod update;
mod volume;

pub use atomic_writer::AtomicWriter;
pub use projected::projected;
pub use update::{Order, Outcome, Step};
pub use volume::{Payload, Volume};
