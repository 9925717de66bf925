//! Probation: contents stay only if the program is healthy with them.
//!
//! [`machine`] decides, as a pure function of its state, what happened, and the time. [`checker`] calls the program's
//! health check on a thread of its own, [`news`] collects what other threads report, and [`turn`] orders the
//! probations of several sources. [`trial`] connects them.

mod checker;
mod machine;
mod news;
mod trial;
mod turn;

pub(crate) use trial::new;
