//! Rules between attributes, and between an attribute and the field that it stands on.
//!
//! Each error stands under the key that is wrong, and says what to write instead.

use proc_macro2::Ident;
use syn::GenericParam;

use crate::ast::{Field, Struct};
use crate::attr::ClapKind;
use crate::ctxt::Ctxt;
use crate::shape::Shape;

/// Reports everything that is wrong with a struct.
pub(crate) fn check(input: &Struct<'_>, ctxt: &mut Ctxt) {
    check_generics(input, ctxt);
    for field in &input.fields {
        // clap reports its own malformed attributes. What was read of them may be wrong, and
        // would give follow-up errors.
        if field.clap.readable {
            check_clap_keys(field, ctxt);
            check_flatten(field, ctxt);
            check_flag_keys(field, ctxt);
        }
    }
}

fn check_generics(input: &Struct<'_>, ctxt: &mut Ctxt) {
    for parameter in &input.generics.params {
        let kind = match parameter {
            GenericParam::Lifetime(_) => "lifetime",
            GenericParam::Type(_) => "type",
            GenericParam::Const(_) => "const",
        };
        ctxt.error_at(
            parameter,
            format!("`DynamicFlags` does not support {kind} parameters"),
        );
    }
}

/// Keys of ours stand in an attribute of ours.
fn check_clap_keys(field: &Field<'_>, ctxt: &mut Ctxt) {
    for key in &field.clap.misplaced {
        ctxt.error_at(
            key,
            format!("`{key}` is not one of clap's keys: write `#[flag({key})]` on this field"),
        );
    }
}

/// `flatten` requires clap's `flatten`, on a struct that is always present.
fn check_flatten(field: &Field<'_>, ctxt: &mut Ctxt) {
    let Some(flatten) = &field.flag.flatten else {
        return;
    };
    if field.clap.kind != ClapKind::Flatten {
        ctxt.error_at(
            &flatten.key,
            "`#[flag(flatten)]` requires clap's `flatten`: add `#[command(flatten)]` to this field",
        );
    } else if flatten.enabled && field.shape == Shape::Optional {
        ctxt.error_at(
            &field.ty,
            "`#[flag(flatten)]` does not support an `Option`: \
             a struct that may be absent has no flags to change",
        );
    }
}

/// `dynamic`, `validate`, `secret` and `trim` require a flag.
fn check_flag_keys(field: &Field<'_>, ctxt: &mut Ctxt) {
    let Some(reason) = not_a_flag_because(field) else {
        return;
    };
    for key in flag_keys(field) {
        ctxt.error_at(key, format!("`{key}` applies only to a flag; {reason}"));
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

/// Why a field is not a flag and, where there is one, the remedy.
fn not_a_flag_because(field: &Field<'_>) -> Option<&'static str> {
    match field.clap.kind {
        ClapKind::Flatten => Some(
            "this field is a flattened struct: put the key on that struct's own fields, \
             and `#[flag(flatten)]` here",
        ),
        _ if field.flag.flatten.is_some() => {
            Some("this field is flattened: put the key on the fields of its struct")
        }
        ClapKind::Skip => Some("clap skips this field"),
        ClapKind::Subcommand | ClapKind::ExternalSubcommand => Some("this field is a subcommand"),
        ClapKind::FromGlobal => {
            Some("this field copies a global flag: put the key where that flag is declared")
        }
        ClapKind::Arg if field.shape == Shape::Unit => Some("a `()` holds no value"),
        ClapKind::Arg if !field.clap.long => {
            Some("this argument has no long name: add `long` to its `#[arg(...)]`")
        }
        ClapKind::Arg => None,
    }
}
