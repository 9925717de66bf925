//! Starting in spite of a bad ConfigMap, and the file with the last good content.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser;
use common::{Args, Volume, args, builder, follow, last_error, log, until};
use dflag::{DynamicFlags, Flags, OnInvalid};
use dflag_configmap::{
    Builder, InitializeError, LastGoodError, LastGoodFile, OnBadStart, SetupError, StartedFrom,
    Updater,
};

/// A volume, and a place for the last-good file.
struct Pod {
    _dir: tempfile::TempDir,
    volume: Volume,
    file: PathBuf,
}

impl Pod {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let volume = Volume::new(dir.path().join("flags"), files);
        let file = dir.path().join("last-good");
        Self {
            _dir: dir,
            volume,
            file,
        }
    }

    fn last_good(&self) -> OnBadStart {
        OnBadStart::LastGood(LastGoodFile::new(&self.file))
    }

    fn builder(&self, args: &Flags<Args>, policy: OnBadStart) -> Builder {
        builder(args, &self.volume.path).on_bad_start(policy)
    }

    /// Starts the program.
    fn start(&self, policy: OnBadStart) -> Result<(Flags<Args>, Updater), SetupError> {
        let args = args();
        let updater = self.builder(&args, policy).setup()?;
        Ok((args, updater))
    }

    /// Starts the program with an empty volume of flags, and lets it keep `files`.
    fn keep(&mut self, files: &[(&str, &str)]) {
        self.volume.publish(files);
        drop(self.start(self.last_good()).unwrap());
    }
}

fn warnings(args: &Flags<Args>) -> String {
    let set: std::sync::Arc<dyn dflag::FlagSet> = args.into();
    set.sources()[0].warnings.join("\n")
}

fn has_recovered(updater: &Updater) -> bool {
    updater.status().bad_start.unwrap().recovered_at.is_some()
}

fn error_of(error: SetupError) -> LastGoodError {
    match error {
        SetupError::Initialize(InitializeError::LastGood { error, .. }) => *error,
        other => unreachable!("{other}"),
    }
}

#[test]
fn by_default_a_bad_map_fails_the_start() {
    let pod = Pod::new(&[("a", "many")]);
    let error = pod.start(OnBadStart::Fail).unwrap_err().to_string();
    assert!(error.contains("`a`"), "{error}");
}

#[test]
fn the_base_is_in_force_until_a_good_map_is_applied() {
    log::capture();
    let mut pod = Pod::new(&[("a", "many"), ("b", "5")]);
    let (args, updater) = pod.start(OnBadStart::Base).unwrap();
    assert_eq!((args.a.get(), args.b.get()), (0, 0));
    let bad_start = updater.status().bad_start.unwrap();
    assert_eq!(bad_start.started_from, StartedFrom::Base);
    assert!(bad_start.reason.contains("`a`"), "{}", bad_start.reason);
    assert!(bad_start.recovered_at.is_none());
    assert_eq!(warnings(&args), bad_start.to_string());
    assert_eq!(
        (updater.status().rejected, updater.status().applied),
        (1, 0)
    );

    pod.volume.publish(&[("a", "1"), ("b", "5")]);
    until("the good map", || args.b.get() == 5);
    until("the recovery", || has_recovered(&updater));
    let status = updater.status();
    assert_eq!((status.rejected, status.applied), (1, 1));
    assert_eq!(warnings(&args), "");
    let directory = pod.volume.path.display().to_string();
    let of_this = |part| {
        log::records(part)
            .iter()
            .filter(|one| one.contains(&directory))
            .count()
    };
    until("the log", || of_this("no longer degraded") == 1);
    assert_eq!(of_this("degraded: started"), 1);
}

#[test]
fn the_last_good_content_is_in_force_until_a_good_map_is_applied() {
    let mut pod = Pod::new(&[]);
    pod.keep(&[
        ("a", "1"),
        ("text", "kept\n"),
        ("port", "80"),
        ("unknown", "x"),
    ]);
    pod.volume.publish(&[("a", "many")]);
    let (args, updater) = pod.start(pod.last_good()).unwrap();
    let now = args.load_full();
    assert_eq!((now.a, &*now.text, now.port), (1, "kept", 80));
    let bad_start = updater.status().bad_start.unwrap();
    let path = pod.file.clone();
    assert_eq!(bad_start.started_from, StartedFrom::LastGood { path });
    let origin = args.flag("a").unwrap().origin.to_string();
    assert!(origin.contains("last-good:a"), "{origin}");
    assert!(last_error(&updater).contains("`a`"));

    pod.volume.publish(&[("a", "2")]);
    until("the good map", || {
        args.a.get() == 2 && args.text.get() == "none"
    });
    until("the recovery", || has_recovered(&updater));
    until("the scan's end", || last_error(&updater).is_empty());
}

