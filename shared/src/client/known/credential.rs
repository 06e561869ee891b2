//! Names of variables that look like a credential to Claude Code, which keeps them from the helpers of projects and plugins.

/// Parts of a name between underscores, in any case.
const PARTS: [&str; 13] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "KEY",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "COOKIE",
    "AUTH",
    "PAT",
];

/// Ends of a name, in any case.
const ENDS: [&str; 1] = ["_PASS"];

/// Whole names, in any case.
const NAMES: [&str; 11] = [
    "PGPASSWORD",
    "SSHKEY",
    "ANTHROPIC_CUSTOM_HEADERS",
    "AWS_CONFIG_FILE",
    "CLOUDSDK_CONFIG",
    "DATABASE_URL",
    "GNUPGHOME",
    "KUBECONFIG",
    "SENTRY_DSN",
    "SSH_AGENT_PID",
    "XDG_CONFIG_HOME",
];

/// Whether a variable of this name is taken for a credential.
pub(super) fn is_like_one(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.split('_').any(|part| PARTS.contains(&part))
        || ENDS.iter().any(|end| name.ends_with(end))
        || NAMES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Claude Code 2.1.330 was seen to remove.
    const REMOVED: &str = "\
        FOO_TOKEN TOKEN CLIENT_SECRET SECRET my_secret lower_token MY_PASSWORD PASSWD DB_PASS PGPASSWORD \
        PASSPHRASE MY_KEY PRIVATE_KEY MY_API_KEY APIKEY X_APIKEY KEY_ID SSHKEY MY_CREDENTIAL CREDS \
        CREDENTIALS_DIRECTORY COOKIE MY_AUTH MCP_AUTH_HEADER GH_PAT PAT TOKEN_FILE BAR_TOKEN_PATH \
        HH_TOKEN_CMD HH_SECRET_FILE HH_SECRET_PATH HH_KEY_FILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY \
        AWS_SESSION_TOKEN AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_WEB_IDENTITY_TOKEN_FILE \
        AZURE_CLIENT_SECRET AZURE_FEDERATED_TOKEN_FILE GOOGLE_APPLICATION_CREDENTIALS CLOUDSDK_CONFIG \
        CLOUDSDK_AUTH_ACCESS_TOKEN KUBECONFIG VAULT_TOKEN OP_SERVICE_ACCOUNT_TOKEN GITHUB_TOKEN NPM_TOKEN \
        OPENAI_API_KEY ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_CUSTOM_HEADERS \
        CLAUDE_CODE_OAUTH_TOKEN SSH_AUTH_SOCK SSH_AGENT_PID GNUPGHOME XDG_CONFIG_HOME DATABASE_URL \
        SENTRY_DSN ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN";

    /// What it was seen to keep.
    const KEPT: &str = "\
        AWS_PROFILE AWS_REGION AWS_ROLE_ARN VAULT_ADDR VAULT_NAMESPACE KRB5CCNAME XDG_RUNTIME_DIR \
        DBUS_SESSION_BUS_ADDRESS OKTA_CLIENT_ID AZURE_TENANT_ID AZURE_CLIENT_ID OAUTH_CLIENT_ID \
        GOOGLE_CLOUD_PROJECT BW_SESSION SESSION tokenfile TOKENS TOKENIZER HH_KEYFILE HH_CONFIG PASS SVC_PW \
        MYJWT BEARER PRIVATE CERT CLIENT_CERT HMAC SALT ACCESS LOGIN HEADER_VALUE HTTP_PROXY HTTPS_PROXY \
        NO_PROXY SSL_CERT_FILE NODE_EXTRA_CA_CERTS NODE_OPTIONS LD_LIBRARY_PATH PYTHONPATH HOME USER \
        LOGNAME SHELL TERM TZ LANG PATH DISPLAY CI GITHUB_ACTIONS";

    #[test]
    fn names_are_removed_and_kept_as_observed() {
        for (names, count, expected) in [(REMOVED, 61, true), (KEPT, 51, false)] {
            let names: Vec<_> = names.split_whitespace().collect();
            let wrong: Vec<_> = names.iter().filter(|name| is_like_one(name) != expected).collect();
            assert_eq!((names.len(), wrong), (count, vec![]));
        }
    }
}
