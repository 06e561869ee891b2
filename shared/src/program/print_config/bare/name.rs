//! Names of headers, parameters, claims and variables that say that a credential is there.

use crate::client::known::is_taken_for_credential;

/// Parts of a name, besides those that clients take for a credential in the name of a variable.
const PARTS: [&str; 15] = [
    "ASSERTION",
    "AUTHORIZATION",
    "AUTHENTICATION",
    "BEARER",
    "JWT",
    "OTP",
    "PASS",
    "PASSCODE",
    "PIN",
    "PWD",
    "SECRETS",
    "SESSION",
    "SESSIONID",
    "TOKENS",
    "VERIFIER",
];

/// Ends of such parts, where nothing stands between two words.
const ENDS: [&str; 15] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "CREDENTIALS",
    "COOKIE",
    "APIKEY",
    "SECRETKEY",
    "PRIVATEKEY",
    "ACCESSKEY",
    "ASSERTION",
    "SAMLRESPONSE",
    "SESSID",
];

/// Whole names of what is exchanged for a token, or is one in a URL.
const WHOLE: [&str; 11] = [
    "AUTH_CODE",
    "AUTHORIZATION_CODE",
    "AUTH_REQ_ID",
    "CODE",
    "CONNECT_SID",
    "DEVICE_CODE",
    "SAML_RESPONSE",
    "SID",
    "SIG",
    "TICKET",
    "USER_CODE",
];

/// The last part of a name that only describes a credential: its type, its user.
const DESCRIBING: [&str; 23] = [
    "ALG",
    "ALGORITHM",
    "AT",
    "AUDIENCE",
    "EMAIL",
    "ENDPOINT",
    "EXPIRES",
    "FORMAT",
    "ID",
    "IDS",
    "LIFETIME",
    "METHOD",
    "NAME",
    "SCOPE",
    "TIME",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "USE",
    "USER",
    "USERNAME",
    "VERSION",
];

/// The last part of a name whose value may look random and is public all the same.
const IDENTIFYING: [&str; 17] = [
    "AUD",
    "AZP",
    "DIGEST",
    "FINGERPRINT",
    "HASH",
    "ID",
    "IDS",
    "ISS",
    "JTI",
    "KID",
    "NONCE",
    "SHA",
    "SUB",
    "THUMBPRINT",
    "UID",
    "URI",
    "URL",
];

/// The last part of the name of a variable that says where a credential is kept.
const LOCATING: [&str; 8] = ["CONFIG", "CREDENTIALS", "DIR", "FILE", "GNUPGHOME", "HOME", "PATH", "SOCK"];

/// What a value holds, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// A scheme and a credential.
    Authorization,
    /// A credential.
    Credential,
    /// What may look like one, but only identifies.
    Identifier,
    Other,
}

impl Holder {
    /// That of a header, a parameter or a claim of this name.
    pub(super) fn named(name: &str) -> Self {
        let separated = separated(name.trim());
        let last = last(&separated);
        if names_credential(&separated) {
            return if last == "AUTHORIZATION" { Self::Authorization } else { Self::Credential };
        }
        if IDENTIFYING.contains(&last) { Self::Identifier } else { Self::Other }
    }

    pub(super) fn is_credential(self) -> bool {
        matches!(self, Self::Authorization | Self::Credential)
    }
}

/// Whether a variable of this name says where a credential is kept.
pub(super) fn names_place(variable: &str) -> bool {
    LOCATING.contains(&last(&separated(variable))) || variable.eq_ignore_ascii_case("KUBECONFIG")
}

fn names_credential(separated: &str) -> bool {
    if WHOLE.contains(&separated.strip_prefix("X_").unwrap_or(separated)) {
        return true;
    }
    // That of a token may itself be one: `id_token_hint`.
    let describes = DESCRIBING.contains(&last(separated)) || separated.ends_with("TYPE_HINT");
    let is_one = |part: &str| PARTS.contains(&part) || ENDS.iter().any(|end| part.ends_with(end));
    !describes && (is_taken_for_credential(separated) || separated.split('_').any(is_one))
}

fn last(separated: &str) -> &str {
    separated.rsplit('_').next().unwrap_or_default()
}

/// A name in capitals with an underscore between its words, as variables have it.
fn separated(name: &str) -> String {
    let mut separated = String::with_capacity(name.len());
    let mut ends_a_word = false;
    for c in name.chars() {
        if ends_a_word && c.is_ascii_uppercase() {
            separated.push('_');
        }
        ends_a_word = c.is_ascii_lowercase() || c.is_ascii_digit();
        separated.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    }
    separated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_parameters_and_claims_are_told_by_their_names() {
        for name in [
            "Authorization",
            "Proxy-Authorization",
            "X-API-Key",
            "x-apikey",
            "apiKey",
            "X-AuthToken",
            "access_token",
            "accesstoken",
            "Cookie",
            "Set-Cookie",
            "client_secret",
            "password",
            "X-Vault-Token",
            "PRIVATE-TOKEN",
            "pwd",
            "X-Auth",
            "actor_token",
            "DD-APPLICATION-KEY",
            "session",
            "clientSecret",
            "Ocp-Apim-Subscription-Key",
            "client_assertion",
            "assertion",
            "saml_assertion",
            "clientAssertion",
            "samlassertion",
            "SAMLResponse",
            "id_token_hint",
            "logout_token",
            "code",
            "device_code",
            "user_code",
            "auth_req_id",
            "code_verifier",
            "X-Client-Assertion",
            "X-SID",
            "PHPSESSID",
            "pin",
        ] {
            assert!(Holder::named(name).is_credential(), "{name}");
        }
        for name in [
            "X-Tenant",
            "requested_token_type",
            "actor_token_type",
            "token_type_hint",
            "login_hint",
            "client_assertion_type",
            "code_challenge",
            "code_challenge_method",
            "country_code",
            "auth_time",
            "X-Key-Id",
            "token_use",
            "X-Auth-Email",
            "X-Auth-User",
            "roles",
            "sub",
            "scope",
            "X-Timestamp",
            "X-Region",
            "monkey",
            "author",
            "",
        ] {
            assert!(!Holder::named(name).is_credential(), "{name}");
        }
        assert_eq!(Holder::named("Proxy-Authorization"), Holder::Authorization);
        assert_eq!(Holder::named("X-Tenant-ID"), Holder::Identifier);
    }
}
