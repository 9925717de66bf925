//! Parsing: command line and ConfigMap together, so that the ConfigMap can supply required flags.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use dflag::{DynamicFlags, Flags};
use dflag_configmap::source::{self, Contents};

use crate::attempts::Attempts;
use crate::client::Failure;
use crate::error::{ParseError, SetupError};
use crate::name::ObjectName;
use crate::object::Object;
use crate::options::Builder;
use crate::remedy::remedy;
use crate::target::Target;
use crate::updater::Updater;
use crate::watch::list;
use crate::worker::ALONE;

/// Parses the command line, applies the ConfigMap `name`, which is mounted at `mount`, and follows it from then on. On an
/// error, including a request for help, this prints it and exits, like [`clap::Parser::parse`].
///
/// This is [`parse_dynamic`](DynamicFlags::parse_dynamic) and [`setup_blocking`](crate::setup_blocking) in one call. In
/// addition, a key of the ConfigMap can supply a required flag, or one that no struct with `DynamicFlags` declares, as
/// [`dflag_configmap::parse`] says. For these, the API is asked before there are flags, and once more for the flags, so that
/// it may wait for twice [`api_wait`](crate::Builder::api_wait). It may be called inside a runtime.
///
/// ```no_run
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// The database. It has no default.
///     #[arg(long)]
///     dsn: String,
/// }
///
/// let (args, updater) = dflag_kube::parse::<Args>("my-server-flags", "/etc/dflag");
/// println!("{}", args.load().dsn);
/// # drop(updater);
/// ```
pub fn parse<A>(name: &str, mount: impl AsRef<Path>) -> (Flags<A>, Updater)
where
    A: DynamicFlags + clap::CommandFactory,
{
    parse_with(name, |builder| builder.mount(mount))
}

/// The same as [`parse`], with options of the updater.
pub fn parse_with<A>(
    name: &str,
    options: impl FnOnce(Builder<()>) -> Builder<()>,
) -> (Flags<A>, Updater)
where
    A: DynamicFlags + clap::CommandFactory,
{
    try_parse_from_with(std::env::args_os(), name, options).unwrap_or_else(|error| error.exit())
}

/// The same as [`parse`], but returns an error.
///
/// # Errors
/// - [`ParseError::CommandLine`]: the errors of
///   [`try_parse_dynamic`](DynamicFlags::try_parse_dynamic). If a required flag is missing, the error
///   names the key that the ConfigMap lacks, or says why it can't be read.
/// - [`ParseError::Setup`]: the errors of [`setup`](crate::setup).
pub fn try_parse<A>(name: &str, mount: impl AsRef<Path>) -> Result<(Flags<A>, Updater), ParseError>
where
    A: DynamicFlags + clap::CommandFactory,
{
    try_parse_from(std::env::args_os(), name, mount)
}

/// The same as [`try_parse`] for a given command line, of which the first is the program's name.
///
/// # Errors
/// The same as [`try_parse`].
pub fn try_parse_from<A, I, T>(
    args: I,
    name: &str,
    mount: impl AsRef<Path>,
) -> Result<(Flags<A>, Updater), ParseError>
where
    A: DynamicFlags + clap::CommandFactory,
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    try_parse_from_with(args, name, |builder| builder.mount(mount))
}

/// The same as [`try_parse_from`], with options of the updater.
///
/// # Errors
/// The same as [`try_parse`].
pub fn try_parse_from_with<A, I, T>(
    args: I,
    name: &str,
    options: impl FnOnce(Builder<()>) -> Builder<()>,
) -> Result<(Flags<A>, Updater), ParseError>
where
    A: DynamicFlags + clap::CommandFactory,
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let builder = options(Builder::detached(name));
    let line: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let object_name = builder.follow.object_name().map_err(SetupError::Build)?;
    let mut read = || read(&builder, &object_name, &A::command());
    let location = object_name.to_string();
    let flags = source::parse::<A>(&line, &builder.apply, &location, &mut read);
    let flags = flags.map_err(ParseError::CommandLine)?;
    let updater = builder.for_flags((&flags).into()).setup_blocking()?;
    Ok((flags, updater))
}

/// What a start would begin with; or why there is nothing.
fn read(
    builder: &Builder<()>,
    name: &ObjectName,
    command: &clap::Command,
) -> Result<Contents, String> {
    let options = &builder.follow;
    let limit = match options.mount {
        Some(_) => options.api_wait,
        None => options.api_wait.max(ALONE),
    };
    let target = options.target(name).filter(|_| !limit.is_zero());
    let api = match target.map(|target| list_blocking(target, limit)) {
        None => None,
        Some(Ok(Some(object))) => return Ok(object.contents),
        Some(Ok(None)) => Some(format!("there is no ConfigMap `{name}`")),
        Some(Err(reason)) => Some(reason),
    };
    let mount = options.mount.as_ref();
    let mount = mount.map(|directory| source::read(command, &builder.apply, directory));
    let mount = match mount {
        Some(Ok(contents)) => return Ok(contents),
        Some(Err(reason)) => Some(reason),
        None => None,
    };
    let reasons: Vec<String> = api.into_iter().chain(mount).collect();
    Err(reasons.join("; "))
}

/// Lists the object on a thread and a runtime of its own, since the caller may be in one.
fn list_blocking(target: Target, limit: Duration) -> Result<Option<Object>, String> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let listed = runtime.block_on(list_within(&target, limit));
        // Dropping it would wait for a name that is being resolved.
        runtime.shutdown_background();
        listed.map_err(|failure| format!("{failure}{}", remedy(&failure, &target.name)))
    };
    let thread = std::thread::Builder::new().spawn(run);
    let thread = thread.map_err(|error| error.to_string())?;
    thread
        .join()
        .unwrap_or_else(|_| Err("the thread that asked the API panicked".to_owned()))
}

/// Lists the object, with as many attempts as a start has.
async fn list_within(target: &Target, limit: Duration) -> Result<Option<Object>, Failure> {
    let mut attempts = Attempts::new(limit, Instant::now());
    let mut last = None;
    loop {
        let left = attempts
            .deadline()
            .saturating_duration_since(Instant::now());
        let failure = match list(target, left.min(target.limits.request)).await {
            Ok((object, _)) => return Ok(object),
            Err(failure) => failure,
        };
        let next = attempts.after(&failure, Instant::now(), fastrand::f64());
        // Why an earlier attempt failed says more than that there was no time for this one.
        let is_cut_off = matches!(failure, Failure::TimedOut(_)) && next.is_none();
        let failure = last.take().filter(|_| is_cut_off).unwrap_or(failure);
        let Some(next) = next else {
            return Err(failure);
        };
        last = Some(failure);
        tokio::time::sleep_until(next.into()).await;
    }
}
