//! The cost of listing many flags as JSON and as a page, from the request to the last byte of the response.

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use axum::Router;
use dflag::Flags;
use dflag_bench::many::{Flags100, Flags1000, Many};
use dflag_bench::page::{get, respond};
use dflag_bench::stats::{Samples, kib, micros, number};
use dflag_bench::table::Table;
use dflag_endpoint::Endpoint;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const REQUESTS: usize = 500;

/// The flags that an open page reads at a time if 100 others change in each second: it reads every 250 ms.
const CHANGED: usize = 25;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build()?;
    let mut list = Table::new(
        "Listing",
        "One `GET` of all flags as JSON, without a network: after a change, and again. The last column is \
         `Flags::listing` alone.",
        ["flags", "KiB", "µs", "p99", "again, µs", "`listing`, µs"],
    );
    let mut page = Table::new(
        "Page",
        "What an open page reads after a change: everything, as when it is opened, or the flags that changed.",
        ["flags", "read", "KiB", "µs", "p99"],
    );
    runtime.block_on(async {
        measure::<Flags100>(&mut list, &mut page).await?;
        measure::<Flags1000>(&mut list, &mut page).await
    })?;
    list.publish("6-listing")?;
    page.publish("6-page")?;
    Ok(())
}

async fn measure<A: Many>(list: &mut Table, page: &mut Table) -> Result<()> {
    let flags: Flags<A> = A::try_parse_dynamic_from(["bench"])?;
    let keys = A::keys();
    let router = Endpoint::new(&flags).router();
    // A list that has not changed is not made again.
    let change = |number: usize| {
        let first = keys.first().map_or("", |key| key);
        flags.set(first, &number.to_string())
    };
    let mut bytes = 0;
    let (mut requests, mut again, mut listings) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=REQUESTS {
        change(number)?;
        for samples in [&mut requests, &mut again] {
            let start = Instant::now();
            bytes = get(&router).await?;
            samples.push(micros(start.elapsed()));
        }
        let start = Instant::now();
        black_box(flags.listing());
        listings.push(micros(start.elapsed()));
    }
    let [requests, again, listings] = [requests, again, listings].map(Samples::from_iter);
    list.row([
        A::count().to_string(),
        kib(bytes),
        number(requests.median()),
        number(requests.quantile(0.99)),
        number(again.median()),
        number(listings.median()),
    ]);

    for (read, count) in [("all", 0), ("25 flags", CHANGED), ("1 flag", 1)] {
        let mut path = "/?".to_owned();
        for key in keys.iter().take(count) {
            write!(path, "name={key}&")?;
        }
        let mut times = Vec::new();
        for number in 1..=REQUESTS {
            change(number)?;
            let start = Instant::now();
            bytes = page_bytes(&router, path.trim_end_matches('&')).await?;
            times.push(micros(start.elapsed()));
        }
        let times = Samples::from_iter(times);
        page.row([
            A::count().to_string(),
            read.to_owned(),
            kib(bytes),
            number(times.median()),
            number(times.quantile(0.99)),
        ]);
    }
    Ok(())
}

async fn page_bytes(router: &Router, path: &str) -> Result<usize> {
    let response = respond(router, path, &[("accept", "text/html")]).await?;
    if !response.status().is_success() {
        return Err(response.status().to_string().into());
    }
    Ok(response.body().len())
}
