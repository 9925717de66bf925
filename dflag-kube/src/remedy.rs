//! Remedies: what to do about a failure.

use crate::client::Failure;
use crate::name::ObjectName;

/// What to do about `failure`, after a semicolon; empty if nothing can be said.
pub(crate) fn remedy(failure: &Failure, name: &ObjectName) -> String {
    let (namespace, object) = (name.namespace(), name.name());
    match failure {
        Failure::Forbidden(message) => {
            let verb = ["list", "watch"]
                .into_iter()
                .find(|verb| message.contains(&format!("cannot {verb} ")));
            let missing = verb.map_or_else(String::new, |verb| {
                format!("the verb `{verb}` is missing; ")
            });
            format!(
                "; {missing}grant it with `kubectl create role {object}-reader --namespace={namespace} \
                 --verb=list,watch --resource=configmaps --resource-name={object}` and `kubectl create rolebinding \
                 {object}-reader --namespace={namespace} --role={object}-reader --serviceaccount=NAMESPACE:NAME`"
            )
        }
        Failure::Credentials(_) => {
            "; run it in a pod with a service account, or name a kubeconfig".to_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::remedy;
    use crate::client::Failure;
    use crate::name::ObjectName;

    #[test]
    fn denial_names_the_missing_verb_and_the_role() {
        let name = ObjectName::new("prod", "flags").unwrap();
        for verb in ["list", "watch"] {
            let message = format!("User \"reader\" cannot {verb} resource \"configmaps\"");
            let text = remedy(&Failure::Forbidden(message), &name);
            assert!(
                text.contains(&format!("the verb `{verb}` is missing")),
                "{text}"
            );
            assert!(text.contains("--resource-name=flags"), "{text}");
        }
    }
}
