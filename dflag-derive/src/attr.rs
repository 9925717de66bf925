//! Our own attributes, `#[flag(...)]` and `#[flags(...)]`, read once into what they say.
//!
//! Each key is kept with its token, for whoever later complains of it. Whether the keys of a
//! field suit one another, and what clap is told of it, is not asked here.

use proc_macro2::Ident;
use syn::{Attribute, Expr, ExprLit, ExprPath, Lit, Path};

use crate::errors::Errors;
use crate::list::{self, Entry, Value};
use crate::place::Place;

/// What `#[flag(...)]` says of a field.
#[derive(Default)]
pub(crate) struct FlagAttr {
    pub(crate) dynamic: Option<Ident>,
    pub(crate) secret: Option<Ident>,
    pub(crate) trim: Option<Trim>,
    pub(crate) flatten: Option<Ident>,
    pub(crate) validate: Vec<Validate>,
    /// Whether there is such an attribute, even one that can't be read.
    pub(crate) present: bool,
}

/// `trim = ...`
pub(crate) struct Trim {
    pub(crate) key: Ident,
    pub(crate) wanted: bool,
}

/// `validate = ...`
pub(crate) struct Validate {
    pub(crate) key: Ident,
    pub(crate) check: Expr,
}

/// What `#[flags(...)]` says of a struct.
#[derive(Default)]
pub(crate) struct FlagsAttr {
    pub(crate) root: Option<Path>,
    pub(crate) rules: Vec<Expr>,
}

impl FlagAttr {
    /// Reads all `#[flag(...)]` of one field.
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut read = Self {
            present: attrs.iter().any(|attr| attr.path().is_ident("flag")),
            ..Self::default()
        };
        for entry in entries(Place::Field, attrs, errors) {
            read.entry(entry, errors);
        }
        read
    }

    /// Whether a value of this field's may have white space around it.
    pub(crate) fn keeps_white_space(&self) -> bool {
        self.trim.as_ref().is_some_and(|trim| !trim.wanted)
    }

    fn entry(&mut self, Entry { key, value }: Entry, errors: &mut Errors) {
        match key.to_string().as_str() {
            "dynamic" => word(&mut self.dynamic, key, &value, errors),
            "secret" => word(&mut self.secret, key, &value, errors),
            "flatten" => word(&mut self.flatten, key, &value, errors),
            "trim" => {
                if let Some(wanted) = boolean(&key, value, errors) {
                    once(&mut self.trim, &key.clone(), Trim { key, wanted }, errors);
                }
            }
            "validate" => {
                let example = "validate = is_even`, a `Fn(&T) -> Result<(), E>";
                if let Some(check) = expression(&key, value, example, errors) {
                    self.validate.push(Validate { key, check });
                }
            }
            _ => errors.at(&key, Place::Field.unknown_key(&key)),
        }
    }
}

impl FlagsAttr {
    /// Reads all `#[flags(...)]` of a struct.
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut read = Self::default();
        for entry in entries(Place::Struct, attrs, errors) {
            read.entry(entry, errors);
        }
        read
    }

    fn entry(&mut self, Entry { key, value }: Entry, errors: &mut Errors) {
        match key.to_string().as_str() {
            "crate" => {
                if let Some(path) = path(&key, value, errors) {
                    once(&mut self.root, &key, path, errors);
                }
            }
            "validate" => {
                let example = "validate = Args::check`, a `fn(&Args) -> Result<(), E>";
                self.rules.extend(expression(&key, value, example, errors));
            }
            _ => errors.at(&key, Place::Struct.unknown_key(&key)),
        }
    }
}

/// The entries of all attributes of ours that may stand here; those that may not are complained of.
fn entries(place: Place, attrs: &[Attribute], errors: &mut Errors) -> Vec<Entry> {
    let mut all = Vec::new();
    for attr in attrs {
        if attr.path().is_ident(place.attribute()) {
            for entry in list::entries(attr) {
                match entry {
                    Ok(entry) => all.push(entry),
                    Err(error) => errors.add(error),
                }
            }
        } else if attr.path().is_ident("flag") || attr.path().is_ident("flags") {
            errors.at(attr.path(), place.misplaced_attribute());
        }
    }
    all
}

/// A key that stands alone.
fn word(slot: &mut Option<Ident>, key: Ident, value: &Value, errors: &mut Errors) {
    if !matches!(value, Value::None) {
        errors.at(&key, format!("`{key}` takes no value"));
    }
    // Kept all the same: a second one is a mistake of its own.
    once(slot, &key.clone(), key, errors);
}

fn once<T>(slot: &mut Option<T>, key: &Ident, value: T, errors: &mut Errors) {
    if slot.is_some() {
        errors.at(key, format!("`{key}` is given twice"));
    } else {
        *slot = Some(value);
    }
}

fn expression(key: &Ident, value: Value, example: &str, errors: &mut Errors) -> Option<Expr> {
    if let Value::Expr(expr) = value {
        Some(expr)
    } else {
        errors.at(key, format!("`{key}` needs a value: `{example}`"));
        None
    }
}

fn boolean(key: &Ident, value: Value, errors: &mut Errors) -> Option<bool> {
    let value = expression(key, value, "trim = false", errors)?;
    if let Expr::Lit(ExprLit {
        lit: Lit::Bool(wanted),
        ..
    }) = value
    {
        Some(wanted.value)
    } else {
        errors.at(value, "expected `true` or `false`");
        None
    }
}

fn path(key: &Ident, value: Value, errors: &mut Errors) -> Option<Path> {
    let value = expression(key, value, "crate = ::renamed", errors)?;
    if let Expr::Path(ExprPath {
        qself: None, path, ..
    }) = value
    {
        Some(path)
    } else {
        errors.at(
            value,
            "expected a path, such as `::renamed`, without quotes",
        );
        None
    }
}
