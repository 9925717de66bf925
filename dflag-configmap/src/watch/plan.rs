//! The plan: which directories to watch, and for what.
//!
//! A watch on `..data` or on a file dies with it, so only directories are watched: the one that is
//! read, the one above it, and each in which a link on the way lies. inotify knows one watch
//! for each inode, whatever it is called, so no inode stands in a plan twice.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::key::key;
use crate::stamp::Identity;
use crate::walk::{End, Walk};

/// A directory to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Its path, absolute and without links.
    pub(crate) path: PathBuf,
    pub(crate) identity: Identity,
    pub(crate) interest: Interest,
    /// Whether updates would go unheard without it.
    pub(crate) essential: bool,
}

/// Which names in a directory are worth a look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest {
    /// Whatever can be a flag, and `..data`.
    pub(crate) keys: bool,
    /// These, besides.
    pub(crate) names: Vec<OsString>,
}

impl Interest {
    pub(crate) fn covers(&self, name: &OsStr) -> bool {
        (self.keys && (name == "..data" || key(name).is_some())) || self.names(name)
    }

    /// Whether `name` is one of those that are named.
    pub(crate) fn names(&self, name: &OsStr) -> bool {
        self.names.iter().any(|of| of == name)
    }

    fn name(name: &OsStr) -> Self {
        Self {
            keys: false,
            names: vec![name.to_owned()],
        }
    }

    fn join(&mut self, other: Self) {
        self.keys |= other.keys;
        for name in other.names {
            if !self.names(&name) {
                self.names.push(name);
            }
        }
    }
}

/// What to watch after `walk`. `identity` tells which directory a path is, if it is there.
pub(crate) fn plan(walk: &Walk, identity: impl Fn(&Path) -> Option<Identity>) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let mut add = |path: &Path, interest: Interest, essential: bool| {
        let Some(identity) = identity(path) else {
            return;
        };
        match points.iter_mut().find(|point| point.identity == identity) {
            Some(point) => {
                point.interest.join(interest);
                point.essential |= essential;
            }
            None => points.push(Point {
                path: path.to_owned(),
                identity,
                interest,
                essential,
            }),
        }
    };
    match &walk.end {
        End::Directory { path, .. } => {
            add(
                path,
                Interest {
                    keys: true,
                    ..Interest::default()
                },
                true,
            );
            if let (Some(parent), Some(name)) = (path.parent(), path.file_name()) {
                add(parent, Interest::name(name), false);
            }
        }
        End::Stuck { parent, name, .. } => add(parent, Interest::name(name), true),
    }
    for (directory, name) in &walk.links {
        add(directory, Interest::name(name), false);
    }
    points
}

