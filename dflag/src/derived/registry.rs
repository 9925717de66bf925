//! The registry: which derived values a set of flags has, and where snapshots hold them.

use std::mem;
use std::sync::{Arc, Weak};

use crate::derived::node::{Failure, Inputs, Node};
use crate::derived::values;
use crate::read::snapshot::{Snapshot, Value};

/// The derived values of one set of flags. The writer lock protects them.
///
/// This is a trait so that a program without derived values has none of their code.
pub(crate) trait DerivedValues: Send {
    /// Builds the first value of a node. Returns it in a copy of the current snapshot, to be published.
    fn register(
        &mut self,
        node: &Arc<Node>,
        current: &Snapshot,
    ) -> Result<(Registered, Snapshot), Failure>;

    /// Builds the values of `candidate`, which follows `current`, in the order of registration. Adds the indices of
    /// the new ones to `changed`, which has those of the flags; values whose inputs are the same stay.
    ///
    /// On failure, the candidate must be [discarded](Self::discard), too.
    fn build(
        &mut self,
        current: &Snapshot,
        candidate: &mut Snapshot,
        changed: &mut Vec<usize>,
    ) -> Result<(), Vec<Failure>>;

    /// Keeps a snapshot until the writer lock is free.
    fn discard(&mut self, snapshot: Arc<Snapshot>);

    /// What is to be dropped now that the writer lock is about to be free.
    fn take_discarded(&mut self) -> Vec<Value>;
}

/// Which derived values there are.
pub(crate) struct Registry {
    /// The index of the first derived value: the number of flags.
    first: usize,
    /// Those that were not gone at the last publish, in the order of registration. A derived value's
    /// position in snapshots is free for another one once its node is gone.
    nodes: Vec<(usize, Weak<Node>)>,
    /// To be dropped without the writer lock, since dropping it may run any code.
    discarded: Vec<Value>,
}

/// A derived value that is in every snapshot from now on, for as long as this exists.
#[derive(Clone)]
pub(crate) struct Registered {
    /// Its index after those of the flags.
    pub(crate) index: usize,
    position: usize,
    _node: Arc<Node>,
}

impl Registry {
    pub(crate) fn new(first: usize) -> Self {
        Self {
            first,
            nodes: Vec::new(),
            discarded: Vec::new(),
        }
    }

    /// The nodes that are not gone. The others are forgotten.
    fn live(&mut self) -> Vec<(usize, Arc<Node>)> {
        let mut live = Vec::with_capacity(self.nodes.len());
        self.nodes.retain(|(position, node)| {
            let node = node.upgrade();
            let is_live = node.is_some();
            live.extend(node.map(|node| (*position, node)));
            is_live
        });
        live
    }

    /// Keeps nodes until the writer lock is free: their last handles may have been dropped meanwhile.
    fn discard_all(&mut self, nodes: Vec<(usize, Arc<Node>)>) {
        let nodes = nodes.into_iter().map(|(_, node)| node as Value);
        self.discarded.extend(nodes);
    }
}

impl DerivedValues for Registry {
    fn register(
        &mut self,
        node: &Arc<Node>,
        current: &Snapshot,
    ) -> Result<(Registered, Snapshot), Failure> {
        let nodes = self.live();
        let mut next = current.copy();
        let mut used = vec![false; nodes.len()];
        for (position, _) in &nodes {
            let value = values::get(current, *position);
            values::set(&mut next, *position, value.cloned());
            if let Some(used) = used.get_mut(*position) {
                *used = true;
            }
        }
        let position = used.iter().position(|used| !used).unwrap_or(used.len());
        self.discard_all(nodes);
        let built = node.build(&Inputs {
            candidate: &next,
            previous: None,
            parent_changed: false,
        })?;
        values::set(&mut next, position, built);
        self.nodes.push((position, Arc::downgrade(node)));
        let registered = Registered {
            index: self.first + position,
            position,
            _node: Arc::clone(node),
        };
        Ok((registered, next))
    }

    fn build(
        &mut self,
        current: &Snapshot,
        candidate: &mut Snapshot,
        changed: &mut Vec<usize>,
    ) -> Result<(), Vec<Failure>> {
        let nodes = self.live();
        let mut failures = Vec::new();
        for (position, node) in &nodes {
            let index = self.first + position;
            let previous = values::get(current, *position);
            let built = node.build(&Inputs {
                candidate,
                previous,
                // A parent that failed has not changed, so what is mapped from it is not built.
                parent_changed: node.parent.is_some_and(|parent| changed.contains(&parent)),
            });
            match built {
                Ok(None) => values::set(candidate, *position, previous.cloned()),
                Ok(built) => {
                    values::set(candidate, *position, built);
                    let place = changed.partition_point(|other| *other < index);
                    changed.insert(place, index);
                }
                Err(failure) => failures.push(failure),
            }
        }
        self.discard_all(nodes);
        if failures.is_empty() {
            Ok(())
        } else {
            Err(failures)
        }
    }

    fn discard(&mut self, snapshot: Arc<Snapshot>) {
        self.discarded.push(snapshot);
    }

    fn take_discarded(&mut self) -> Vec<Value> {
        mem::take(&mut self.discarded)
    }
}

impl Registered {
    /// The value in a snapshot.
    pub(crate) fn value<'a, U: 'static>(&self, snapshot: &'a Snapshot) -> &'a U {
        values::read(snapshot, self.position)
    }
}

#[cfg(all(test, not(dflag_loom)))]
mod tests {
    use std::panic::Location;
    use std::sync::Arc;

    use super::{DerivedValues as _, Registry};
    use crate::derived::node::Node;
    use crate::read::snapshot::Snapshot;

    fn mapped(number: u64) -> Arc<Node> {
        let value = Arc::new(Snapshot::args::<u64>);
        let map = move |value: &u64| value + number;
        Arc::new(Node::mapped(Location::caller(), None, value, map))
    }

    #[test]
    fn position_is_used_again_once_its_value_is_gone() {
        let mut registry = Registry::new(5);
        let first = Snapshot::new(1, Arc::new(1_u64), Vec::new());
        let register = |registry: &mut Registry, number, snapshot: &Snapshot| {
            let registered = registry.register(&mapped(number), snapshot);
            registered.unwrap_or_else(|failure| panic!("{}", failure.reason))
        };
        let (one, snapshot) = register(&mut registry, 1, &first);
        let (two, snapshot) = register(&mut registry, 2, &snapshot);
        let (three, snapshot) = register(&mut registry, 3, &snapshot);
        drop((one, registry.take_discarded()));
        let (four, snapshot) = register(&mut registry, 4, &snapshot);
        let (five, snapshot) = register(&mut registry, 5, &snapshot);
        let places = [&four, &two, &three, &five].map(|one| (one.index, *one.value(&snapshot)));
        assert_eq!(places, [(5, 5_u64), (6, 3), (7, 4), (8, 6)]);
    }

    #[test]
    fn values_that_come_and_go_leave_nothing_behind() {
        let mut registry = Registry::new(0);
        let mut snapshot = Snapshot::new(1, Arc::new(1_u64), Vec::new());
        for _ in 0..100 {
            let registered = registry.register(&mapped(1), &snapshot);
            snapshot = registered.unwrap_or_else(|_| panic!()).1;
            drop(registry.take_discarded());
        }
        assert_eq!(registry.nodes.len(), 1);
    }
}
