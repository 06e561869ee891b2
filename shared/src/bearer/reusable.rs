//! Secrets that could be used elsewhere: an issuer that the MCP server alone names is sent none of them.

use crate::bearer::options::BearerOptions;
use crate::bearer::parameters::named;
use crate::error::{Error, Redactor, Report};
use crate::header::HeaderTemplate;
use crate::header::Template;
use crate::jwt::claims::NamedJson;
use crate::oauth::client::Method;
use crate::oauth::grant::Grant;
use crate::oauth::url::Endpoint;
use crate::secret::words::quoted;

impl BearerOptions {
    /// `--any-issuer` is about what `--discover` finds.
    ///
    /// # Errors
    /// [`Error::Usage`] for `--any-issuer` without it, or with the issuer that must be found.
    pub(super) fn check_any_issuer(&self) -> Result<(), Error> {
        let named = &self.origin;
        let (cause, remedy) = match (named.any_issuer, named.discover, &named.issuer) {
            (false, ..) | (true, true, None) => return Ok(()),
            (true, _, Some(_)) => ("--issuer says which one it must be", "remove one of them"),
            (true, false, None) => {
                ("it applies to the issuer that --discover finds", "give --discover too, or remove it")
            }
        };
        Err(Error::Usage(Report::of("--any-issuer", " cannot be used here", cause, remedy)))
    }

    /// Whether client and `grant` may be sent to `issuer`, which `--discover` found.
    ///
    /// # Errors
    /// [`Error::Usage`] when a secret among them could be used elsewhere, and nothing on the command line or in the profile
    /// says that it is meant for this issuer.
    pub(super) fn check_issuer(&self, grant: &Grant, issuer: &Endpoint, redactor: &Redactor) -> Result<(), Error> {
        if self.origin.any_issuer || self.origin.issuer.is_some() {
            return Ok(());
        }
        let reusable = self.reusable(grant)?;
        if reusable.is_empty() {
            return Ok(());
        }
        let them = if reusable.len() > 1 { "they are" } else { "it is" };
        let shown = issuer.shown_with_path(redactor);
        let fact = format_args!("{} cannot be sent to the issuer {shown}", reusable.join(" and "));
        let cause = "the MCP server named this issuer, and with --discover alone no credential is sent that could be used elsewhere";
        // What is not shown as it is cannot be typed.
        let its_name = if shown == issuer.as_str() { quoted(&shown) } else { "URL".to_owned() };
        let remedy = format_args!(
            "add --issuer {its_name} if {them} meant for that issuer, or --any-issuer to trust any issuer that the MCP server names"
        );
        Err(Error::Usage(Report::new(fact, cause, remedy).and_all(reusable)))
    }

    /// The options by which a secret that could be used elsewhere would be sent with `grant`. What the server's metadata
    /// might choose counts as chosen. A certificate is none: its key signs the handshake with this one server.
    fn reusable(&self, grant: &Grant) -> Result<Vec<&'static str>, Error> {
        let Self { client, grant: given, assertion, .. } = self;
        let way = client.client_auth;
        let mut reusable = Vec::new();
        let mut add = |is_reusable: bool, option: &'static str| {
            if is_reusable {
                reusable.push(option);
            }
        };
        let sends_secret = !matches!(way, Some(Method::None | Method::PrivateKeyJwt | Method::Tls));
        let signs = client.client_key.is_some() && matches!(way, None | Some(Method::PrivateKeyJwt));
        add(client.client_secret.is_some() && sends_secret, "--client-secret");
        add(client.client_assertion.is_some(), "--client-assertion");
        add(client.client_aud.is_some() && signs, "--client-aud");
        let mut signs_grant = false;
        match grant {
            // What a sign-in brought is for the issuer that it came from.
            Grant::ClientCredentials
            | Grant::Extension(_)
            | Grant::AuthorizationCode { .. }
            | Grant::DeviceCode(_)
            | Grant::SignIn(_) => {}
            Grant::RefreshToken(_) => add(true, "--refresh-token"),
            Grant::TokenExchange { .. } => add(true, "--subject-token"),
            Grant::ReadyAssertion(_) => add(true, "--assertion"),
            Grant::JwtBearer(signed) => {
                signs_grant = true;
                // Whoever has what a shared secret signed can try secrets until one fits.
                add(signed.is_shared(), "--assertion-key");
                add(!assertion.aud.is_empty(), "--aud");
            }
        }
        for (is_sent, option, texts) in [
            (true, "--param-json", &given.param_json),
            (signs, "--client-claim-json", &client.client_claim_json),
            (signs_grant, "--assertion-claim-json", &assertion.assertion_claim_json),
        ] {
            let named = texts.iter().map(|text| NamedJson::parse(option, text)).collect::<Result<Vec<_>, Error>>()?;
            let tells = |named: &NamedJson| named.json.template().reads_source() || signs_for(option, &named.name);
            add(is_sent && named.iter().any(tells), option);
        }
        let sent = [
            (true, "--client-id", client.client_id.as_slice()),
            (signs, "--client-kid", client.client_kid.as_slice()),
            (true, "--scope", &given.scope[..]),
            (true, "--audience", &given.audience[..]),
            (true, "--resource", &given.resource[..]),
            (signs_grant, "--assertion-kid", assertion.assertion_kid.as_slice()),
            (signs_grant, "--iss", assertion.iss.as_slice()),
            (signs_grant, "--sub", assertion.sub.as_slice()),
        ];
        for (is_sent, option, texts) in sent {
            let templates = texts.iter().map(|text| Template::parse(option, text, &[]));
            let templates = templates.collect::<Result<Vec<_>, Error>>()?;
            add(is_sent && templates.iter().any(Template::reads_source), option);
        }
        let lists = [
            (true, "--param", &given.param),
            (signs, "--client-claim", &client.client_claim),
            (signs_grant, "--assertion-claim", &assertion.assertion_claim),
        ];
        for (is_sent, option, texts) in lists {
            let parameters = named(option, texts).collect::<Result<Vec<_>, Error>>()?;
            add(is_sent && parameters.iter().any(|parameter| parameter.template.reads_source()), option);
        }
        let headers = given.token_header.iter().map(|text| HeaderTemplate::of_request("--token-header", text));
        let headers = headers.collect::<Result<Vec<_>, Error>>()?;
        add(headers.iter().any(|header| header.value().reads_source()), "--token-header");
        Ok(reusable)
    }
}

/// Whether a claim of this option says for whom an assertion is.
fn signs_for(option: &str, claim: &str) -> bool {
    option != "--param-json" && claim == "aud"
}
