//! Our own attributes: `#[flag(...)]` on a field and `#[flags(...)]` on the struct.
//!
//! Each key keeps its token, so that a later check can report an error under it.

use proc_macro2::Ident;
use syn::{Attribute, Expr, ExprLit, ExprPath, Lit, Path};

use crate::attr::keys::Target;
use crate::attr::meta::{self, MetaItem, MetaValue};
use crate::ctxt::Ctxt;

/// `#[flag(...)]` on a field.
#[derive(Default)]
pub(crate) struct FlagAttr {
    pub(crate) dynamic: Option<Ident>,
    pub(crate) secret: Option<Ident>,
    pub(crate) trim: Option<Trim>,
    pub(crate) salt: Option<Text>,
    pub(crate) unit: Option<Text>,
    pub(crate) deprecated: Option<Text>,
    pub(crate) flatten: Option<Switch>,
    pub(crate) subcommand: Option<Switch>,
    pub(crate) show: Option<Ident>,
    pub(crate) validate: Vec<Validate>,
    /// Whether the field has such an attribute, even one that cannot be parsed or that is meant for
    /// the struct.
    pub(crate) present: bool,
}

/// `trim = ...`
pub(crate) struct Trim {
    pub(crate) key: Ident,
    pub(crate) enabled: bool,
}

/// `salt = ...`, `unit = ...` or `deprecated = ...`
pub(crate) struct Text {
    pub(crate) key: Ident,
    pub(crate) text: Expr,
}

/// `flatten` or `flatten = false`, and the same of `subcommand`
pub(crate) struct Switch {
    pub(crate) key: Ident,
    pub(crate) enabled: bool,
}

/// `validate = ...`
pub(crate) struct Validate {
    pub(crate) key: Ident,
    pub(crate) check: Expr,
}

/// `#[flags(...)]` on the struct.
#[derive(Default)]
pub(crate) struct FlagsAttr {
    /// `crate = ...`
    pub(crate) root: Option<Path>,
    /// `mark_dynamic`
    pub(crate) mark_dynamic: Option<Ident>,
    /// `handles = ...`
    pub(crate) handles: Option<Ident>,
    /// `validate = ...`
    pub(crate) rules: Vec<Expr>,
    /// `finish = ...`
    pub(crate) finish: Option<Expr>,
}

impl FlagAttr {
    /// Reads every `#[flag(...)]` of one field.
    pub(crate) fn read(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = Self {
            present: attrs.iter().any(is_ours),
            ..Self::default()
        };
        for item in items(Target::Field, attrs, ctxt) {
            read.add(item, ctxt);
        }
        read
    }

    /// Whether white space around the text is part of the value.
    pub(crate) fn keeps_white_space(&self) -> bool {
        self.trim.as_ref().is_some_and(|trim| !trim.enabled)
    }

    /// Whether the flags of a flattened struct become flags of this one.
    pub(crate) fn flattens(&self) -> bool {
        self.flatten.as_ref().is_some_and(|flatten| flatten.enabled)
    }

    /// Whether the flags of the chosen subcommand become flags of the program.
    pub(crate) fn has_subcommand(&self) -> bool {
        let subcommand = self.subcommand.as_ref();
        subcommand.is_some_and(|subcommand| subcommand.enabled)
    }

    fn add(&mut self, MetaItem { key, value }: MetaItem, ctxt: &mut Ctxt) {
        match key.to_string().as_str() {
            "dynamic" => set_word(&mut self.dynamic, key, &value, ctxt),
            "secret" => set_word(&mut self.secret, key, &value, ctxt),
            "show" => set_word(&mut self.show, key, &value, ctxt),
            "flatten" => set_switch(&mut self.flatten, key, &value, ctxt),
            "subcommand" => set_switch(&mut self.subcommand, key, &value, ctxt),
            "trim" => {
                if let Some(enabled) = boolean(&key, value, ctxt) {
                    set_once(&mut self.trim, &key.clone(), Trim { key, enabled }, ctxt);
                }
            }
            "salt" => set_text(&mut self.salt, key, value, "salt = \"new-checkout\"", ctxt),
            "unit" => set_text(&mut self.unit, key, value, "unit = \"ms\"", ctxt),
            "deprecated" => {
                let example = "deprecated = \"use --limit\"";
                set_text(&mut self.deprecated, key, value, example, ctxt);
            }
            "validate" => {
                let example = "validate = is_even`, where `is_even` is a `Fn(&T) -> Result<(), E>";
                if let Some(check) = function(&key, value, example, ctxt) {
                    self.validate.push(Validate { key, check });
                }
            }
            _ => ctxt.error_at(&key, Target::Field.unknown_key(&key)),
        }
    }
}

impl FlagsAttr {
    /// Reads every `#[flags(...)]` of a struct.
    pub(crate) fn read(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = Self::default();
        for item in items(Target::Struct, attrs, ctxt) {
            read.add(item, ctxt);
        }
        read
    }

    fn add(&mut self, MetaItem { key, value }: MetaItem, ctxt: &mut Ctxt) {
        match key.to_string().as_str() {
            "crate" => {
                if let Some(path) = path(&key, value, ctxt) {
                    set_once(&mut self.root, &key, path, ctxt);
                }
            }
            "handles" => {
                if let Some(name) = name(&key, value, ctxt) {
                    set_once(&mut self.handles, &key, name, ctxt);
                }
            }
            "mark_dynamic" => set_word(&mut self.mark_dynamic, key, &value, ctxt),
            "validate" => {
                let example =
                    "validate = Args::check`, where `check` is a `fn(&Args) -> Result<(), E>";
                self.rules.extend(function(&key, value, example, ctxt));
            }
            "finish" => {
                let example = "finish = Args::normalize`, where `normalize` is a `fn(&mut Args)";
                if let Some(finish) = function(&key, value, example, ctxt) {
                    set_once(&mut self.finish, &key, finish, ctxt);
                }
            }
            _ => ctxt.error_at(&key, Target::Struct.unknown_key(&key)),
        }
    }
}

