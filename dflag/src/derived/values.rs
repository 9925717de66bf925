//! Where a snapshot holds its derived values.

use std::sync::Arc;

use crate::derived::node::Built;
use crate::read::snapshot::{Snapshot, Value};

/// The derived values of one snapshot, by position. A position whose value is gone is `None`, and free for another one.
#[derive(Default)]
struct Values(Vec<Option<Value>>);

/// The value at a position.
pub(super) fn get(snapshot: &Snapshot, position: usize) -> Option<&Value> {
    let values: &Values = snapshot.derived.as_ref()?.downcast_ref()?;
    values.0.get(position)?.as_ref()
}

/// Sets the value at a position of a snapshot that is not published yet.
pub(super) fn set(snapshot: &mut Snapshot, position: usize, value: Option<Value>) {
    let derived = snapshot
        .derived
        .get_or_insert_with(|| Arc::new(Values::default()));
    let values = Arc::get_mut(derived).and_then(|values| values.downcast_mut::<Values>());
    if let Some(Values(values)) = values {
        if values.len() <= position {
            values.resize(position + 1, None);
        }
        if let Some(place) = values.get_mut(position) {
            *place = value;
        }
    }
}

/// The value at a position that a handle reads.
#[expect(
    clippy::unreachable,
    reason = "a handle exists only if the value does, with its type"
)]
pub(super) fn read<U: 'static>(snapshot: &Snapshot, position: usize) -> &U {
    match get(snapshot, position).and_then(|value| value.downcast_ref::<Built<U>>()) {
        Some(built) => &built.value,
        None => unreachable!("every snapshot has the values that handles read"),
    }
}
