//! Targets: which directories to watch, and for which names.
//!
//! A watch on `..data` or on a file dies with it, so only directories are watched: the one that is
//! followed, its parent, and the parent of the path that the program gave. Links in the middle of that
//! path are not watched; the timer finds that one was exchanged.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::volume::{DATA_LINK, Identity, Location, key, nearest_ancestor};

/// A directory to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its path, absolute and without links.
    pub(crate) path: PathBuf,
    pub(crate) identity: Identity,
    pub(crate) names: Names,
    /// Whether updates go unnoticed without it.
    pub(crate) is_essential: bool,
}

/// The names in a directory that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Every name that is proposed to the flags, and `..data`.
    pub(crate) keys: bool,
    /// These as well.
    pub(crate) others: Vec<OsString>,
}

impl Names {
    pub(crate) fn contains(&self, name: &OsStr) -> bool {
        (self.keys && (name == DATA_LINK || key(name).is_some()))
            || self.others.iter().any(|other| other == name)
    }
}

/// What to watch for the path `given`, which leads to `location` if the directory exists.
pub(crate) fn targets(given: &Path, location: Option<&Location>) -> Vec<Target> {
    let mut names: Vec<(PathBuf, Option<OsString>)> = Vec::new();
    let parent_and_name = |path: &Path| {
        Some((
            path.parent()?.canonicalize().ok()?,
            path.file_name()?.to_owned(),
        ))
    };
    if let Some(location) = location {
        names.push((location.path.clone(), None));
        let parents = [&*location.path, given]
            .into_iter()
            .filter_map(parent_and_name);
        names.extend(parents.map(|(parent, name)| (parent, Some(name))));
    } else {
        let ancestor = nearest_ancestor(given);
        names.extend(ancestor.map(|(ancestor, name)| (ancestor, Some(name))));
    }

    let mut targets: Vec<Target> = Vec::new();
    for (path, name) in names {
        let Ok(identity) = Identity::of(&path) else {
            continue;
        };
        // The system knows one watch for each directory, whatever path leads there.
        let known = targets
            .iter_mut()
            .find(|target| target.identity == identity);
        if let Some(target) = known {
            let others = &mut target.names.others;
            others.extend(name.filter(|name| !others.contains(name)));
            continue;
        }
        targets.push(Target {
            path,
            identity,
            // The first is the directory itself, or where it will appear.
            is_essential: targets.is_empty(),
            names: Names {
                keys: name.is_none(),
                others: name.into_iter().collect(),
            },
        });
    }
    targets
}

/// Which watches to end and which to begin, in this order.
///
/// A path that leads to another directory than before is in both. With `renew`, all are begun, since
/// one may have died although its path and its directory are as before. The live ones are not ended
/// for that, so that no event is lost: beginning a watch that exists has no effect.
pub(crate) fn difference(
    current: &[(PathBuf, Identity)],
    wanted: &[Target],
    renew: bool,
) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is = |(path, identity): &(PathBuf, Identity), target: &Target| {
        *path == target.path && *identity == target.identity
    };
    let end = current
        .iter()
        .filter(|current| !wanted.iter().any(|target| is(current, target)));
    let begin = wanted
        .iter()
        .filter(|target| renew || !current.iter().any(|current| is(current, target)));
    (
        end.map(|(path, _)| path.clone()).collect(),
        begin.map(|target| target.path.clone()).collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::{Names, Target, difference, targets};
    use crate::volume::{fake_stamp, resolve};

    fn tree() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("etc/dflag")).unwrap();
        std::fs::create_dir_all(root.join("srv/real")).unwrap();
        (dir, root)
    }

    /// The targets for `given`, with paths relative to `root`: path, essential, names.
    fn shape(root: &Path, given: &str) -> Vec<(String, bool, String)> {
        let given = root.join(given);
        let targets = targets(&given, resolve(&given).ok().as_ref());
        let shape = targets.iter().map(|target| {
            let path = target.path.strip_prefix(root).unwrap();
            let keys = target.names.keys.then(|| "*".into());
            let others = target.names.others.iter();
            let others = others.map(|name| name.to_string_lossy());
            let mut names: Vec<_> = keys.into_iter().chain(others).collect();
            names.sort();
            (
                path.to_str().unwrap().to_owned(),
                target.is_essential,
                names.join(","),
            )
        });
        shape.collect()
    }

    fn expected(targets: &[(&str, bool, &str)]) -> Vec<(String, bool, String)> {
        let owned = targets.iter();
        owned
            .map(|&(path, essential, names)| (path.into(), essential, names.into()))
            .collect()
    }

    #[test]
    fn the_directory_and_its_parent_are_watched() {
        let (_dir, root) = tree();
        assert_eq!(
            shape(&root, "etc/dflag"),
            expected(&[("etc/dflag", true, "*"), ("etc", false, "dflag")])
        );
        assert_eq!(
            targets(Path::new("/"), resolve(Path::new("/")).ok().as_ref()).len(),
            1
        );
    }

    #[test]
    fn the_parent_of_the_given_path_is_watched_as_well() {
        let (_dir, root) = tree();
        symlink("../srv/real", root.join("etc/link")).unwrap();
        assert_eq!(
            shape(&root, "etc/link"),
            expected(&[
                ("srv/real", true, "*"),
                ("srv", false, "real"),
                ("etc", false, "link")
            ])
        );
        symlink("real", root.join("srv/link")).unwrap();
        assert_eq!(
            shape(&root, "srv/link"),
            expected(&[("srv/real", true, "*"), ("srv", false, "link,real")])
        );
    }

    #[test]
    fn a_missing_directory_is_expected_in_its_nearest_ancestor() {
        let (_dir, root) = tree();
        assert_eq!(
            shape(&root, "srv/new/deep"),
            expected(&[("srv", true, "new")])
        );
    }

    #[test]
    fn keys_and_the_data_link_matter_and_other_names_do_not() {
        let keys = Names {
            keys: true,
            others: Vec::new(),
        };
        let one = Names {
            keys: false,
            others: ["dflag".into()].into(),
        };
        for (names, name, expected) in [
            (&keys, "a", true),
            (&keys, "..data", true),
            (&keys, "..data_tmp", false),
            (&keys, ".a.swp", false),
            (&keys, "a~", true),
            (&one, "dflag", true),
            (&one, "dflag-other", false),
            (&one, "passwd", false),
        ] {
            assert_eq!(names.contains(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn only_directories_that_moved_are_watched_anew() {
        let target = |path: &str, inode| Target {
            path: path.into(),
            identity: fake_stamp::identity(inode),
            names: Names::default(),
            is_essential: false,
        };
        let wanted = [target("/etc/dflag", 2), target("/etc", 1)];
        let current = |dflag: u64| {
            vec![
                (PathBuf::from("/etc/dflag"), fake_stamp::identity(dflag)),
                (PathBuf::from("/etc"), fake_stamp::identity(1)),
            ]
        };
        let old = vec![(PathBuf::from("/old"), fake_stamp::identity(2))];
        let both = &["/etc/dflag", "/etc"][..];
        let dflag = &["/etc/dflag"][..];
        for (current, renew, end, begin) in [
            (vec![], false, &[][..], both),
            (current(2), false, &[], &[]),
            (current(9), false, dflag, dflag),
            (current(2), true, &[], both),
            (current(9), true, dflag, both),
            (old, false, &["/old"], both),
        ] {
            let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
            assert_eq!(
                difference(&current, &wanted, renew),
                (paths(end), paths(begin))
            );
        }
    }
}
