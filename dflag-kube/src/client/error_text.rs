//! The texts of errors, without secrets, for the log and the status.

use std::error::Error;

use kube::client::AuthError;
use kube::config::KubeconfigError;

/// The text of an error and of what caused it.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    if let Some(text) = causes(error).find_map(without_secrets) {
        return text;
    }
    let mut text = error.to_string();
    for cause in causes(error).skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// Whether the error is about credentials.
pub(super) fn is_of_credentials(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(<dyn Error>::is::<AuthError>)
}

/// The error, and what caused it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The text for an error whose own text, and so that of each error around it, quotes a program's environment or output,
/// or a file with credentials.
fn without_secrets(error: &(dyn Error + 'static)) -> Option<String> {
    const PROGRAM: &str = "the program that the kubeconfig names for a token";
    match error.downcast_ref::<AuthError>() {
        Some(AuthError::AuthExecRun { out, .. }) => {
            return Some(format!("{PROGRAM} failed with {}", out.status));
        }
        Some(AuthError::AuthExecParse(_)) => {
            return Some(format!("{PROGRAM} wrote what is no `ExecCredential`"));
        }
        _ => {}
    }
    match error.downcast_ref::<KubeconfigError>()? {
        KubeconfigError::Parse(error) => {
            let place = error
                .location()
                .map(|at| format!(" in line {}, column {}", at.line(), at.column()));
            let place = place.unwrap_or_default();
            Some(format!("the kubeconfig has an error{place}"))
        }
        _ => None,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{ExitStatus, Output};

    use kube::client::AuthError;
    use kube::config::Kubeconfig;

    use super::{chain, is_of_credentials};

    #[test]
    fn neither_the_environment_nor_the_output_of_a_program_is_shown() {
        let run = || AuthError::AuthExecRun {
            cmd: "env SECRET=a login".to_owned(),
            out: Box::new(Output {
                status: ExitStatus::from_raw(0x100),
                stdout: b"SECRET-b".to_vec(),
                stderr: b"SECRET-c".to_vec(),
            }),
        };
        for error in [
            // When a connection is made, and when a token that expires is renewed.
            kube::Error::Auth(run()),
            kube::Error::Service(Box::new(run())),
        ] {
            assert!(is_of_credentials(&error));
            let text = chain(&error);
            assert!(!text.contains("SECRET"), "{text}");
            assert!(text.contains("failed with exit status: 1"), "{text}");
        }
    }

    #[test]
    fn kubeconfig_with_an_error_is_not_quoted() {
        let text = "users:\n- name: me\n  user: {token: SECRET}\nclusters: 7\n";
        let error = Kubeconfig::from_yaml(text).unwrap_err();
        let text = chain(&error);
        assert!(!text.contains("SECRET"), "{text}");
        assert!(text.contains("line 4"), "{text}");
    }

    #[test]
    fn each_cause_is_told_once() {
        let refused = std::io::Error::other("refused");
        let error = kube::Error::ReadEvents(refused);
        assert_eq!(chain(&error), "Error reading events stream: refused");
        assert!(!is_of_credentials(&error));
    }
}
