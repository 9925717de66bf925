//! Copies the sources that have a lock or an atomic of their own, with loom's in the place of
//! the standard library's. So what is tested is the code itself, and no model of it that could go stale.

use std::path::Path;
use std::{env, fs, io};

/// Each source, from the root of the workspace, and the name of its copy.
const SOURCES: &[(&str, &str)] = &[
    ("dflag/src/mark.rs", "mark.rs"),
    ("dflag/src/notify.rs", "notify.rs"),
    ("dflag/src/scalar.rs", "scalar.rs"),
    ("dflag/src/store.rs", "store.rs"),
    ("dflag-configmap/src/signal.rs", "signal.rs"),
];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    for (source, name) in SOURCES {
        let source = root.join(source);
        println!("cargo::rerun-if-changed={}", source.display());
        let text = fs::read_to_string(&source).map_err(|error| {
            io::Error::other(format!("{}: {error}; has it moved?", source.display()))
        })?;
        fs::write(Path::new(&out).join(name), with_loom(&text))?;
    }
    Ok(())
}

/// The code without its own tests and without its head, which can't be included.
fn with_loom(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.starts_with("//!"));
    let lines = lines.map(|line| {
        if line.starts_with("static ") {
            // A count for the whole process is no part of any protocol, and loom's can't be static.
            return line.replace("Atomic", "std::sync::atomic::Atomic");
        }
        line.replace("std::sync::", "crate::sync::")
            .replace("arc_swap::ArcSwap", "crate::sync::ArcSwap")
    });
    lines.map(|line| line + "\n").collect()
}
