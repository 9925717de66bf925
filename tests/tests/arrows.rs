//! Who may import whom: nothing goes up.
//!
//! The crates' sources and manifests are read and held against the tables here.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, UseTree};

/// What a crate may use.
struct Crate {
    folder: &'static str,
    /// Other crates, in what is built for its users.
    dependencies: &'static [&'static str],
    /// Its modules from the ground up. A module may import those that stand before it.
    modules: &'static [&'static str],
    /// Arrows that go up all the same: who imports whom.
    exceptions: &'static [(&'static str, &'static str)],
}

const CRATES: &[Crate] = &[
    Crate {
        folder: "dflag",
        dependencies: &[
            "arc-swap",
            "base64",
            "clap",
            "dflag-derive",
            "fnv",
            "humantime",
            "regex",
            "serde",
            "serde_json",
            "strsim",
            "thiserror",
            "tracing",
        ],
        modules: &[
            "origin",
            "order",
            "checksum",
            "compare",
            "value",
            "validate",
            "error",
            "info",
            "layer",
            "source",
            "chunks",
            "mark",
            "snapshot",
            "lens",
            "store",
            "held",
            "cache",
            "found",
            "guard",
            "reader",
            "scalar",
            "notify",
            "flag_set",
            "field",
            "secret",
            "names",
            "schema",
            "model",
            "parse",
            "layers",
            "candidate",
            "resolve",
            "accept",
            "list",
            "base",
            "writing",
            "core",
            "dynamic",
            "scope",
            "flags",
            "dynamic_flags",
            "private",
        ],
        // The trait gives a `Flags` and is a bound of it, and of a flattened field and its handles.
        exceptions: &[
            ("field", "dynamic_flags"),
            ("scope", "dynamic_flags"),
            ("flags", "dynamic_flags"),
        ],
    },
    Crate {
        folder: "dflag-derive",
        dependencies: &["proc-macro2", "quote", "strsim", "syn"],
        modules: &[
            "ctxt", "shape", "attr", "ast", "check", "expand", "fallback",
        ],
        exceptions: &[],
    },
    Crate {
        folder: "dflag-configmap",
        dependencies: &["dflag", "libc", "notify", "thiserror", "tracing"],
        modules: &[
            "error",
            "stamp",
            "key",
            "files",
            "folder",
            "entry",
            "walk",
            "directory",
            "mount",
            "status",
            "signal",
            "schedule",
            "settle",
            "watch",
            "options",
            "shared",
            "unknown",
            "follower",
            "pace",
            "worker",
            "updater",
        ],
        // A builder ends as an `Updater`; what is shared holds what whoever looks has, who notes there
        // what was done.
        exceptions: &[("options", "updater"), ("shared", "pace")],
    },
    Crate {
        folder: "dflag-endpoint",
        dependencies: &[
            "askama",
            "axum",
            "dflag",
            "form_urlencoded",
            "futures-core",
            "futures-util",
            "humantime",
            "metrics",
            "serde",
            "serde_json",
            "subtle",
            "thiserror",
            "tokio",
            "tracing",
        ],
        modules: &[
            "limits",
            "layout",
            "answer",
            "measure",
            "exposition",
            "recorder",
            "place",
            "query",
            "reject",
            "host",
            "cross_site",
            "authorize",
            "token",
            "body",
            "page",
            "reply",
            "asset",
            "served",
            "shown",
            "hub",
            "events",
            "turn",
            "guard",
            "routes",
            "endpoint",
        ],
        exceptions: &[],
    },
];

#[test]
fn no_crate_depends_on_more_than_the_design_allows() {
    for of in CRATES {
        let allowed: BTreeSet<String> = of.dependencies.iter().map(ToString::to_string).collect();
        let more: Vec<String> = dependencies(of).difference(&allowed).cloned().collect();
        assert!(
            more.is_empty(),
            "{} depends on {more:?}, which the design does not allow",
            of.folder,
        );
    }
}

#[test]
fn no_module_imports_one_above_it_but_for_the_exceptions() {
    for of in CRATES {
        let up = Sources::read(of).arrows_up();
        let up: Vec<_> = up.iter().map(|(from, to)| (&**from, &**to)).collect();
        let mut excepted = of.exceptions.to_vec();
        excepted.sort_unstable();
        assert_eq!(
            up, excepted,
            "arrows up in {}, and the exceptions",
            of.folder
        );
    }
}

#[test]
fn every_module_has_its_place() {
    for of in CRATES {
        let listed: BTreeSet<String> = of.modules.iter().map(ToString::to_string).collect();
        assert_eq!(Sources::read(of).modules, listed, "{}", of.folder);
    }
}

/// What the derive's output needs is no one else's to use.
#[test]
fn a_source_uses_the_public_interface_only() {
    for of in CRATES
        .iter()
        .filter(|of| of.dependencies.contains(&"dflag"))
    {
        for (file, paths) in Sources::read(of).paths {
            for path in paths {
                assert!(
                    path.iter().all(|name| !name.starts_with("__")),
                    "{} uses {}, which is hidden",
                    file.display(),
                    path.join("::"),
                );
            }
        }
    }
}

