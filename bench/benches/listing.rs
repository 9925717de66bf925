//! The cost of listing many flags as JSON, from the request to the last byte of the response.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use dflag::Flags;
use dflag_bench::many::{Flags100, Flags1000, Many};
use dflag_bench::page::get;
use dflag_bench::stats::{Samples, micros, number};
use dflag_bench::table::Table;
use dflag_endpoint::Endpoint;

const REQUESTS: u32 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build()?;
    let mut table = Table::new(
        "Listing",
        "One `GET` of all flags as JSON, without a network. The last column is `Flags::listing` alone.",
        ["flags", "KiB", "µs", "p99", "`listing`, µs"],
    );
    runtime.block_on(async {
        list::<Flags100>(&mut table).await?;
        list::<Flags1000>(&mut table).await
    })?;
    table.publish("6-listing")?;
    Ok(())
}

async fn list<A: Many>(table: &mut Table) -> Result<(), Box<dyn Error>> {
    let flags: Flags<A> = A::try_parse_dynamic_from(["bench"])?;
    let router = Endpoint::new(&flags).router();
    let mut bytes = 0;
    let (mut requests, mut listings) = (Vec::new(), Vec::new());
    for _ in 0..REQUESTS {
        let start = Instant::now();
        bytes = get(&router).await?;
        requests.push(micros(start.elapsed()));
        let start = Instant::now();
        black_box(flags.listing());
        listings.push(micros(start.elapsed()));
    }
    let requests = Samples::from_iter(requests);
    let listings = Samples::from_iter(listings);
    table.row([
        A::count().to_string(),
        (bytes / 1024).to_string(),
        number(requests.median()),
        number(requests.quantile(0.99)),
        number(listings.median()),
    ]);
    Ok(())
}
