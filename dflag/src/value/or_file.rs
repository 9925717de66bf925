//! A value in a file of its own, such as one of a mounted Kubernetes Secret.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf, absolute};

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};

use crate::text::escape::escaped;
use crate::text::list::trimmed;
use crate::value::volatile::{self, FileContent};

/// The largest file, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// How often a path is followed again because what it led to has just been replaced.
const ATTEMPTS: usize = 3;

/// Parses a value, or `@` and the absolute path of a file that contains the value, such as
/// `@/etc/secrets/token`. The file has to be in the folder that [`within`](OrFile::within) names.
///
/// The content is read as UTF-8, without surrounding white space and byte-order mark, by the given
/// parser. It is trimmed even if the flag has `#[flag(trim = false)]`, because editors and templates end a
/// file with a line break.
///
/// A value that begins with `@` and has a `/` names a file, and is rejected if the path is not absolute. A value
/// that itself reads so can be given in a file only. Any other, such as `@name`, is the value itself.
///
/// ```
/// use clap::Parser;
/// use clap::builder::StringValueParser;
/// use dflag::{DynamicFlags, value::or_file};
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// Token for the upstream, or `@/etc/secrets/...`.
///     #[arg(long, default_value = "", value_parser = or_file(StringValueParser::new()).within("/etc/secrets"))]
///     #[flag(dynamic, secret)]
///     upstream_token: String,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--upstream-token=abc"])?;
/// assert_eq!(args.upstream_token.get(), "abc");
///
/// let rejected = args.set("upstream-token", "@/etc/passwd").unwrap_err();
/// assert!(rejected.to_string().contains("/etc/passwd is not in /etc/secrets"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Which parsers fit
/// Each [`TypedValueParser`]: a function `fn(&str) -> Result<T, E>`, such as `str::parse::<T>`, the parsers of
/// [`value`](crate::value), and what `clap::value_parser!` returns for a number, a `ValueEnum` or a type with
/// `FromStr`. For the types below the macro returns a `ValueParser`, which is none, so name clap's own parser:
///
/// | type | parser in `clap::builder` |
/// |---|---|
/// | `String` | `StringValueParser::new()` |
/// | `bool` | `BoolValueParser::new()` |
/// | `PathBuf` | `PathBufValueParser::new()` |
/// | `OsString` | `OsStringValueParser::new()` |
///
/// # When the file is read
/// When the text is parsed, and again each time that its layer is proposed, although the text is the
/// same. `dflag-configmap` proposes a layer with such a text at each of its scans. If the content has
/// changed, so has the flag: it is checked, published, and its callbacks are called. A file that can no
/// longer be read, or whose content is invalid, rejects the update, and the last value stays.
///
/// A file that the command line, the environment or a default names is read at start-up only, and that
/// of an override when it is set.
///
/// # What is shown
/// Listings and changes show the path and never the content, and [checksums](crate::Checksum) are those of the
/// path. An error of the parser or of a check of the flag names the file and withholds the reason, which may
/// quote the content or a part of it.
///
/// What code across flags does with the content is up to the program. The reason of a rule is withheld only if
/// it quotes the whole content as it is: a rule that quotes a part, or a `finish` that copies the content into
/// another flag, shows it. Dereferencing shows the value, and so does the program's own `Debug` of it: use
/// `#[flag(secret)]` as well if the value is one.
///
/// # What it promises of paths
/// Who can set the flag chooses the path, and must not learn of other files. A path that does not
/// begin with the folder or contains `..` is rejected before the file system is asked. So is one that a
/// link leads out of the folder, anything that is not a regular file, and a file of more than 1 MiB. Who can
/// change the folder itself can choose the content anyway, and is not guarded against.
pub fn or_file<P: TypedValueParser>(parser: P) -> OrFile<P> {
    OrFile { parser }
}

/// A parser that [`or_file`] makes, once [`within`](Self::within) names the folder of the files.
///
/// ```
/// use dflag::value::or_file;
///
/// let parser = or_file(clap::value_parser!(u16)).within("/etc/limits");
/// let command = clap::Command::new("server").arg(clap::arg!(--limit <N>).value_parser(parser));
/// let matches = command.try_get_matches_from(["server", "--limit=5"])?;
/// assert_eq!(matches.get_one::<u16>("limit"), Some(&5));
/// # Ok::<(), clap::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is not a parser before `within` names the folder of the files"]
pub struct OrFile<P> {
    parser: P,
}

