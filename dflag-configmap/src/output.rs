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

/// What a shell reports of a program that `SIGPIPE` ended: 128 and the signal's number.
const BROKEN_PIPE: i32 = 128 + 13;

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

    /// Prints it and exits with its [code](Self::exit_code).
    ///
    /// If it can't be printed, nobody has read the verdict, and the code is 2. If its reader closed the pipe, as `head`
    /// does, nothing is said of that, and the code is 141 on Unix: the one with which a shell reports a program that
    /// `SIGPIPE` ended, as it ends most others.
    pub fn exit(&self) -> ! {
        let code = match self.print() {
            Ok(()) => self.exit_code,
            Err(error) if cfg!(unix) && error.kind() == io::ErrorKind::BrokenPipe => BROKEN_PIPE,
            Err(error) => {
                // There is nothing to do if this stream can't be written to, either.
                let _ = writeln!(io::stderr(), "error: the output can't be written: {error}");
                2
            }
        };
        std::process::exit(code)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        strip_str(&self.text).fmt(f)
    }
}
