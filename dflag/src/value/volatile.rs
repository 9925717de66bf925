//! Volatile values: those that depend on more than their text, such as on a file's content.
//!
//! clap hides which parser reads a text, so a parser that reads a file records that for the thread, and
//! the code that runs parsers asks for it.

use std::cell::RefCell;

thread_local! {
    static READ: RefCell<Option<FileRead>> = const { RefCell::new(None) };
}

/// What a parser read besides the text.
#[derive(Debug, Default)]
pub(crate) struct FileRead {
    /// One for each value of a list that comes from a file.
    pub(crate) contents: Vec<FileContent>,
    /// Why the value was rejected, in words that quote no content.
    pub(crate) rejection: Option<String>,
}

/// A file that gave a value.
#[derive(Debug, PartialEq)]
pub(crate) struct FileContent {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Takes what the thread's parsers read since the last call.
pub(crate) fn take() -> Option<FileRead> {
    READ.take()
}

/// Records that the thread's parser read a file.
pub(super) fn record(content: FileContent) {
    READ.with_borrow_mut(|read| read.get_or_insert_default().contents.push(content));
}

/// Records why the thread's parser rejects a value that names a file.
pub(super) fn record_rejection(rejection: &str) {
    READ.with_borrow_mut(|read| {
        read.get_or_insert_default().rejection = Some(rejection.to_owned());
    });
}
