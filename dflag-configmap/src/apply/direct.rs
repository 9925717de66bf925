//! The applier of a program that asks for no recovery: bad content is rejected.

use std::sync::Arc;

use dflag::Change;

use super::applier::{Applier, Retry};
use super::propose::Proposer;
use super::unreadable::Unreadable;
use crate::context::Context;
use crate::error::{InitializeError, ScanError};
use crate::volume::Contents;

/// Proposes contents, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Direct(Proposer);

impl Applier for Direct {
    fn initialize(
        &mut self,
        context: &Context,
        contents: Result<Arc<Contents>, Unreadable>,
    ) -> Result<(), InitializeError> {
        let contents = match contents {
            Ok(contents) => context.select(&contents),
            Err(error) => {
                context.record_scan(Some(error.scan_error()));
                return Err(error.into());
            }
        };
        let error = self.0.propose(context, &contents, true).error;
        context.record_scan(error.clone());
        match error {
            Some(ScanError::Rejected(rejected)) => Err(InitializeError::Rejected(rejected)),
            _ => Ok(()),
        }
    }

    fn propose(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        retry: Retry,
    ) -> Option<ScanError> {
        let contents = context.select(contents);
        let retry = retry >= Retry::Rejected;
        self.0.propose(context, &contents, retry).error
    }

    fn changed(&self) -> &[Change] {
        self.0.changed()
    }

    fn forget_changed(&mut self) {
        self.0.forget_changed();
    }

    fn record_panic(&mut self, panic: &ScanError) {
        self.0.record_panic(panic);
    }
}
