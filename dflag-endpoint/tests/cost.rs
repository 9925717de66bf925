//! What concerns one flag costs one flag, and a list that has not changed costs none.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser;
use common::{get, open, post};
use dflag::DynamicFlags;

/// How often values were compared, which a listing does for each flag to tell whether it is changed.
static COMPARED: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Debug)]
struct Counted(String);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        COMPARED.fetch_add(1, Ordering::SeqCst);
        self.0 == other.0
    }
}

impl FromStr for Counted {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

macro_rules! args {
    ($($name:ident)*) => {
        #[derive(Clone, Debug, Parser, DynamicFlags)]
        struct Args {
            $(
                #[arg(long, default_value = "a")]
                #[flag(dynamic)]
                $name: Counted,
            )*
        }
    };
}

args!(a b c d e f g h i j k l m n o p q r s t);

/// One test, since it counts in the whole process.
#[tokio::test]
async fn one_flag_is_read_and_set_without_a_look_at_the_others() {
    let line = ('a'..='t').map(|name| format!("--{name}=b"));
    let line = std::iter::once("server".to_owned()).chain(line);
    let args = Args::try_parse_dynamic_from(line).unwrap();
    let router = open(&args);
    let compared = async |request: common::TestRequest| {
        COMPARED.store(0, Ordering::SeqCst);
        request.send(&router).await.assert_status(200);
        COMPARED.load(Ordering::SeqCst)
    };
    let all = compared(get("/debug/flags")).await;
    assert!(all >= 20, "{all}");
    for path in ["/debug/flags/c", "/debug/flags?name=c"] {
        let one = compared(get(path)).await;
        assert!(one <= all / 20 + 1, "{path}: {one} of {all}");
    }
    let set = compared(post("/debug/flags/set").setting("c", "d")).await;
    assert!(set < all / 2, "{set} of {all}");
    let clear = post("/debug/flags/clear").json(&serde_json::json!({"flags": ["c"]}));
    let clear = compared(clear).await;
    assert!(clear < all / 2, "{clear} of {all}");

    // A list that has not changed is sent as it was.
    assert!(compared(get("/debug/flags")).await >= 20);
    assert_eq!(compared(get("/debug/flags")).await, 0);
    assert!(compared(get("/debug/flags?type=dynamic")).await >= 20);
}
