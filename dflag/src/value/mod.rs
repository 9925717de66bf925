//! Value parsers and types that clap lacks.
//!
//! Pass a parser to clap like any other: `#[arg(long, value_parser = dflag::value::duration())]`. A type
//! with [`FromStr`](std::str::FromStr), such as [`Fraction`], needs none.
//!
//! # Recipes
//! What a crate or a few lines do is not part of this one.
//!
//! ## Byte sizes
//! Such as `512Mi` or `8m`, by the `bytesize` crate. Note that `8m` is 8,000,000 bytes and `8Mi` is 8,388,608;
//! in quantities of Kubernetes, `8m` is 8 thousandths.
//!
//! ```
//! use bytesize::ByteSize;
//! use clap::Parser;
//! use dflag::DynamicFlags;
//!
//! #[derive(Clone, Parser, DynamicFlags)]
//! struct Args {
//!     #[arg(long, default_value = "512Mi")]
//!     #[flag(dynamic, validate = dflag::validate::range(ByteSize::kib(4)..=ByteSize::gib(4)))]
//!     cache: ByteSize,
//! }
//!
//! let args = Args::try_parse_dynamic_from(["server"])?;
//! assert_eq!(args.cache.get().as_u64(), 512 << 20);
//! args.set("cache", "8m")?;
//! assert_eq!(args.cache.get().as_u64(), 8_000_000);
//! assert!(args.set("cache", "8Ti").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## Plain seconds
//! A duration whose text is a number of seconds, which may have a fraction.
//!
//! ```
//! use std::time::Duration;
//! use clap::Parser;
//! use dflag::DynamicFlags;
//!
//! #[derive(Clone, Parser, DynamicFlags)]
//! struct Args {
//!     #[arg(long, default_value = "30", value_parser = seconds)]
//!     #[flag(dynamic, unit = "s")]
//!     timeout: Duration,
//! }
//!
//! fn seconds(text: &str) -> Result<Duration, Box<dyn std::error::Error + Send + Sync>> {
//!     Ok(Duration::try_from_secs_f64(text.parse()?)?)
//! }
//!
//! let args = Args::try_parse_dynamic_from(["server"])?;
//! args.set("timeout", "0.5")?;
//! assert_eq!(args.timeout.get(), Duration::from_millis(500));
//! assert!(args.set("timeout", "-1").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## Listen addresses as in Go
//! Go listens on every address for `:9962`, which Rust does not parse.
//!
//! ```
//! use std::net::{AddrParseError, Ipv6Addr, SocketAddr};
//! use clap::Parser;
//! use dflag::DynamicFlags;
//!
//! #[derive(Clone, Parser, DynamicFlags)]
//! struct Args {
//!     #[arg(long, default_value = ":9962", value_parser = listen_address)]
//!     metrics_address: SocketAddr,
//! }
//!
//! /// `[::]` is every address, those of IPv4 included where the system is set up as usual.
//! fn listen_address(text: &str) -> Result<SocketAddr, AddrParseError> {
//!     match text.strip_prefix(':') {
//!         Some(port) => format!("[::]:{port}").parse(),
//!         None => text.parse(),
//!     }
//! }
//!
//! let args = Args::try_parse_dynamic_from(["server"])?;
//! assert_eq!(args.load().metrics_address, (Ipv6Addr::UNSPECIFIED, 9962).into());
//! let args = Args::try_parse_dynamic_from(["server", "--metrics-address=127.0.0.1:80"])?;
//! assert_eq!(args.load().metrics_address.port(), 80);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## A retired flag that is still accepted
//! A flag that no longer does anything, so that command lines and files that set it stay valid. It
//! is hidden from `--help`, and dynamic, so that no update of it asks for a restart.
//!
//! ```
//! use clap::Parser;
//! use dflag::DynamicFlags;
//!
//! #[derive(Clone, Parser, DynamicFlags)]
//! struct Args {
//!     #[arg(long, hide = true)]
//!     #[flag(dynamic, deprecated = "it has no effect since 2.0")]
//!     old_cache: Option<String>,
//! }
//!
//! let args = Args::try_parse_dynamic_from(["server", "--old-cache=large"])?;
//! let applied = args.set("old-cache", "small")?;
//! assert!(applied.deprecated[0].to_string().contains("no effect since 2.0"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## A `tokio::sync::watch` channel
//! For code that waits for changes and takes a receiver. The flag is read while the channel is locked, so
//! that the receiver never ends with an older value, whichever change came first.
//!
//! ```
//! use clap::Parser;
//! use dflag::{Dynamic, DynamicFlags, Subscription};
//! use tokio::sync::watch;
//!
//! #[derive(Clone, Parser, DynamicFlags)]
//! struct Args {
//!     #[arg(long, default_value_t = 100)]
//!     #[flag(dynamic)]
//!     limit: u32,
//! }
//!
//! fn watch<T: Clone + Send + Sync + 'static>(flag: &Dynamic<T>) -> (watch::Receiver<T>, Subscription) {
//!     let (sender, receiver) = watch::channel(flag.get());
//!     let (sender, read) = (std::sync::Arc::new(sender), flag.clone());
//!     let update = move || sender.send_modify(|value| *value = read.get());
//!     let subscription = flag.on_change({
//!         let update = update.clone();
//!         move |_, _| update()
//!     });
//!     update(); // a change between the first read and the subscription
//!     (receiver, subscription)
//! }
//!
//! let args = Args::try_parse_dynamic_from(["server"])?;
//! let (mut limit, _subscription) = watch(&args.limit);
//! assert_eq!(*limit.borrow_and_update(), 100);
//! args.set("limit", "5")?;
//! assert!(limit.has_changed()?);
//! assert_eq!(*limit.borrow_and_update(), 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "duration")]
mod duration;
mod fraction;
#[cfg(feature = "json")]
mod json;
mod map;
mod or_file;
mod string_set;
pub(crate) mod volatile;

#[cfg(feature = "bytes")]
pub use bytes::{Bytes, NotBase64};
#[cfg(feature = "duration")]
pub use duration::duration;
#[cfg(feature = "duration")]
pub(crate) use duration::duration_text;
pub(crate) use fraction::fraction_text;
pub use fraction::{Fraction, InvalidFraction};
#[cfg(feature = "json")]
pub(crate) use json::is_json;
#[cfg(feature = "json")]
pub use json::json;
pub use map::map;
pub(crate) use map::map_text;
pub(crate) use or_file::FileRejection;
pub use or_file::{OrFile, or_file};
pub use string_set::string_set;
pub(crate) use string_set::{set_members, set_text};
