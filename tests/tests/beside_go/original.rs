//! The original, as the program in `tests/go` runs it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// Runs Go in the program's module. An error if there is no Go.
fn go(args: &[&str]) -> io::Result<Output> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("go");
    Command::new("go").current_dir(module).args(args).output()
}

/// The built program, or `None` where there is no Go or the modules can't be downloaded.
static PROGRAM: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let Ok(downloaded) = go(&["mod", "download"]) else {
        eprintln!("not compared with the original: there is no Go");
        return None;
    };
    if !downloaded.status.success() {
        let reason = String::from_utf8_lossy(&downloaded.stderr);
        eprintln!("not compared with the original: its modules can't be downloaded: {reason}");
        return None;
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("original");
    let built = go(&[
        "build",
        "-buildvcs=false",
        "-o",
        program.to_str().unwrap(),
        ".",
    ])
    .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    Some(program)
});

/// What the program prints, or `None` where it can't be built.
pub(crate) fn run(verb: &str, input: &str) -> Option<String> {
    let temporary = tempfile::tempdir().unwrap();
    let mut child = Command::new(PROGRAM.as_ref()?)
        .arg(verb)
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // On a thread of its own, since both pipes can be full.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(
        output.status.success(),
        "original {verb}: {}",
        output.status
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What `go doc` says of a package, or `None` where it can't be downloaded.
pub(crate) fn documentation(package: &str) -> Option<String> {
    PROGRAM.as_ref()?;
    let output = go(&["doc", "-all", package]).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "go doc {package}: {text}");
    Some(text)
}
