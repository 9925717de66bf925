//! Waits: which updater's thread waits for which, so that none of them waits for itself by way of others.

use std::sync::Mutex;

use crate::lock::lock;
use crate::thread::current_owner;

/// All such waits of the process: the updater of the thread that waits, and the one that it waits for.
static WAITS: Mutex<Vec<Wait>> = Mutex::new(Vec::new());

type Wait = (usize, usize);

/// A wait of the current thread for the thread of an updater. It ends when this is dropped.
#[must_use = "the wait ends when it is dropped"]
pub(crate) struct Waiting {
    /// `None` if the thread that waits is no updater's, so that no updater waits for it.
    wait: Option<Wait>,
}

impl Waiting {
    /// Begins to wait for the updater whose context has this address. `None` if that one waits for the current thread's,
    /// perhaps by way of others.
    pub(crate) fn begin(context: usize) -> Option<Self> {
        let Some(owner) = current_owner() else {
            return Some(Self { wait: None });
        };
        let mut waits = lock(&WAITS);
        if leads(&waits, context, owner) {
            return None;
        }
        let wait = (owner, context);
        waits.push(wait);
        Some(Self { wait: Some(wait) })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(wait) = self.wait {
            let mut waits = lock(&WAITS);
            if let Some(at) = waits.iter().position(|other| *other == wait) {
                waits.swap_remove(at);
            }
        }
    }
}

/// Whether `from` is `to`, or waits for it by way of any others.
fn leads(waits: &[Wait], from: usize, to: usize) -> bool {
    let mut reached = vec![from];
    let mut seen = 0;
    while let Some(&one) = reached.get(seen) {
        if one == to {
            return true;
        }
        seen += 1;
        for (_, next) in waits.iter().filter(|(waiting, _)| *waiting == one) {
            if !reached.contains(next) {
                reached.push(*next);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::leads;

    #[test]
    fn waits_lead_to_an_updater_by_way_of_others() {
        let waits = [(1, 2), (2, 3), (3, 2), (5, 1)];
        for (from, to, expected) in [
            (1, 1, true),
            (1, 3, true),
            (5, 3, true),
            (3, 1, false),
            (4, 1, false),
        ] {
            assert_eq!(leads(&waits, from, to), expected, "{from} to {to}");
        }
    }
}
