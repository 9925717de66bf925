//! Outputs: what a command prints, and the code that it ends with.

use std::fmt;
use std::io::{self, Write as _};

use anstream::AutoStream;
use anstream::adapter::strip_str;
use clap::ColorChoice;

/// What a command of [`ConfigMapArgs`](crate::ConfigMapArgs) prints, and the code that the program ends with.
///
/// [`Display`](fmt::Display) writes its text without colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// With escape sequences for colours.
    text: String,
    color: ColorChoice,
    stream: Stream,
    exit_code: i32,
}

/// A stream of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The standard output, for what a command is asked for.
    Stdout,
    /// The standard error stream, for unusable input.
    Stderr,
}

impl Output {
    pub(crate) fn new(text: String, color: ColorChoice, stream: Stream, exit_code: i32) -> Self {
        Self {
            text,
            color,
            stream,
            exit_code,
        }
    }

    /// The text, without colours.
    pub fn text(&self) -> String {
        strip_str(&self.text).to_string()
    }

    /// The stream that it is for.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// The code that the program ends with: 0 for yes, 1 for no, 2 for unusable input.
    pub fn exit_code(&self) -> i32 {
        self.exit_code
    }

    /// Prints it to its stream, in colours if clap would.
    ///
    /// # Errors
    /// If the stream can't be written to.
    pub fn print(&self) -> io::Result<()> {
        let choice = match self.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        let text = self.text.as_bytes();
        match self.stream {
            Stream::Stdout => {
                let mut stream = AutoStream::new(io::stdout().lock(), choice);
                stream.write_all(text)?;
                stream.flush()
            }
            Stream::Stderr => AutoStream::new(io::stderr().lock(), choice).write_all(text),
        }
    }

    /// Prints it and exits.
    pub fn exit(&self) -> ! {
        // As with clap, there is nothing to do if the stream is closed.
        let _ = self.print();
        std::process::exit(self.exit_code)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        strip_str(&self.text).fmt(f)
    }
}