impl<P: TypedValueParser> OrFile<P> {
    /// Names the folder that the files are in, directly or deeper. A relative one is relative to the
    /// working directory. It need not exist before a file in it is named.
    pub fn within(self, folder: impl Into<PathBuf>) -> impl TypedValueParser<Value = P::Value> {
        InFolder {
            parser: self.parser,
            folder: folder.into(),
        }
    }
}

#[derive(Clone)]
struct InFolder<P> {
    parser: P,
    folder: PathBuf,
}

impl<P: TypedValueParser> TypedValueParser for InFolder<P> {
    type Value = P::Value;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<P::Value, clap::Error> {
        let Some(path) = path_in(value) else {
            return self.parser.parse_ref(command, arg, value);
        };
        let reject = |error: FileError| {
            let rejection = FileRejection(match error {
                // It may be a value that names no file.
                FileError::NotAbsolute(_) => error.to_string(),
                _ => format!("{} {error}", escaped(&path.to_string_lossy())),
            });
            volatile::record_rejection(&rejection.0);
            // clap makes its error of one that a function returns.
            let rejected = move |_: &str| Err::<P::Value, _>(rejection.clone());
            let rejected = rejected.parse_ref(command, arg, value);
            rejected.err().unwrap_or_else(|| {
                clap::Error::new(clap::error::ErrorKind::ValueValidation).with_cmd(command)
            })
        };
        let content = read(&self.folder, path).map_err(reject)?;
        let content = trimmed(&content);
        volatile::record(FileContent {
            path: path.to_string_lossy().into_owned(),
            text: content.to_owned(),
        });
        // The parser's own words may quote the content.
        let parsed = self.parser.parse_ref(command, arg, content.as_ref());
        parsed.map_err(|_| reject(FileError::Invalid))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.parser.possible_values()
    }
}

/// Why a value that names a file is rejected, in words that quote no content. An error about a secret shows it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct FileRejection(String);

/// Why a file gives no value. All but the first follow the file's path.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error(
        "a value with `@` and `/` names a file: write the absolute path of one, such as `@{}/NAME`",
        escaped(&.0.to_string_lossy())
    )]
    NotAbsolute(PathBuf),
    #[error("is not in {}: name a file of this folder, or write the value itself", escaped(&.0.to_string_lossy()))]
    Outside(PathBuf),
    #[error("leads out of {}: put the file itself there", escaped(&.0.to_string_lossy()))]
    LeadsOutside(PathBuf),
    #[error("is not a regular file")]
    NotRegular,
    #[error("has more than 1 MiB")]
    TooLarge,
    #[error("is not UTF-8 text")]
    NotUtf8,
    #[error("can't be read: {0}: create the file and make it readable, or write the value itself")]
    Io(#[from] io::Error),
    #[error("has a content that is not a valid value; it is not shown")]
    Invalid,
}

/// The file that a value names.
fn path_in(value: &OsStr) -> Option<&Path> {
    let name = value.to_str()?.strip_prefix('@')?;
    let path = Path::new(name);
    (path.is_absolute() || name.contains('/')).then_some(path)
}

/// Reads a file in the folder.
fn read(folder: &Path, path: &Path) -> Result<String, FileError> {
    let folder = absolute(folder)?;
    if !path.is_absolute() {
        return Err(FileError::NotAbsolute(folder));
    }
    let is_plain = |component| !matches!(component, Component::ParentDir);
    if !path.starts_with(&folder) || !path.components().all(is_plain) {
        return Err(FileError::Outside(folder));
    }
    let mut result = read_real(&folder, path);
    // kubelet replaces the folder that the links of a volume lead to.
    for _ in 1..ATTEMPTS {
        match &result {
            Err(FileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                result = read_real(&folder, path);
            }
            _ => break,
        }
    }
    result
}

fn read_real(folder: &Path, path: &Path) -> Result<String, FileError> {
    let real = path.canonicalize()?;
    if !real.starts_with(folder.canonicalize()?) {
        return Err(FileError::LeadsOutside(folder.to_owned()));
    }
    // Opening a pipe would wait for its writer.
    if !real.metadata()?.is_file() {
        return Err(FileError::NotRegular);
    }
    let file = File::open(&real)?;
    if !file.metadata()?.is_file() {
        return Err(FileError::NotRegular);
    }
    let mut content = Vec::new();
    file.take(MAX_SIZE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_SIZE {
        return Err(FileError::TooLarge);
    }
    String::from_utf8(content).map_err(|_| FileError::NotUtf8)
}
