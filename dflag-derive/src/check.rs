//! Rules between attributes, and between an attribute and the field that it stands on.
//!
//! Each error stands under the key that is wrong, and says what to write instead.

use proc_macro2::Ident;

use crate::ast::{Enum, Field, Item, Struct, Variant};
use crate::attr::{ClapAttr, ClapKind, FlagAttr};
use crate::ctxt::Ctxt;
use crate::shape::Shape;

/// Reports everything that is wrong with a struct.
pub(crate) fn check(input: &Struct<'_>, ctxt: &mut Ctxt) {
    check_generics(&input.item, GENERIC_STRUCT, ctxt);
    for field in &input.fields {
        // clap reports its own malformed attributes. What was read of them may be wrong, and
        // would give follow-up errors.
        if field.clap.readable {
            check_clap_keys(&field.clap, "field", ctxt);
            check_flatten(field, ctxt);
            check_subcommand(field, ctxt);
            check_flag_keys(field, ctxt);
            check_show(field, ctxt);
        }
    }
}

/// Reports everything that is wrong with an enum.
pub(crate) fn check_enum(input: &Enum<'_>, ctxt: &mut Ctxt) {
    check_generics(&input.item, GENERIC_ENUM, ctxt);
    for variant in &input.variants {
        if variant.clap.readable {
            check_clap_keys(&variant.clap, "variant", ctxt);
            check_variant(variant, ctxt);
        }
    }
}

const GENERIC_STRUCT: &str = "`DynamicFlags` does not support generic parameters. Derive it for the dynamic part \
    alone: move the dynamic flags into a struct of their own, such as `Live`, that derives `Clone`, `clap::Args` and \
    `DynamicFlags`; flatten it here by `#[command(flatten)] live: Live`; and create its flags from the matches of this \
    command: `Flags::<Live>::from_arg_matches(&matches)`, or, if this is the subcommand `node`, of \
    `matches.subcommand_matches(\"node\")`";

const GENERIC_ENUM: &str = "`DynamicFlags` does not support generic parameters. Derive it for the struct of the \
    subcommand whose flags are dynamic, and create its flags from the matches of that subcommand: \
    `Flags::<Live>::from_arg_matches(matches)` with those of `matches.subcommand_matches(\"node\")`, for a struct `Live` \
    and a subcommand `node`";

fn check_generics(input: &Item<'_>, message: &str, ctxt: &mut Ctxt) {
    if !input.generics.params.is_empty() {
        ctxt.error_at(&input.generics.params, message);
    }
}

/// Keys of ours stand in an attribute of ours.
fn check_clap_keys(clap: &ClapAttr, on: &str, ctxt: &mut Ctxt) {
    for key in &clap.misplaced {
        ctxt.error_at(
            key,
            format!("`{key}` is not one of clap's keys: write `#[flag({key})]` on this {on}"),
        );
    }
}

