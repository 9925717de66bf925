//! The admission policy: what the API server rejects before it stores a ConfigMap, because the program would reject it.
//!
//! A `ValidatingAdmissionPolicy` is CEL, which knows neither clap nor the program. So the policy rejects a text only if
//! its flag's schema says that the program rejects it, and lists as comments what it leaves to the program. The API
//! server bounds the cost of each expression; the flags' keys are constants in it, in rows of equal checks, so that its
//! size grows with the flags only and no expression iterates over the keys of the map, which may be many more.

mod cel;
mod check;
mod expression;
mod keys;
mod manifest;
mod object;
mod pattern;
mod rows;
mod unknown;

use dflag::FlagSchema;

use self::object::Object;
pub use self::object::PolicyError;
use super::object_name::ObjectName;
use crate::builder::Builder;
use crate::options::Options;

/// A policy and its binding as YAML. `command` is the program's, which declares the flags.
///
/// # Errors
/// No ConfigMap can have the namespace or the name.
pub(crate) fn policy(
    flags: &[FlagSchema],
    command: &clap::Command,
    options: &Options,
    (namespace, name): (&str, &str),
) -> Result<String, PolicyError> {
    let object = Object::new(namespace, name, &options.keys.prefix)?;
    let keys = keys::of_flags(flags, command, options);
    let mut rows = rows::of_flags(flags, &keys);
    let mut variables = rows.variables();
    if options.deny_unknown {
        variables.extend(unknown::variables(
            flags,
            command,
            options,
            &mut rows.remarks,
        ));
    }
    Ok(manifest::yaml(&object, &variables, &rows.remarks, options))
}

/// Reads `NAMESPACE/NAME`.
///
/// # Errors
/// Anything else, or what Kubernetes does not permit.
pub(crate) fn with_namespace(text: &str) -> Result<ObjectName, String> {
    let object: ObjectName = text.parse()?;
    let namespace = object
        .namespace()
        .ok_or("expected NAMESPACE/NAME: a policy is an object of the cluster")?;
    Object::new(namespace, object.name(), "").map_err(|error| error.to_string())?;
    Ok(object)
}

impl<F> Builder<F> {
    /// The admission policy of the ConfigMap `namespace/name` for a program with these flags and options, as YAML: a
    /// `ValidatingAdmissionPolicy` and its binding, for Kubernetes 1.30 or newer.
    ///
    /// `flags` are those that [`Flags::describe`](dflag::Flags::describe) returns, and `command` is the program's.
    /// The policy rejects a ConfigMap only if the program would, with two exceptions: a key that mixes `-` and `_`,
    /// and a flag's key in `binaryData`, unless the flag's value is raw bytes. With
    /// [`OnInvalid::KeepValid`](dflag::OnInvalid::KeepValid) the program rejects single keys only, and the policy
    /// warns. What CEL can't judge is a comment.
    ///
    /// ```
    /// # use clap::{CommandFactory, Parser};
    /// # use dflag::{DynamicFlags, Flags};
    /// use dflag_configmap::Updater;
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long, default_value_t = 3)]
    ///     #[flag(dynamic)]
    ///     limit: u8,
    /// }
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let flags = Flags::<Args>::describe(["server"])?;
    /// let builder = Updater::builder(&args, "/etc/dflag");
    /// let policy = builder.admission_policy(&flags, &Args::command(), "production", "server-flags")?;
    /// assert!(policy.contains("name: 'dflag.production.server-flags'"));
    /// assert!(policy.contains("an integer from 0 to 255 is required"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Kubernetes permits no ConfigMap of this namespace and name.
    pub fn admission_policy(
        &self,
        flags: &[FlagSchema],
        command: &clap::Command,
        namespace: &str,
        name: &str,
    ) -> Result<String, PolicyError> {
        policy(flags, command, &self.options, (namespace, name))
    }
}
