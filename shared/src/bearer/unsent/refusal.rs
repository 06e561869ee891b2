//! What is said of an option that is not sent.

use super::{Needs, Way};
use crate::bearer::options::BearerOptions;
use crate::error::{Error, Report};
use crate::oauth::kind::Kind;

impl Way<'_> {
    /// The refusal of an option that is not sent: which way was chosen by which option, and what was probably meant.
    #[cold]
    pub(super) fn refusal(self, option: &str, needs: Needs, options: &BearerOptions) -> Error {
        let by = self.chosen_by(needs, options);
        let fact = match &by {
            Some((by, "")) => format!(" cannot be used with {by}"),
            Some((by, value)) => format!(" cannot be used with {by} {value}"),
            None => " cannot be used here".to_owned(),
        };
        let report = Report::of(option, fact, self.cause(needs, options), self.remedy(option, needs, options));
        Error::Usage(report.and_all(by.map(|(by, _)| by)))
    }

    /// The option that chose what the option is not sent with, and its value where messages name that; `None` where it is
    /// the default.
    fn chosen_by<'o>(&'o self, needs: Needs, options: &'o BearerOptions) -> Option<(&'static str, &'o str)> {
        let BearerOptions { client, grant, assertion, .. } = options;
        let kind = match self {
            Self::Token => return Some(("--token", "")),
            Self::Command => return Some(("--command", "")),
            Self::Installation => return Some(("--preset", "github-installation")),
            Self::Endpoint(kind, _) => kind,
        };
        let given = |name, is_given: bool| is_given.then_some((name, ""));
        match needs {
            Needs::Command | Needs::Preset | Needs::Request | Needs::Endpoint | Needs::ClientAssertion => None,
            Needs::JsonBody => grant.body.map(|_| ("--body", "form")),
            Needs::ClientSecret | Needs::ClientKey | Needs::ClientSigned | Needs::ClientKeySigned => {
                given("--client-assertion", client.client_assertion.is_some())
                    .or_else(|| client.client_auth.map(|method| ("--client-auth", method.name())))
                    .or_else(|| given("--client-key", client.client_key.is_some()))
                    .or_else(|| given("--client-secret", client.client_secret.is_some()))
                    .or_else(|| given("--tls-cert", client.tls_cert.is_some()))
            }
            Needs::GrantSigned if **kind == Kind::JwtBearer => given("--assertion", true),
            _ if grant.grant.is_some() => Some(("--grant", kind.name())),
            _ => match kind {
                Kind::RefreshToken => given("--refresh-token", true),
                Kind::TokenExchange => given("--subject-token", true),
                Kind::JwtBearer if assertion.assertion.is_some() => given("--assertion", true),
                Kind::JwtBearer => given("--assertion-key", true),
                Kind::ClientCredentials
                | Kind::Extension(_)
                | Kind::AuthorizationCode
                | Kind::DeviceCode
                | Kind::SignIn => None,
            },
        }
    }

    fn cause(self, needs: Needs, options: &BearerOptions) -> String {
        let (grant, methods) = match self {
            Self::Token => return "the token is read from its source, and no token request is sent".to_owned(),
            Self::Command => return "a program is run for the token, and no token request is sent".to_owned(),
            Self::Installation => return "the preset sends a request of its own, without it".to_owned(),
            Self::Endpoint(grant, methods) => (grant.name(), methods),
        };
        let method = methods.first().map_or("none", |method| method.name());
        match needs {
            Needs::Command => {
                "it names a variable on which the token of a command depends, and there is no --command".to_owned()
            }
            Needs::Preset => format!("only {GITHUB} uses it"),
            Needs::JsonBody => "it is a member of a JSON body, and the body is a form".to_owned(),
            Needs::ClientAssertion => "it says what --client-assertion is, and there is none".to_owned(),
            Needs::ClientSigned | Needs::ClientKeySigned if options.client.client_assertion.is_some() => {
                READY_MADE.to_owned()
            }
            Needs::ClientSigned | Needs::ClientKeySigned => {
                format!("it shapes an assertion of the client, and client authentication {method} sends none")
            }
            Needs::ClientSecret | Needs::ClientKey => format!("client authentication {method} does not use it"),
            Needs::GrantSigned if options.assertion.assertion.is_some() => READY_MADE.to_owned(),
            Needs::GrantSigned => format!("it shapes an assertion that is the grant, and the grant is {grant}"),
            _ => format!("the grant {grant} does not send it"),
        }
    }

    /// What was probably meant.
    fn remedy(self, option: &str, needs: Needs, options: &BearerOptions) -> String {
        let remove = format!("remove {option}");
        let is_ready_made = options.client.client_assertion.is_some() && option.starts_with("--client")
            || options.assertion.assertion.is_some() && needs == Needs::GrantSigned;
        match (self, needs) {
            (_, Needs::Preset) => format!("add {GITHUB}, or {remove}"),
            (Self::Token, _) => remove,
            _ if option == "--any-issuer" => remove,
            (Self::Command, _) => format!("put it into the command line of --command, or {remove}"),
            (Self::Installation, _) => match option {
                "--client-id" | "--iss" => format!("write --app-id, or {remove}"),
                "--client-key" => format!("write --assertion-key, or {remove}"),
                "--scope" => format!("name what the token may do with --param-json 'permissions={{…}}', or {remove}"),
                "--body" => format!("{remove}: the body is JSON"),
                _ => remove,
            },
            (_, Needs::Command) => "remove it, or give --command".to_owned(),
            (_, Needs::JsonBody) => "add --body json, or write --param NAME=TEXT".to_owned(),
            _ if is_ready_made => remove,
            (_, Needs::ClientSecret | Needs::ClientKey) => format!("choose another --client-auth, or {remove}"),
            (_, Needs::ClientSigned | Needs::GrantSigned) if option.ends_with("-aud") || option == "--aud" => {
                format!("write --audience for the audience of the token, or {remove}")
            }
            (_, Needs::ClientSigned | Needs::ClientKeySigned) => format!("give --client-key SOURCE, or {remove}"),
            (_, Needs::ClientAssertion) => "give --client-assertion SOURCE, or remove it".to_owned(),
            (_, Needs::GrantSigned) if option == "--iss" => {
                format!("write --issuer for the issuer of the token, give --assertion-key SOURCE, or {remove}")
            }
            (_, Needs::GrantSigned) => format!("give --assertion-key SOURCE, or {remove}"),
            (Self::Endpoint(Kind::Extension(_), _), _) => {
                let name = option.trim_start_matches('-').replace('-', "_");
                format!("write --param {}='{{file:PATH}}', or {remove}", name.trim_end_matches("_key"))
            }
            (_, Needs::SubjectToken) if option == "--subject-token-type" => {
                format!("give --subject-token SOURCE, or {remove}")
            }
            (_, Needs::RefreshToken) => format!("choose --grant {}, or {remove}", Kind::RefreshToken.name()),
            (_, Needs::SubjectToken) => format!("choose --grant {}, or {remove}", Kind::TokenExchange.name()),
            (_, Needs::Assertion | Needs::AssertionKey) => {
                format!("choose --grant {}, or {remove}", Kind::JwtBearer.name())
            }
            (_, Needs::Request | Needs::Endpoint) => remove,
        }
    }
}

/// The preset as it is given.
pub(super) const GITHUB: &str = "--preset github-installation";
const READY_MADE: &str = "it shapes an assertion that is signed here, and this one is ready-made";
