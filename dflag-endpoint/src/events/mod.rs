//! Publishes and changes of source status as server-sent events.

mod broadcast;
mod listeners;
mod shown;
mod stream;

pub(crate) use broadcast::Publishes;
pub(crate) use listeners::Listeners;
pub(crate) use stream::event_stream;
