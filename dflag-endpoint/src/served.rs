//! What is served: a set of flags, and by which rules.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use dflag::FlagSet;
use futures_util::future::{BoxFuture, Shared};

use crate::answer::{Flag, Listing, Source};
use crate::authorize::Authorizer;
use crate::host::Hosts;
use crate::page::{Counts, Setting};
use crate::query::Selection;

/// Whether flags can be set at the moment.
pub(crate) type Switch = Box<dyn Fn() -> bool + Send + Sync>;

/// Comes when the events shall end.
pub(crate) type End = Shared<BoxFuture<'static, ()>>;

pub(crate) struct Served {
    pub(crate) set: Arc<dyn FlagSet>,
    pub(crate) title: Option<String>,
    pub(crate) hosts: Hosts,
    /// Who may set flags; nobody if there is none.
    pub(crate) authorizer: Option<Box<dyn Authorizer>>,
    pub(crate) switch: Option<Switch>,
    pub(crate) end: End,
}

impl Served {
    /// Who decides on setting; `None` while setting is off.
    pub(crate) fn authorizer(&self) -> Option<&dyn Authorizer> {
        let authorizer = self.authorizer.as_deref()?;
        // A switch that panics is off.
        let on = |switch: &Switch| catch_unwind(AssertUnwindSafe(switch)).unwrap_or(false);
        self.switch.as_ref().is_none_or(on).then_some(authorizer)
    }

    pub(crate) fn setting(&self) -> Setting {
        match self.authorizer() {
            None => Setting::Off,
            Some(authorizer) if authorizer.wants_token() => Setting::WithToken,
            Some(_) => Setting::Open,
        }
    }

    /// The flags that `selection` has, as of one moment, and the counts of all; `root` is the path
    /// above `set`.
    pub(crate) fn listing(
        &self,
        selection: &Selection,
        root: &str,
        setting: Setting,
    ) -> (Listing, Counts) {
        let listing = self.set.listing();
        let counts = Counts::of(&listing.flags);
        let link = |to: &str| {
            if setting == Setting::Off {
                String::new()
            } else {
                format!("{root}{to}")
            }
        };
        let flags = listing.flags.into_iter().filter(|flag| selection.has(flag));
        let listing = Listing {
            checksum_static: listing.checksum_static.to_string(),
            checksum_dynamic: listing.checksum_dynamic.to_string(),
            set_url: link("set"),
            clear_url: link("clear"),
            generation: listing.generation,
            flags: flags.map(Flag::from).collect(),
            sources: self.set.sources().into_iter().map(Source::from).collect(),
        };
        (listing, counts)
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served")
            .field("title", &self.title)
            .field("hosts", &self.hosts)
            .field("setting", &self.authorizer.is_some())
            .finish_non_exhaustive()
    }
}
