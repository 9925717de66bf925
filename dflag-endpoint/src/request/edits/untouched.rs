//! Controls of the page that nobody has edited.

use std::mem;

use dflag::FlagSet;

use super::{Change, Edits, all_valid, problem};
use crate::json::Flag;
use crate::response::Rejection;

const UNEDITED: &str = "it has this value already, so nothing was set; edit the value, or press “Pin” to override the flag \
                        with it, so that it no longer follows its source";

const UNEDITED_SECRET: &str = "no value was typed, so nothing was set";

impl Edits {
    /// With the line breaks of the current values where a form has the value that the page shows. A browser changes
    /// line breaks even if nobody edits the text.
    pub(crate) fn with_line_breaks(mut self, set: &dyn FlagSet) -> Self {
        for (name, change) in &mut self.flags {
            let (Change::Set(text), Some(flag)) = (&mut *change, set.flag(name)) else {
                continue;
            };
            let is_secret = flag.secret;
            let flag = Flag::from(flag);
            let given = flag.given_value().filter(|_| !is_secret);
            if let Some(given) = given.filter(|given| is_same_but_for_line_breaks(given, text)) {
                given.clone_into(text);
            }
        }
        self
    }

    /// With an override of no value, where only the duration was edited of a flag that has none.
    ///
    /// # Errors
    /// Names every flag whose value only counts if it is edited, and is not. It would be overridden with the value that
    /// it has, and so no longer follow its source. To edit the duration is an edit, too, but not of a secret: the value
    /// that it has is not in the form.
    pub(crate) fn check_edited(mut self, set: &dyn FlagSet) -> Result<Self, Rejection> {
        let mut problems = Vec::new();
        for index in mem::take(&mut self.if_edited) {
            let has_expiry = self.has_expiry(index);
            let Some((name, change @ Change::Set(_))) = self.flags.get_mut(index) else {
                continue;
            };
            let Some(flag) = set.flag(name) else {
                continue;
            };
            let flag = Flag::from(flag);
            let shown = flag.given_value().filter(|_| !flag.is_secret);
            if *change != Change::Set(shown.unwrap_or_default().to_owned()) {
                continue;
            }
            let reason = match (flag.is_secret, has_expiry) {
                (true, _) => UNEDITED_SECRET,
                (false, false) => UNEDITED,
                (false, true) => {
                    if shown.is_none() && flag.is_optional {
                        *change = Change::Unset;
                    }
                    continue;
                }
            };
            problems.push(problem(flag.name, "unedited", reason));
        }
        all_valid(problems)?;
        Ok(self)
    }

    fn has_expiry(&self, index: usize) -> bool {
        self.expiries.iter().any(|(of, _)| *of == index)
    }
}

/// Whether a browser sends `sent` for a control with the text `shown`. A text area makes line feeds of all line breaks,
/// and a text field removes them.
fn is_same_but_for_line_breaks(shown: &str, sent: &str) -> bool {
    shown.contains('\r')
        && (shown.replace("\r\n", "\n").replace('\r', "\n") == sent
            || (!shown.contains('\n') && shown.replace('\r', "") == sent))
}

#[cfg(test)]
mod tests {
    use super::is_same_but_for_line_breaks;

    #[test]
    fn line_breaks_that_a_browser_changes_are_no_edit() {
        for (shown, sent, is_same) in [
            ("a\r\nb\r", "a\nb\n", true),
            ("a\rb", "a\nb", true),
            ("a\rb", "ab", true),
            ("a\r\nb", "ab", false),
            ("a\r\nb", "a\nc", false),
            ("a\nb", "a\nb", false),
        ] {
            assert_eq!(
                is_same_but_for_line_breaks(shown, sent),
                is_same,
                "{shown:?} {sent:?}"
            );
        }
    }
}