/// Which watches to end and which to begin, in this order.
///
/// A path that now is another directory is in both. With `rearm` everything is begun:
/// a watch may have died although its path and its directory are as before. The others are not
/// ended for it: to begin a watch that lives leaves it as it is, and nothing goes unheard.
pub(crate) fn difference(
    held: &[(PathBuf, Identity)],
    wanted: &[Point],
    rearm: bool,
) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is = |(path, identity): &(PathBuf, Identity), point: &Point| {
        *path == point.path && *identity == point.identity
    };
    let end = held
        .iter()
        .filter(|held| !wanted.iter().any(|point| is(held, point)));
    let begin = wanted
        .iter()
        .filter(|point| rearm || !held.iter().any(|held| is(held, point)));
    (
        end.map(|(path, _)| path.clone()).collect(),
        begin.map(|point| point.path.clone()).collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::{Path, PathBuf};

    use super::{Point, difference, plan};
    use crate::DirectoryError;
    use crate::stamp::{Identity, fake};
    use crate::walk::{End, Walk};

    /// Directories by number; a path that is not here does not exist.
    fn identity(path: &Path) -> Option<Identity> {
        let known = ["/", "/etc", "/etc/dflag", "/srv", "/srv/config"];
        let index = known.iter().position(|known| Path::new(known) == path)?;
        Some(fake::identity(index as u64))
    }

    fn links(links: &[(&str, &str)]) -> Vec<(PathBuf, std::ffi::OsString)> {
        links
            .iter()
            .map(|(path, name)| (path.into(), name.into()))
            .collect()
    }

    fn at(path: &str, on_the_way: &[(&str, &str)]) -> Walk {
        let stamp = fake::stamp(1, 0);
        Walk {
            links: links(on_the_way),
            end: End::Directory {
                path: path.into(),
                stamp,
            },
        }
    }

    fn shape(points: &[Point]) -> Vec<(&str, bool, String)> {
        let names = |point: &Point| {
            let names: Vec<_> = point
                .interest
                .names
                .iter()
                .map(|name| name.to_string_lossy())
                .collect();
            format!(
                "{}{}",
                if point.interest.keys { "*" } else { "" },
                names.join(",")
            )
        };
        points
            .iter()
            .map(|point| (point.path.to_str().unwrap(), point.essential, names(point)))
            .collect()
    }

    #[test]
    fn the_directory_and_the_one_above_are_watched() {
        let points = plan(&at("/etc/dflag", &[]), identity);
        assert_eq!(
            shape(&points),
            [
                ("/etc/dflag", true, "*".into()),
                ("/etc", false, "dflag".into())
            ]
        );
        assert_eq!(
            shape(&plan(&at("/", &[]), identity)),
            [("/", true, "*".into())]
        );
    }

    #[test]
    fn each_directory_with_a_link_on_the_way_is_watched_once() {
        let walk = at(
            "/srv/config",
            &[("/etc", "dflag"), ("/", "link"), ("/srv", "middle")],
        );
        assert_eq!(
            shape(&plan(&walk, identity)),
            [
                ("/srv/config", true, "*".into()),
                ("/srv", false, "config,middle".into()),
                ("/etc", false, "dflag".into()),
                ("/", false, "link".into()),
            ],
        );
    }

    #[test]
    fn while_it_is_missing_the_place_where_it_will_appear_is_watched() {
        let end = End::Stuck {
            parent: "/srv".into(),
            name: "new".into(),
            error: DirectoryError::NotFound {
                path: "/srv/new/deep".into(),
            },
        };
        let points = plan(
            &Walk {
                links: links(&[("/etc", "dflag")]),
                end,
            },
            identity,
        );
        assert_eq!(
            shape(&points),
            [
                ("/srv", true, "new".into()),
                ("/etc", false, "dflag".into())
            ]
        );
    }

    #[test]
    fn keys_and_data_are_of_interest_and_what_lies_beside_is_not() {
        let points = plan(&at("/etc/dflag", &[]), identity);
        let covers = |point: usize, name: &str| points[point].interest.covers(OsStr::new(name));
        assert!(covers(0, "a") && covers(0, "..data"));
        assert!(!covers(0, "..data_tmp") && !covers(0, ".a.swp") && !covers(0, "a~"));
        assert!(covers(1, "dflag") && !covers(1, "dflag-other") && !covers(1, "passwd"));
    }

    #[test]
    fn only_what_moved_is_watched_anew() {
        let wanted = plan(&at("/etc/dflag", &[]), identity);
        let held = |dflag: u64| {
            vec![
                (PathBuf::from("/etc/dflag"), fake::identity(dflag)),
                (PathBuf::from("/etc"), fake::identity(1)),
            ]
        };
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        for (held, rearm, end, begin) in [
            (vec![], false, paths(&[]), paths(&["/etc/dflag", "/etc"])),
            (held(2), false, paths(&[]), paths(&[])),
            (
                held(9),
                false,
                paths(&["/etc/dflag"]),
                paths(&["/etc/dflag"]),
            ),
            (held(2), true, paths(&[]), paths(&["/etc/dflag", "/etc"])),
            (
                held(9),
                true,
                paths(&["/etc/dflag"]),
                paths(&["/etc/dflag", "/etc"]),
            ),
            (
                vec![(PathBuf::from("/old"), fake::identity(2))],
                false,
                paths(&["/old"]),
                paths(&["/etc/dflag", "/etc"]),
            ),
        ] {
            assert_eq!(difference(&held, &wanted, rearm), (end, begin));
        }
    }
}
