use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::{LastGoodStore, MAGIC, Step, decode, encode, replace};
use crate::error::LastGoodError;
use crate::recovery::{
    Digest, Interruptions, LastGood, LastGoodFile, Store as _, Unproven, UnprovenBy,
};
use crate::volume::{Content, Contents};

const DIRECTORY: &str = "/etc/dflag";

fn last_good(keys: &[(&str, &[u8])], unproven: Option<Unproven>) -> LastGood {
    let bytes = |bytes: &[u8]| Content::Bytes(Arc::from(bytes));
    let contents: Contents = keys
        .iter()
        .map(|(key, value)| (Arc::from(*key), bytes(value)))
        .collect();
    LastGood {
        contents: Arc::new(contents),
        unproven,
    }
}

fn store(path: &Path) -> LastGoodStore {
    LastGoodStore::new(LastGoodFile::new(path))
}

fn load(path: &Path) -> Result<Option<LastGood>, LastGoodError> {
    store(path).load(Path::new(DIRECTORY))
}

fn save(path: &Path, last_good: &LastGood) {
    store(path).save(Path::new(DIRECTORY), last_good).unwrap();
}

fn examples() -> Vec<LastGood> {
    let unproven = |by| {
        let digest = Digest(0xfe);
        Some(Unproven { digest, by })
    };
    let interrupted = UnprovenBy::Interruptions(Interruptions {
        crashes: 1,
        stops: 12,
    });
    vec![
        last_good(&[], None),
        last_good(&[("a", b"1\n"), ("b", b"")], unproven(interrupted)),
        last_good(
            &[("icon", &[0, 255, b'\n', 0])],
            unproven(UnprovenBy::Failure),
        ),
        last_good(&[("a b\nend 0", b"content 1 1\nx\n")], None),
    ]
}

#[test]
fn what_was_saved_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("last-good");
    assert!(load(&path).unwrap().is_none());
    for example in examples() {
        save(&path, &example);
        assert_eq!(load(&path).unwrap(), Some(example));
    }
    let names = fs::read_dir(dir.path()).unwrap();
    assert_eq!(names.count(), 1, "no temporary file stays");
}

#[test]
fn only_the_owner_may_read_the_file_whatever_was_there_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("last-good");
    fs::write(dir.path().join(".last-good.tmp"), "left behind").unwrap();
    save(&path, &last_good(&[("a", b"1")], None));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Every prefix, and every file in which one byte differs.
#[test]
fn no_part_of_a_damaged_file_is_used() {
    for example in examples() {
        let whole = encode(DIRECTORY.as_bytes(), &example);
        assert!(decode(&whole).is_ok());
        for len in 0..whole.len() {
            assert!(decode(&whole[..len]).is_err(), "{len}");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(decode(&damaged).is_err(), "{at}");
        }
        let longer = [&whole[..], b"\n"].concat();
        assert!(decode(&longer).is_err());
    }
}

#[test]
fn errors_name_the_file_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("last-good");
    let good = encode(DIRECTORY.as_bytes(), &last_good(&[("a", b"1")], None));
    let other = encode(b"/etc/other", &last_good(&[], None));
    let newer = [MAGIC, b"2\nsomething\n"].concat();
    for (bytes, expected) in [
        (&b""[..], "is truncated or damaged"),
        (&good[..9], "is truncated or damaged"),
        (&good[..30], "is truncated or damaged"),
        (b"root:x:0:0", "give the path of another file"),
        (&other, "the last good content of `/etc/other`"),
        (&newer, "another version's format (2)"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert!(error.contains("remove"), "{error}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(load(&path), Err(LastGoodError::Foreign { .. })));
    let missing = dir.path().join("no/last-good");
    let error = store(&missing).save(Path::new(DIRECTORY), &last_good(&[], None));
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("check that its folder exists")
    );
}

#[test]
fn the_content_is_on_disk_before_it_has_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("last-good");
    fs::write(&path, "old").unwrap();
    let mut steps = Vec::new();
    replace(&path, b"new", &mut |step| {
        let expected = if step == Step::Renamed { "new" } else { "old" };
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        steps.push(step);
    })
    .unwrap();
    assert_eq!(
        steps,
        [Step::Created, Step::Written, Step::Synced, Step::Renamed]
    );
}

const STEP: &str = "DFLAG_TEST_ABORT_AFTER";
const FILE: &str = "DFLAG_TEST_LAST_GOOD";

/// Runs itself in a process that ends after the given step.
#[test]
fn a_process_that_is_killed_while_it_writes_leaves_the_old_or_the_new_content() {
    let contents = vec![b'x'; 100_000];
    let new = last_good(&[("a", b"2"), ("text", &contents)], None);
    if let (Ok(path), Ok(last)) = (std::env::var(FILE), std::env::var(STEP)) {
        let bytes = encode(DIRECTORY.as_bytes(), &new);
        replace(Path::new(&path), &bytes, &mut |step| {
            if format!("{step:?}") == last {
                std::process::abort();
            }
        })
        .unwrap();
        unreachable!("there is no step {last}");
    }
    let old = last_good(&[("a", b"1")], None);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("last-good");
    for step in [Step::Created, Step::Written, Step::Synced, Step::Renamed] {
        save(&path, &old);
        let name = "apply::last_good::tests::\
            a_process_that_is_killed_while_it_writes_leaves_the_old_or_the_new_content";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--test-threads=1"])
            .env(FILE, &path)
            .env(STEP, format!("{step:?}"))
            .output()
            .unwrap();
        assert_eq!(output.status.signal(), Some(6), "{output:?}");
        let expected = if step == Step::Renamed { &new } else { &old };
        assert_eq!(load(&path).unwrap().as_ref(), Some(expected), "{step:?}");
        // The temporary file that it left behind does not prevent the next save.
        save(&path, &new);
        assert_eq!(load(&path).unwrap().as_ref(), Some(&new), "{step:?}");
    }
}
