//! Checks: what must hold between attributes, or between an attribute and what it stands on.
//!
//! Nothing is read and nothing is written here. Each complaint stands under the key that is out
//! of place, and says what would be right.

use proc_macro2::Ident;
use syn::GenericParam;

use crate::clap_attr::Kind;
use crate::errors::Errors;
use crate::model::{Field, Struct};
use crate::ty::Shape;

/// Notes everything that is wrong with a struct.
pub(crate) fn check(read: &Struct<'_>, errors: &mut Errors) {
    no_generics(read, errors);
    for field in &read.fields {
        // Of an attribute that can't be read clap complains, and knows better.
        if field.clap.readable {
            flatten_suits_the_field(field, errors);
            keys_suit_the_field(field, errors);
        }
    }
}

fn no_generics(read: &Struct<'_>, errors: &mut Errors) {
    for parameter in &read.generics.params {
        let what = match parameter {
            GenericParam::Lifetime(_) => "lifetime",
            GenericParam::Type(_) => "type",
            GenericParam::Const(_) => "const",
        };
        errors.at(
            parameter,
            format!("`DynamicFlags` does not support {what} parameters"),
        );
    }
}

fn flatten_suits_the_field(field: &Field<'_>, errors: &mut Errors) {
    let Some(flatten) = &field.flag.flatten else {
        return;
    };
    if field.clap.kind != Kind::Flatten {
        errors.at(
            flatten,
            "`#[flag(flatten)]` goes with clap's own: add `#[command(flatten)]` to this field",
        );
    } else if field.shape == Shape::Optional {
        errors.at(
            field.ty,
            "`#[flag(flatten)]` does not support an `Option`: a struct that may be absent has no flags to change",
        );
    }
}

/// `dynamic`, `validate`, `secret` and `trim` are for flags.
fn keys_suit_the_field(field: &Field<'_>, errors: &mut Errors) {
    let Some(reason) = no_flag_because(field) else {
        return;
    };
    for key in flag_keys(field) {
        errors.at(key, format!("`{key}` is for a flag, and {reason}"));
    }
}

fn flag_keys<'a>(field: &'a Field<'_>) -> impl Iterator<Item = &'a Ident> {
    let flag = &field.flag;
    let validate = flag.validate.iter().map(|validate| &validate.key);
    let trim = flag.trim.iter().map(|trim| &trim.key);
    flag.dynamic
        .iter()
        .chain(validate)
        .chain(&flag.secret)
        .chain(trim)
}

/// Why a field is not a flag, and what to do about it, for the end of a sentence.
fn no_flag_because(field: &Field<'_>) -> Option<&'static str> {
    match field.clap.kind {
        Kind::Flatten => Some(
            "this field is a flattened struct: put it on that struct's own fields, \
             and `#[flag(flatten)]` here",
        ),
        _ if field.flag.flatten.is_some() => {
            Some("this field is to be flattened: put it on the fields of that struct")
        }
        Kind::Skip => Some("clap skips this field"),
        Kind::Subcommand | Kind::ExternalSubcommand => Some("this field is a subcommand"),
        Kind::FromGlobal => {
            Some("this field is a copy of one: put it where the global flag is declared")
        }
        Kind::Arg if field.shape == Shape::Unit => Some("a `()` holds no value"),
        Kind::Arg if !field.clap.long => {
            Some("this argument has no long name: add `long` to its `#[arg(...)]`")
        }
        Kind::Arg => None,
    }
}