/// `flatten` requires clap's `flatten`, on a struct that is always present.
fn check_flatten(field: &Field<'_>, ctxt: &mut Ctxt) {
    let Some(flatten) = &field.flag.flatten else {
        return;
    };
    if field.clap.kind == ClapKind::Subcommand {
        ctxt.error_at(
            &flatten.key,
            "this field is a subcommand: write `#[flag(subcommand)]`, and derive `DynamicFlags` for its enum",
        );
    } else if field.clap.kind != ClapKind::Flatten {
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

/// `subcommand` requires clap's `subcommand`.
fn check_subcommand(field: &Field<'_>, ctxt: &mut Ctxt) {
    let Some(subcommand) = &field.flag.subcommand else {
        return;
    };
    match field.clap.kind {
        ClapKind::Subcommand => {}
        ClapKind::Flatten => ctxt.error_at(
            &subcommand.key,
            "this field is a flattened struct: write `#[flag(flatten)]`",
        ),
        _ => ctxt.error_at(
            &subcommand.key,
            "`#[flag(subcommand)]` requires clap's `subcommand`: \
             add `#[command(subcommand)]` to this field",
        ),
    }
}

/// A variant with flags holds a struct, or an enum of further subcommands.
fn check_variant(variant: &Variant<'_>, ctxt: &mut Ctxt) {
    let Variant {
        clap, flag, ident, ..
    } = variant;
    for key in flag_keys(flag).chain(&flag.show) {
        ctxt.error_at(
            key,
            format!("`{key}` applies only to a flag; this is a subcommand: put the key on the fields of its struct"),
        );
    }
    for attr in &variant.inner {
        let message = if variant.content().is_some() {
            "write `#[flag(subcommand)]` on the variant, and other keys on the fields of its struct"
                .to_owned()
        } else {
            format!(
                "a flag that a variant declares itself cannot have this: move the fields of `{ident}` into a struct \
                 `{ident}Args` that derives `clap::Args` and `DynamicFlags`, and write \
                 `#[flag(subcommand)] {ident}({ident}Args)`"
            )
        };
        ctxt.error_at(attr, message);
    }
    if let Some(flatten) = &flag.flatten
        && clap.kind != ClapKind::Flatten
    {
        ctxt.error_at(
            &flatten.key,
            "this variant is a subcommand: write `#[flag(subcommand)]`",
        );
    }
    let Some(subcommand) = &flag.subcommand else {
        return;
    };
    if clap.kind == ClapKind::Flatten {
        ctxt.error_at(
            &subcommand.key,
            "this variant is a flattened enum: write `#[flag(flatten)]`",
        );
    } else if variant.kind().is_none() {
        ctxt.error_at(&subcommand.key, "this subcommand has no flags");
    } else if variant.content().is_none() && variant.inner.is_empty() {
        ctxt.error_at(
            &subcommand.key,
            format!(
                "`#[flag(subcommand)]` requires a variant that holds a struct, such as `{ident}({ident}Args)`, \
                 where `{ident}Args` derives `clap::Args` and `DynamicFlags`"
            ),
        );
    }
}

/// `show` requires a flattened struct whose flags are not those of this one.
fn check_show(field: &Field<'_>, ctxt: &mut Ctxt) {
    let Some(show) = &field.flag.show else {
        return;
    };
    if field.clap.kind != ClapKind::Flatten {
        ctxt.error_at(
            show,
            "`show` applies only to a struct that clap flattens and that does not derive `DynamicFlags`; \
             the value of any other flag is shown unless it is `secret`: remove `show`",
        );
    } else if field.flag.flattens() {
        ctxt.error_at(
            show,
            "the flags of this struct are shown unless they are `secret`: remove `show`",
        );
    }
}

/// Keys such as `dynamic` require a flag, and `salt` a dynamic one.
fn check_flag_keys(field: &Field<'_>, ctxt: &mut Ctxt) {
    let Some(reason) = not_a_flag_because(field) else {
        if let (Some(salt), None) = (&field.flag.salt, &field.flag.dynamic) {
            ctxt.error_at(
                &salt.key,
                "`salt` applies only to a dynamic flag: add `dynamic`, or pass the salt to `Fraction::includes`",
            );
        }
        return;
    };
    for key in flag_keys(&field.flag) {
        ctxt.error_at(key, format!("`{key}` applies only to a flag; {reason}"));
    }
}

fn flag_keys(flag: &FlagAttr) -> impl Iterator<Item = &Ident> {
    let validate = flag.validate.iter().map(|validate| &validate.key);
    let texts = [&flag.salt, &flag.unit, &flag.deprecated];
    let trim = flag.trim.iter().map(|trim| &trim.key);
    flag.dynamic
        .iter()
        .chain(validate)
        .chain(&flag.secret)
        .chain(trim)
        .chain(texts.into_iter().flatten().map(|text| &text.key))
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
        ClapKind::Subcommand => Some(
            "this field is a subcommand: put the key on the fields of the subcommand's struct, \
             and `#[flag(subcommand)]` here",
        ),
        ClapKind::ExternalSubcommand => Some("this field is a subcommand"),
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
