//! The manifest: the policy and its binding as YAML.

use std::fmt::Write as _;

use dflag::OnInvalid;

use super::object::Object;
use crate::escape::Escaped;
use crate::options::Options;

/// A variable of the policy.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) expression: String,
    /// Whether its value is a list of problems.
    pub(super) has_problems: bool,
    /// Whether the keys are in `binaryData`.
    pub(super) binary: bool,
}

/// The characters of a message, so that its bytes stay below the 5 KiB that the API server permits.
const MAX_MESSAGE: usize = 1000;

/// Only content counts: labels, annotations and finalizers of a map that is stored already can be changed whatever it
/// holds, and it can be deleted.
const CONTENT_CHANGED: &str = "!has(object.metadata.deletionTimestamp) && (oldObject == null
|| has(object.data) != has(oldObject.data)
|| (has(object.data) && object.data != oldObject.data)
|| has(object.binaryData) != has(oldObject.binaryData)
|| (has(object.binaryData) && object.binaryData != oldObject.binaryData))";

const HEAD: &str = "\
# An admission policy: the API server rejects a ConfigMap that the program would reject. Apply it after each change of
# the program's flags or options. Two things that the program reads are rejected: a key that mixes `-` and `_`, and a
# flag's key in `binaryData`.
";

/// The YAML of a policy.
pub(super) fn yaml(
    object: &Object,
    variables: &[Variable],
    remarks: &[String],
    options: &Options,
) -> String {
    let mut yaml = String::from(HEAD);
    let keeps_valid = options.on_invalid == OnInvalid::KeepValid;
    let actions = if keeps_valid {
        yaml.push_str(
            "# The program applies the valid keys of a map and rejects only the others. So the binding warns.\n",
        );
        "[Warn, Audit]"
    } else {
        yaml.push_str(
            "# To begin with warnings, set the binding's validationActions to [Warn, Audit].\n",
        );
        "[Deny]"
    };
    yaml.push_str(
        "#\n# Left to the program:\n# - rules across flags, and checks of the program's own\n",
    );
    for remark in remarks {
        let _ = writeln!(yaml, "# - {}", Escaped(remark));
    }
    let policy = text(&object.policy);
    let _ = write!(
        yaml,
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {policy}
spec:
  # A map that costs more than the API server permits passes. The program judges it in any case.
  failurePolicy: Ignore
  matchConstraints:
    resourceRules:
    - apiGroups: ['']
      apiVersions: ['v1']
      operations: ['CREATE', 'UPDATE']
      resources: ['configmaps']
      resourceNames: [{}]
  matchConditions:
  # Labels, annotations and finalizers of a stored map can be changed whatever it holds.
  - name: content-changed
    expression: |-
",
        text(&object.name)
    );
    indented(&mut yaml, CONTENT_CHANGED);
    if !variables.is_empty() {
        yaml.push_str("  variables:\n");
    }
    for variable in variables {
        let _ = writeln!(yaml, "  - name: {}\n    expression: |-", variable.name);
        indented(&mut yaml, &variable.expression);
    }
    yaml.push_str("  validations:\n");
    validation(&mut yaml, variables, false);
    validation(&mut yaml, variables, true);
    let _ = write!(
        yaml,
        "---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {policy}
spec:
  policyName: {policy}
  validationActions: {actions}
  matchResources:
    namespaceSelector:
      matchLabels:
        kubernetes.io/metadata.name: {}
",
        text(&object.namespace)
    );
    yaml
}

/// One validation for all problems, because only the message of the first that fails is shown.
fn validation(yaml: &mut String, variables: &[Variable], binary: bool) {
    let these = variables
        .iter()
        .filter(|one| one.has_problems && one.binary == binary);
    let names: Vec<String> = these.map(|one| format!("variables.{}", one.name)).collect();
    let field = if binary { "binaryData" } else { "data" };
    if names.is_empty() {
        if !binary {
            yaml.push_str("  - expression: '!has(object.data) || true'\n");
        }
        return;
    }
    let problems = names.join("\n+ ");
    yaml.push_str("  - expression: |-\n");
    indented(yaml, &format!("!has(object.{field}) || ({problems}) == []"));
    yaml.push_str("    messageExpression: |-\n");
    let message = format!(
        "[({problems}).join('; ')]\n\
         .map(m, m.size() > {MAX_MESSAGE} ? m.substring(0, {MAX_MESSAGE}) + '... and more' : m)[0]"
    );
    indented(yaml, &message);
}

fn indented(yaml: &mut String, text: &str) {
    for line in text.lines() {
        yaml.extend(["      ", line, "\n"]);
    }
}

/// A name, which has no characters that would be escaped, as a text: it may look like a number.
fn text(name: &str) -> String {
    format!("'{name}'")
}