#[test]
fn the_last_good_content_in_the_directory_again_ends_the_bad_start() {
    let mut pod = Pod::new(&[]);
    pod.keep(&[("a", "1")]);
    pod.volume.publish(&[("a", "many")]);
    let (_args, updater) = pod.start(pod.last_good()).unwrap();
    pod.volume.publish(&[("a", "1")]);
    until("the recovery", || has_recovered(&updater));
}

#[test]
fn each_applied_update_is_kept_and_a_rejected_one_is_not() {
    let mut pod = Pod::new(&[("a", "1")]);
    // The policy at a bad start may be another.
    let first = args();
    let file = LastGoodFile::new(&pod.file);
    let updater = builder(&first, &pod.volume.path)
        .last_good_file(file)
        .setup()
        .unwrap();
    pod.volume.publish(&[("a", "2")]);
    until("the update", || first.a.get() == 2);
    pod.volume.publish(&[("a", "many")]);
    until("the rejection", || updater.status().rejected == 1);
    drop(updater);
    let (args, _updater) = pod.start(pod.last_good()).unwrap();
    assert_eq!(args.a.get(), 2);
}

#[test]
fn partly_valid_content_is_not_kept() {
    let mut pod = Pod::new(&[]);
    pod.keep(&[("a", "1")]);
    pod.volume.publish(&[("a", "2"), ("b", "many")]);
    let first = args();
    let updater = pod
        .builder(&first, pod.last_good())
        .on_invalid(OnInvalid::KeepValid)
        .setup();
    assert!(updater.unwrap().status().bad_start.is_none());
    assert_eq!(first.a.get(), 2);
    let (args, _updater) = pod.start(pod.last_good()).unwrap();
    assert_eq!(args.a.get(), 1);
}

#[test]
fn a_directory_that_is_absent_is_a_bad_start_as_well() {
    let mut pod = Pod::new(&[]);
    pod.keep(&[("a", "1")]);
    fs::rename(&pod.volume.path, pod.file.with_extension("moved")).unwrap();
    let (args, updater) = pod.start(pod.last_good()).unwrap();
    assert_eq!(args.a.get(), 1);
    let reason = updater.status().bad_start.unwrap().reason;
    assert!(reason.contains("does not exist"), "{reason}");
}

#[test]
fn without_last_good_content_the_error_names_both_problems() {
    let pod = Pod::new(&[("a", "many")]);
    let error = pod.start(pod.last_good()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`a`") && text.contains("there is no last good content yet"),
        "{text}"
    );
    assert!(matches!(error_of(error), LastGoodError::NotFound { .. }));
}

#[test]
fn secrets_are_kept_only_if_asked() {
    for with_secrets in [false, true] {
        let mut pod = Pod::new(&[("a", "1"), ("pin", "31415")]);
        let file = LastGoodFile::new(&pod.file).with_secrets(with_secrets);
        let policy = OnBadStart::LastGood(file);
        drop(pod.start(policy.clone()).unwrap());
        let text = fs::read_to_string(&pod.file).unwrap();
        assert_eq!(text.contains("31415"), with_secrets, "{text}");
        pod.volume.publish(&[("a", "many"), ("pin", "31415")]);
        let (args, _updater) = pod.start(policy).unwrap();
        assert_eq!(args.a.get(), 1);
        assert_eq!(args.pin.get(), if with_secrets { 31415 } else { 0 });
    }
}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = WithRule::check)]
struct WithRule {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, secret)]
    pin: u32,
}

impl WithRule {
    fn check(&self) -> Result<(), String> {
        let is_valid = self.a == 0 || self.pin > 0;
        is_valid
            .then_some(())
            .ok_or_else(|| "`a` needs a pin".to_owned())
    }
}

#[test]
fn a_start_fails_if_the_content_is_invalid_without_its_secrets() {
    let mut pod = Pod::new(&[("a", "1"), ("pin", "5")]);
    let start = |pod: &Pod| {
        let args = WithRule::try_parse_dynamic_from(["test"]).unwrap();
        let builder = Updater::builder(&args, &pod.volume.path);
        builder.on_bad_start(pod.last_good()).setup()
    };
    drop(start(&pod).unwrap());
    pod.volume.publish(&[("a", "many"), ("pin", "5")]);
    let error = start(&pod).unwrap_err();
    assert!(error.to_string().contains("`a` needs a pin"), "{error}");
    assert!(matches!(error_of(error), LastGoodError::Rejected { .. }));
}