fn root(of: &Crate) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(of.folder)
}

/// The names in the manifest's `[dependencies]`.
fn dependencies(of: &Crate) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root(of).join("Cargo.toml")).unwrap();
    let mut section = "";
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if (section == "dependencies" || section.ends_with(".dependencies"))
            && let Some((name, _)) = line.split_once(['.', '=', ' '])
            && !name.starts_with('#')
        {
            names.insert(name.to_owned());
        }
    }
    names
}

/// A crate's sources, as far as they name others. Tests are left out.
struct Sources<'a> {
    of: &'a Crate,
    /// The modules right below the root, each with all that is below it.
    modules: BTreeSet<String>,
    /// What the root re-exports, and from which module.
    exports: BTreeMap<String, String>,
    /// Each file and the paths in it.
    paths: Vec<(PathBuf, Vec<Vec<String>>)>,
}

impl<'a> Sources<'a> {
    fn read(of: &'a Crate) -> Self {
        let source = root(of).join("src");
        let mut files = Vec::new();
        rust_files(&source, &mut files);
        // By convention, the one module that is there for tests only.
        files.retain(|file| !file.ends_with("tests.rs"));
        let mut paths = Vec::new();
        let mut exports = BTreeMap::new();
        let mut modules = BTreeSet::new();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let mut found = Paths::default();
            found.visit_file(&syn::parse_file(&text).unwrap());
            let relative = file.strip_prefix(&source).unwrap().to_owned();
            if relative == Path::new("lib.rs") {
                for export in found.0 {
                    if let [module, .., name] = export.as_slice() {
                        exports.insert(name.clone(), module.clone());
                    }
                }
            } else {
                modules.insert(module_of(&relative));
                paths.push((relative, found.0));
            }
        }
        Self {
            of,
            modules,
            exports,
            paths,
        }
    }

    /// Who imports whom though it stands above.
    fn arrows_up(&self) -> BTreeSet<(String, String)> {
        let place = |module: &str| self.of.modules.iter().position(|name| *name == module);
        let mut up = BTreeSet::new();
        for (file, paths) in &self.paths {
            let from = module_of(file);
            for to in paths.iter().filter_map(|path| self.target(file, path)) {
                if place(&to) > place(&from) {
                    up.insert((from.clone(), to));
                }
            }
        }
        up
    }

    /// The module of this crate that `path`, written in `file`, leads to.
    fn target(&self, file: &Path, path: &[String]) -> Option<String> {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let depth = file.components().count() - usize::from(file.ends_with("mod.rs"));
        let name = match path {
            [first, second, ..] if first == "crate" => second,
            _ if supers == depth => path.get(supers)?,
            _ => return None,
        };
        if self.modules.contains(name) {
            return Some(name.clone());
        }
        let module = self.exports.get(name)?;
        self.modules.contains(module).then(|| module.clone())
    }
}

/// `layer` for `layer.rs`, `layer/mod.rs` and `layer/text.rs`.
fn module_of(file: &Path) -> String {
    let first = Path::new(file.iter().next().unwrap());
    first.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

/// All paths of a file, those of `use` included.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn add_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.0.push(with(&name.ident)),
            UseTree::Rename(rename) => self.0.push(with(&rename.ident)),
            UseTree::Glob(_) => self.0.push(before.to_vec()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(tree, before);
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter();
        self.0
            .push(names.map(|name| name.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !item.attrs.iter().any(is_cfg_test) {
            visit::visit_item_mod(self, item);
        }
    }
}

fn is_cfg_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Ident>()
            .is_ok_and(|name| name == "test")
}

/// The reading itself: a made-up crate with every way to name a module.
#[test]
fn an_arrow_is_found_however_it_is_written() {
    let of = Crate {
        folder: "made-up",
        dependencies: &[],
        modules: &["ground", "above", "top"],
        exceptions: &[],
    };
    for (line, up) in [
        ("use crate::above::Thing;", true),
        ("use crate::{ground, above::{self, Thing}};", true),
        ("use crate::Thing;", true),
        ("use super::above;", true),
        ("fn f() { crate::above::call(); }", true),
        ("struct S(Box<dyn crate::Thing>);", true),
        ("use crate::ground::Other;", false),
        ("use above::Thing;", false),
        ("#[cfg(test)] mod tests { use crate::above; }", false),
    ] {
        let mut found = Paths::default();
        found.visit_file(&syn::parse_file(line).unwrap());
        let sources = |file: &str| Sources {
            of: &of,
            modules: ["ground", "above", "top"].map(str::to_owned).into(),
            exports: BTreeMap::from([("Thing".to_owned(), "above".to_owned())]),
            paths: vec![(PathBuf::from(file), found.0.clone())],
        };
        assert_eq!(
            sources("ground.rs").arrows_up().len(),
            usize::from(up),
            "{line}"
        );
        assert!(sources("top.rs").arrows_up().is_empty(), "{line}");
    }
}
