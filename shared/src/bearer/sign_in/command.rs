//! The command that signs in, as it can be typed in a terminal, and the messages that hold it.

use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::options::BearerOptions;
use crate::bearer::ready::is_of_profile;
use crate::config::Profile;
use crate::error::{Error, OutsideText, Report};
use crate::oauth::client::Method;
use crate::os::user_key::STATE_DIRECTORY;
use crate::run::Run;
use crate::secret::words::quoted;

impl BearerOptions {
    /// Nobody is signed in.
    #[cold]
    pub(in crate::bearer) fn not_signed_in(&self, place: &EndpointLookup, run: &Run) -> Error {
        let cause = format_args!("run {} in a terminal", self.login_command(place, run));
        Error::Secret(Report::new("not signed in", cause, "the next run uses that sign-in"))
    }

    /// What a sign-in brought is used up, and nothing renews it.
    #[cold]
    pub(in crate::bearer) fn sign_in_ended(&self, place: &EndpointLookup, run: &Run) -> Error {
        let fact = "not signed in any more";
        let cause = "the access token has expired, and the server issued no refresh token";
        let remedy = format_args!("run {} in a terminal", self.login_command(place, run));
        Error::Secret(Report::new(fact, cause, remedy))
    }

    /// This command line's `login`. What a profile gives is left to the profile, and what cannot be shown is named.
    fn login_command(&self, place: &EndpointLookup, run: &Run) -> String {
        let Self { origin, client, grant, keeping, login, .. } = self;
        let mut words = vec!["hdr-bearer-refresh".to_owned()];
        let mut add = |option: &str, value: Option<&str>, stand_in: &str| {
            let Some(value) = value.filter(|_| !is_of_profile(option, run)) else { return };
            let shown = OutsideText::new(value).shown_with_path(run.notes().redactor());
            words.push(option.to_owned());
            words.push(if shown == value { quoted(value) } else { stand_in.to_owned() });
        };
        add("--profile", run.profile().map(Profile::name), "NAME");
        add("--token-url", origin.token_url.as_deref(), "URL");
        add("--issuer", origin.issuer.as_deref(), "ISSUER");
        if let EndpointLookup::Server { server, .. } = place {
            add("--server-url", Some(server.as_str()), "URL");
        }
        add("--client-id", client.client_id.as_deref(), "ID");
        for (option, source) in [
            ("--client-secret", &client.client_secret),
            ("--client-key", &client.client_key),
            ("--client-kid", &client.client_kid),
            ("--client-alg", &client.client_alg),
            ("--client-cert", &client.client_cert),
            ("--client-aud", &client.client_aud),
            ("--client-assertion", &client.client_assertion),
            ("--client-auth", &client.client_auth.map(|method: Method| method.name().to_owned())),
            ("--tls-cert", &client.tls_cert),
            ("--tls-key", &client.tls_key),
            ("--authorization-url", &login.authorization_url),
            ("--device-url", &login.device_url),
            ("--revocation-url", &login.revocation_url),
            ("--redirect-url", &login.redirect_url),
            ("--ca-cert", &origin.ca_cert),
            ("--proxy", &origin.proxy),
            ("--state-dir", &Some(keeping.state_dir.clone()).filter(|directory| directory != STATE_DIRECTORY)),
        ] {
            add(option, source.as_deref(), "VALUE");
        }
        for (option, values) in [
            ("--scope", &grant.scope),
            ("--audience", &grant.audience),
            ("--resource", &grant.resource),
            ("--param", &grant.param),
            ("--token-header", &grant.token_header),
            ("--login-param", &login.login_param),
        ] {
            for value in values {
                add(option, Some(value), "VALUE");
            }
        }
        for (flag, is_given) in [("--discover", origin.discover), ("--any-issuer", origin.any_issuer)] {
            if is_given && !is_of_profile(flag, run) {
                words.push(flag.to_owned());
            }
        }
        words.push("login".to_owned());
        words.join(" ")
    }
}
