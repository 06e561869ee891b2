//! The options as plain words give them. What needs more than its own value is left to clap.

use super::{
    AssertionOptions, BearerOptions, CacheOptions, ClientOptions, GrantOptions, LoginOptions, ReadingOptions,
    TokenSourceOptions,
};
use crate::cache::CACHE_DIRECTORY;
use crate::cache::policy::OnReask;
use crate::config::command_words::{CommandWords, FromWords};
use crate::os::user_key::STATE_DIRECTORY;

impl FromWords for BearerOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            origin: TokenSourceOptions::from_words(words),
            client: ClientOptions::from_words(words),
            grant: GrantOptions::from_words(words),
            assertion: AssertionOptions::from_words(words),
            reading: ReadingOptions::from_words(words),
            keeping: CacheOptions::from_words(words),
            // Few command lines have them, and reading them would cost all others.
            login: LoginOptions::default(),
        }
    }
}

impl FromWords for TokenSourceOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            token_url: words.text("--token-url"),
            issuer: words.text("--issuer"),
            discover: words.flag("--discover"),
            any_issuer: words.flag("--any-issuer"),
            command: words.text("--command"),
            vary: words.texts(&["--vary"]),
            token: words.text("--token"),
            preset: words.choice("--preset"),
            app_id: words.text("--app-id"),
            installation_id: words.text("--installation-id"),
            api_url: words.text("--api-url"),
            ca_cert: words.text("--ca-cert"),
            proxy: words.text("--proxy"),
        }
    }
}

impl FromWords for ClientOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            client_id: words.text("--client-id"),
            client_secret: words.text("--client-secret"),
            client_auth: words.choice("--client-auth"),
            tls_cert: None,
            tls_key: None,
            client_key: words.text("--client-key"),
            client_kid: words.text("--client-kid"),
            client_alg: words.text("--client-alg"),
            client_cert: words.text("--client-cert"),
            client_aud: words.text("--client-aud"),
            client_claim: words.texts(&["--client-claim"]),
            client_claim_json: words.texts(&["--client-claim-json"]),
            client_assertion: words.text("--client-assertion"),
            client_assertion_type: words.text("--client-assertion-type"),
        }
    }
}

impl FromWords for GrantOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            grant: None,
            refresh_token: words.text("--refresh-token"),
            subject_token: words.text("--subject-token"),
            subject_token_type: words.text("--subject-token-type"),
            scope: words.texts(&["--scope"]),
            audience: words.texts(&["--audience"]),
            resource: words.texts(&["--resource"]),
            param: words.texts(&["--param"]),
            param_json: words.texts(&["--param-json"]),
            body: words.choice("--body"),
            token_header: words.texts(&["--token-header"]),
        }
    }
}

impl FromWords for AssertionOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            assertion_key: words.text("--assertion-key"),
            assertion_kid: words.text("--assertion-kid"),
            assertion_alg: words.text("--assertion-alg"),
            assertion_cert: words.text("--assertion-cert"),
            iss: words.text("--iss"),
            sub: words.text("--sub"),
            aud: words.texts(&["--aud"]),
            assertion_claim: words.texts(&["--assertion-claim"]),
            assertion_claim_json: words.texts(&["--assertion-claim-json"]),
            assertion: words.text("--assertion"),
        }
    }
}

impl FromWords for ReadingOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            token_field: words.text("--token-field"),
            expiry_field: words.text("--expiry-field"),
            assume_life: words.text("--assume-life"),
        }
    }
}

impl FromWords for CacheOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            min_life: words.text("--min-life"),
            no_cache: words.flag("--no-cache"),
            fresh: words.flag("--fresh"),
            on_reask: words.choice("--on-reask").unwrap_or(OnReask::Auto),
            verify: words.flag("--verify"),
            cache_dir: words.text("--cache-dir").unwrap_or_else(|| CACHE_DIRECTORY.to_owned()),
            state_dir: words.text("--state-dir").unwrap_or_else(|| STATE_DIRECTORY.to_owned()),
        }
    }
}