/// The items of all our attributes on a target. An attribute for the other target is an error.
fn items(target: Target, attrs: &[Attribute], ctxt: &mut Ctxt) -> Vec<MetaItem> {
    let mut items = Vec::new();
    for attr in attrs {
        if attr.path().is_ident(target.attribute()) {
            let read = meta::items(attr);
            if read.is_empty() {
                ctxt.error_at(attr.path(), target.empty_attribute());
            }
            for item in read {
                match item {
                    Ok(item) => items.push(item),
                    Err(error) => ctxt.syn_error(error),
                }
            }
        } else if is_ours(attr) {
            let keys = meta::items(attr).into_iter().flatten();
            let keys: Vec<String> = keys.map(|item| item.to_string()).collect();
            ctxt.error_at(attr.path(), target.misplaced_attribute(&keys));
        }
    }
    items
}

pub(crate) fn is_ours(attr: &Attribute) -> bool {
    attr.path().is_ident("flag") || attr.path().is_ident("flags")
}

/// Sets a key that takes no value.
fn set_word(slot: &mut Option<Ident>, key: Ident, value: &MetaValue, ctxt: &mut Ctxt) {
    if !matches!(value, MetaValue::None) {
        ctxt.error_at(&key, format!("`{key}` takes no value"));
    }
    // Set even so: a duplicate is an error of its own.
    set_once(slot, &key.clone(), key, ctxt);
}

/// Sets a key that takes no value but `false`.
fn set_switch(slot: &mut Option<Switch>, key: Ident, value: &MetaValue, ctxt: &mut Ctxt) {
    let enabled = !is_false(value);
    if enabled && !matches!(value, MetaValue::None) {
        ctxt.error_at(&key, format!("expected `{key}` or `{key} = false`"));
    }
    set_once(slot, &key.clone(), Switch { key, enabled }, ctxt);
}

/// Sets a key whose value is a string, or an expression that gives one.
fn set_text(slot: &mut Option<Text>, key: Ident, value: MetaValue, example: &str, ctxt: &mut Ctxt) {
    let Some(text) = expression(&key, value, example, ctxt) else {
        return;
    };
    match &text {
        Expr::Lit(ExprLit { lit, .. }) if !matches!(lit, Lit::Str(_)) => {
            ctxt.error_at(lit, format!("`{key}` requires a string: `{example}`"));
        }
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) if literal.value().trim().is_empty() => {
            let message =
                format!("`{key}` is empty: write, for example, `{example}`, or remove the key");
            ctxt.error_at(literal, message);
        }
        _ => set_once(slot, &key.clone(), Text { key, text }, ctxt),
    }
}

fn set_once<T>(slot: &mut Option<T>, key: &Ident, value: T, ctxt: &mut Ctxt) {
    if slot.is_some() {
        ctxt.error_at(key, format!("duplicate key `{key}`"));
    } else {
        *slot = Some(value);
    }
}

fn expression(key: &Ident, value: MetaValue, example: &str, ctxt: &mut Ctxt) -> Option<Expr> {
    if let MetaValue::Expr(expr) = value {
        Some(expr)
    } else {
        ctxt.error_at(key, format!("`{key}` requires a value: `{example}`"));
        None
    }
}

/// An expression that may be a function. The compiler's words for a literal do not say what to write.
fn function(key: &Ident, value: MetaValue, example: &str, ctxt: &mut Ctxt) -> Option<Expr> {
    let value = expression(key, value, example, ctxt)?;
    let Expr::Lit(ExprLit { lit, .. }) = &value else {
        return Some(value);
    };
    let message = match lit {
        Lit::Str(text) if text.parse::<Path>().is_ok() => format!(
            "`{key}` requires a function, not its name in quotes: `{key} = {}`",
            text.value()
        ),
        _ => format!("`{key}` requires a function: `{example}`"),
    };
    ctxt.error_at(lit, message);
    None
}

fn is_false(value: &MetaValue) -> bool {
    let MetaValue::Expr(Expr::Lit(ExprLit { lit, .. })) = value else {
        return false;
    };
    matches!(lit, Lit::Bool(boolean) if !boolean.value)
}

fn name(key: &Ident, value: MetaValue, ctxt: &mut Ctxt) -> Option<Ident> {
    let value = expression(key, value, "handles = ArgsHandles", ctxt)?;
    if let Expr::Path(ExprPath {
        qself: None, path, ..
    }) = &value
        && let Some(name) = path.get_ident()
    {
        Some(name.clone())
    } else {
        ctxt.error_at(
            value,
            "expected a name without quotes, such as `ArgsHandles`",
        );
        None
    }
}

fn boolean(key: &Ident, value: MetaValue, ctxt: &mut Ctxt) -> Option<bool> {
    let value = expression(key, value, "trim = false", ctxt)?;
    if let Expr::Lit(ExprLit {
        lit: Lit::Bool(boolean),
        ..
    }) = value
    {
        Some(boolean.value)
    } else {
        ctxt.error_at(value, "expected `true` or `false`");
        None
    }
}

fn path(key: &Ident, value: MetaValue, ctxt: &mut Ctxt) -> Option<Path> {
    let value = expression(key, value, "crate = ::renamed", ctxt)?;
    if let Expr::Path(ExprPath {
        qself: None, path, ..
    }) = value
    {
        Some(path)
    } else {
        ctxt.error_at(value, "expected a path without quotes, such as `::renamed`");
        None
    }
}
