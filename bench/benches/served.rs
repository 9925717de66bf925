//! How many listings a second a server sends, beside a bare handler that sends the same bytes.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::routing::get;
use dflag::Flags;
use dflag_bench::many::{Flags20, Flags1000, Many};
use dflag_bench::page::respond;
use dflag_bench::stats::{Samples, kib, number};
use dflag_bench::table::{Table, verdict_at_least};
use dflag_endpoint::Endpoint;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Each measures both servers of a row, one after the other.
const ROUNDS: usize = 5;
const SECONDS: &str = "2s";
const CONNECTIONS: &str = "16";

/// What a row asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Plain,
    /// The flags have an override that expires, so that each response describes all of them.
    Described,
    /// The client has the list, and its `ETag`.
    Unchanged,
    Gzip,
}

impl Ask {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Described => "plain, described anew",
            Self::Unchanged => "`If-None-Match`, 304",
            Self::Gzip => "gzip",
        }
    }
}

#[allow(clippy::print_stdout, reason = "says why there is no table")]
fn main() -> Result<()> {
    if Command::new("wrk").arg("--version").output().is_err() {
        println!("served: not measured: there is no wrk");
        return Ok(());
    }
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let about = format!(
        "All flags as JSON, asked for by wrk with 16 connections for 2 s. Server and wrk share the machine, the server \
         with 2 threads, at a load average of {load} before. The bare handler of axum sends the same status, headers and \
         bytes. Both take turns; medians of 5 rounds, and the ratio of the two within a round."
    );
    let mut table = Table::new(
        "Listings over HTTP",
        &about,
        [
            "flags", "request", "KiB", "a second", "spread", "bare", "ratio", "target",
        ],
    );
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(2).enable_all().build()?;
    measure::<Flags20>(&runtime, &mut table, Ask::Plain, Some(18_000.0))?;
    measure::<Flags20>(&runtime, &mut table, Ask::Described, None)?;
    measure::<Flags1000>(&runtime, &mut table, Ask::Plain, None)?;
    measure::<Flags1000>(&runtime, &mut table, Ask::Described, None)?;
    measure::<Flags1000>(&runtime, &mut table, Ask::Unchanged, Some(2_000.0))?;
    measure::<Flags1000>(&runtime, &mut table, Ask::Gzip, Some(2_000.0))?;
    table.publish("6-served")?;
    Ok(())
}

fn measure<A: Many>(
    runtime: &Runtime,
    table: &mut Table,
    ask: Ask,
    target: Option<f64>,
) -> Result<()> {
    let flags: Flags<A> = A::try_parse_dynamic_from(["bench"])?;
    if ask == Ask::Described {
        let day = Duration::from_secs(86_400);
        flags.set_for(&first_key::<A>()?, "1", day)?;
    }
    let router = Endpoint::new(&flags).router();
    let plain = runtime.block_on(respond(&router, "/", &[]))?;
    let tag = plain.headers().get("etag");
    let tag = tag.map(|tag| tag.to_str()).transpose()?.unwrap_or_default();
    let headers: &[_] = match ask {
        Ask::Plain | Ask::Described => &[],
        Ask::Unchanged => &[("If-None-Match", tag)],
        Ask::Gzip => &[("Accept-Encoding", "gzip")],
    };
    let response = runtime.block_on(respond(&router, "/", headers))?;
    let size = kib(response.body().len());

    let dflag = serve(runtime, router)?;
    let bare = serve(runtime, bare(response))?;
    let (mut rates, mut bares, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (rate, bare) = (requests(dflag, headers)?, requests(bare, headers)?);
        rates.push(rate);
        bares.push(bare);
        ratios.push(rate / bare);
    }
    let [rates, bares, ratios] = [rates, bares, ratios].map(Samples::from_iter);
    table.row([
        A::count().to_string(),
        ask.name().to_owned(),
        size,
        number(rates.median()),
        rates.spread(),
        number(bares.median()),
        number(ratios.median()),
        verdict_at_least(rates.median(), target),
    ]);
    Ok(())
}

fn first_key<A: Many>() -> Result<String> {
    let key = A::keys().into_iter().next();
    Ok(key.ok_or("no flags")?)
}

/// A router that sends what another one did.
fn bare(response: Response<Bytes>) -> Router {
    let (parts, body) = response.into_parts();
    let handler = move || {
        let response = Response::from_parts(parts.clone(), Body::from(body.clone()));
        async move { response }
    };
    Router::new().route("/", get(handler))
}

/// Serves in the background until the program ends.
fn serve(runtime: &Runtime, router: Router) -> Result<SocketAddr> {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Requests a second, which wrk counts.
fn requests(address: SocketAddr, headers: &[(&str, &str)]) -> Result<f64> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t", "1", "-c", CONNECTIONS, "-d", SECONDS]);
    for (name, value) in headers {
        wrk.args(["-H", &format!("{name}: {value}")]);
    }
    let output = wrk.arg(format!("http://{address}/")).output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = |start: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix(start))
    };
    if let Some(failed) = line("Non-2xx or 3xx responses:") {
        return Err(format!("{failed} responses are errors").into());
    }
    let rate = line("Requests/sec:").ok_or_else(|| format!("wrk says {text}"))?;
    Ok(rate.trim().parse()?)
}