#[test]
fn a_damaged_file_fails_a_bad_start_and_is_replaced_by_a_good_one() {
    let mut pod = Pod::new(&[]);
    pod.keep(&[("a", "1"), ("b", "2")]);
    let whole = fs::read(&pod.file).unwrap();
    fs::write(&pod.file, &whole[..whole.len() - 5]).unwrap();
    pod.volume.publish(&[("a", "many")]);
    let error = error_of(pod.start(pod.last_good()).unwrap_err());
    assert!(matches!(error, LastGoodError::Damaged { .. }), "{error}");

    pod.volume.publish(&[("a", "1"), ("b", "2")]);
    let (_args, updater) = pod.start(pod.last_good()).unwrap();
    assert!(updater.status().last_good_error.is_none());
    assert_eq!(fs::read(&pod.file).unwrap(), whole);
}

#[test]
fn a_file_of_something_else_fails_any_start_and_is_left_as_it_is() {
    let pod = Pod::new(&[("a", "1")]);
    fs::write(&pod.file, "root:x:0:0").unwrap();
    let error = error_of(pod.start(pod.last_good()).unwrap_err());
    assert!(matches!(error, LastGoodError::Foreign { .. }), "{error}");

    // `start` alone does not fail.
    let args = args();
    let updater = pod.builder(&args, pod.last_good()).build().unwrap();
    updater.start().unwrap();
    assert_eq!(args.a.get(), 1);
    assert!(updater.status().last_good_error.is_some());
    assert_eq!(fs::read_to_string(&pod.file).unwrap(), "root:x:0:0");
}

#[test]
fn updaters_do_not_share_a_file() {
    let mut pod = Pod::new(&[]);
    pod.keep(&[("a", "1")]);
    let other = tempfile::tempdir().unwrap();
    let args = args();
    let updater = builder(&args, other.path())
        .on_bad_start(pod.last_good())
        .setup();
    let error = error_of(updater.unwrap_err());
    assert!(
        matches!(error, LastGoodError::OtherDirectory { .. }),
        "{error}"
    );
}

#[test]
fn an_update_is_applied_although_it_can_not_be_kept() {
    let mut pod = Pod::new(&[("a", "1")]);
    let folder = pod.file.with_extension("folder");
    let policy = OnBadStart::LastGood(LastGoodFile::new(folder.join("last-good")));
    let (args, updater) = pod.start(policy.clone()).unwrap();
    let error = updater.status().last_good_error.unwrap();
    assert!(error.contains("check that its folder exists"), "{error}");
    assert!(warnings(&args).contains(&error));
    fs::create_dir(&folder).unwrap();
    pod.volume.publish(&[("a", "2")]);
    until("the update", || args.a.get() == 2);
    until("the file", || updater.status().last_good_error.is_none());
    drop(updater);
    pod.volume.publish(&[("a", "many")]);
    assert_eq!(pod.start(policy).unwrap().0.a.get(), 2);
}

#[test]
fn the_same_content_is_not_written_again() {
    let mut pod = Pod::new(&[]);
    pod.keep(&[("a", "1")]);
    let inode = |path: &Path| {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(path).unwrap().ino()
    };
    let before = inode(&pod.file);
    let (args, updater) = pod.start(pod.last_good()).unwrap();
    args.set("b", "1").unwrap();
    updater.reload().unwrap();
    assert_eq!(inode(&pod.file), before);
}

/// The values of `a` after a start from the last good content, while `appear` makes the directory appear with 4.
fn values_while(appear: impl FnOnce(&Path)) -> Vec<u32> {
    let folder = tempfile::tempdir().unwrap();
    let (flags, file) = (folder.path().join("flags"), folder.path().join("last-good"));
    let start = |args: &Flags<Args>| {
        let policy = OnBadStart::LastGood(LastGoodFile::new(&file));
        follow(builder(args, &flags).on_bad_start(policy))
    };
    Volume::new(&flags, &[("a", "2")]);
    drop(start(&args()));
    fs::remove_dir_all(&flags).unwrap();
    let args = args();
    let updater = start(&args);
    let values = Arc::new(Mutex::new(vec![args.a.get()]));
    let seen = Arc::clone(&values);
    let _subscription = args
        .a
        .on_change(move |_, new| seen.lock().unwrap().push(*new));
    appear(&flags);
    until("the content", || args.a.get() == 4);
    until("the recovery", || has_recovered(&updater));
    let values = values.lock().unwrap();
    values.clone()
}

#[test]
fn last_good_content_stays_while_the_first_files_settle() {
    let values = values_while(|flags| {
        fs::create_dir(flags).unwrap();
        fs::write(flags.join("a"), "4").unwrap();
    });
    assert_eq!(values, [2, 4]);
}

#[test]
fn last_good_content_stays_while_the_volume_is_not_filled() {
    let values = values_while(|flags| {
        let moved = flags.with_extension("moved");
        fs::create_dir(&moved).unwrap();
        let mut volume = Volume::unfilled(&moved, &["a"]);
        fs::rename(&moved, flags).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        volume.path = flags.to_owned();
        volume.swap(&[("a", b"4")]);
    });
    assert_eq!(values, [2, 4]);
}
