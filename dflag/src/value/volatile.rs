//! Volatile values: those that depend on more than their text, such as on a file's content.
//!
//! clap hides which parser reads a text, so a parser that reads a file records that for the thread, and
//! the code that runs parsers asks for it.

use std::cell::RefCell;

thread_local! {
    static READ: RefCell<Option<FileRead>> = const { RefCell::new(None) };
}

/// What a parser read besides the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileRead {
    /// The contents, one for each value of a list that comes from a file.
    pub(crate) contents: Vec<String>,
    /// Why the value was rejected, in words that quote no content.
    pub(crate) rejection: Option<String>,
}

/// Takes what the thread's parsers read since the last call.
pub(crate) fn take() -> Option<FileRead> {
    READ.take()
}

/// Records that the thread's parser reads a file.
pub(super) fn record(content: Result<&str, &str>) {
    READ.with_borrow_mut(|read| {
        let read = read.get_or_insert_default();
        match content {
            Ok(content) => read.contents.push(content.to_owned()),
            Err(rejection) => read.rejection = Some(rejection.to_owned()),
        }
    });
}
