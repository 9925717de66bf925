//! A form that was rejected, to be shown again with the values that were typed.

use crate::json::{ProblemDetail, RejectionBody};

#[derive(Debug)]
pub(crate) struct RejectedForm<'a> {
    /// What was rejected.
    pub(crate) heading: &'static str,
    pub(crate) rejection: &'a RejectionBody,
    /// Names and values, without those of secrets.
    pub(crate) values: Vec<(String, String)>,
    /// Names, and how long the overrides were to last.
    pub(crate) expiries: Vec<(String, String)>,
    /// Names, and why they were to be set.
    pub(crate) reasons: Vec<(String, String)>,
}

impl<'a> RejectedForm<'a> {
    pub(super) fn problems_of<'s>(
        &'s self,
        flag: &'s str,
    ) -> impl Iterator<Item = &'a ProblemDetail> + 's {
        let problems = self.rejection.problems.iter();
        problems.filter(move |problem| {
            [&problem.name, &problem.other_name]
                .iter()
                .any(|name| name.as_deref() == Some(flag))
        })
    }

    /// The value that was typed for a flag, the last one if there are several.
    pub(super) fn value_of(&self, flag: &str) -> Option<&str> {
        last_of(&self.values, flag)
    }

    /// Why a flag was to be set, as it was typed.
    pub(super) fn reason_of(&self, flag: &str) -> Option<&str> {
        last_of(&self.reasons, flag)
    }

    /// How long the override of a flag was to last, as it was typed.
    pub(super) fn expiry_of(&self, flag: &str) -> Option<&str> {
        last_of(&self.expiries, flag)
    }
}

fn last_of<'a>(texts: &'a [(String, String)], flag: &str) -> Option<&'a str> {
    let (_, text) = texts.iter().rev().find(|(name, _)| name == flag)?;
    Some(text)
}
