//! The services that presets are for, and what each expects of a token.

use std::time::Duration;

use clap::ValueEnum;

use crate::sign::algorithm::Algorithm;

/// A service whose expectations are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Preset {
    /// GitHub App; requires --app-id.
    GithubApp,
    /// Google API, for a service account; requires --aud or --scope.
    GoogleServiceAccount,
    /// Snowflake key pair authentication; requires --account and --user.
    Snowflake,
    /// App Store Connect API; requires --kid, and --iss for a team key.
    AppStoreConnect,
    /// Ghost Admin API; the key is ID:SECRET as Ghost shows it.
    GhostAdmin,
}

/// What a service expects of the token's algorithm, times and company.
pub(super) struct Expectations {
    pub(super) name: &'static str,
    pub(super) algorithm: Algorithm,
    pub(super) ttl: Duration,
    pub(super) longest: Duration,
    pub(super) backdate: Duration,
    /// The value of the `Authorization` header.
    pub(super) authorization: &'static str,
    /// The headers beside it.
    pub(super) headers: &'static [&'static str],
}

const MINUTE: Duration = Duration::from_secs(60);
/// The value of the `Authorization` header where no preset is given.
pub(super) const BEARER: &str = "Authorization: Bearer {token}";

/// The value of `--ttl` where neither it nor a preset is given.
pub(super) const DEFAULT_TTL: Duration = MINUTE.saturating_mul(60);

/// The audience of the App Store Connect API.
pub(super) const APP_STORE_CONNECT: &str = "appstoreconnect-v1";

/// The audience of the Admin API of Ghost.
pub(super) const GHOST_ADMIN: &str = "/admin/";

impl Preset {
    pub(super) fn expectations(self) -> Expectations {
        let usual = Expectations {
            name: "",
            algorithm: Algorithm::RS256,
            ttl: DEFAULT_TTL,
            longest: DEFAULT_TTL,
            backdate: Duration::ZERO,
            authorization: BEARER,
            headers: &[],
        };
        match self {
            Self::GithubApp => Expectations {
                name: "github-app",
                ttl: MINUTE.saturating_mul(9),
                longest: MINUTE.saturating_mul(10),
                backdate: MINUTE,
                ..usual
            },
            Self::GoogleServiceAccount => Expectations { name: "google-service-account", ..usual },
            Self::Snowflake => Expectations {
                name: "snowflake",
                ttl: MINUTE.saturating_mul(59),
                headers: &["X-Snowflake-Authorization-Token-Type: KEYPAIR_JWT"],
                ..usual
            },
            // A clock that is a little fast must not make the longest life longer.
            Self::AppStoreConnect => Expectations {
                name: "app-store-connect",
                algorithm: Algorithm::ES256,
                ttl: MINUTE.saturating_mul(19),
                longest: MINUTE.saturating_mul(20),
                ..usual
            },
            Self::GhostAdmin => Expectations {
                name: "ghost-admin",
                algorithm: Algorithm::HS256,
                ttl: MINUTE.saturating_mul(5),
                longest: MINUTE.saturating_mul(5),
                authorization: "Authorization: Ghost {token}",
                ..usual
            },
        }
    }
}

/// What to say of a token without a preset that lives for `life` and that a service, known by its claims, would refuse.
pub(super) fn too_long_a_life(audiences: &[&str], issuer: Option<&str>, life: Duration) -> Option<String> {
    let for_audience = |known: &str| audiences.contains(&known);
    let is_ghosts = audiences.iter().any(|audience| audience.ends_with(GHOST_ADMIN) && audience.starts_with('/'));
    let (service, preset) = if for_audience(APP_STORE_CONNECT) {
        ("App Store Connect", Preset::AppStoreConnect)
    } else if is_ghosts {
        ("Ghost", Preset::GhostAdmin)
    } else if issuer.is_some_and(|issuer| issuer.contains(".SHA256:")) {
        ("Snowflake", Preset::Snowflake)
    } else if audiences.iter().any(|audience| is_googles(audience)) {
        ("Google", Preset::GoogleServiceAccount)
    } else {
        return None;
    };
    let Expectations { name, longest, .. } = preset.expectations();
    let minutes = longest.as_secs() / 60;
    (life > longest).then(|| {
        format!("{service} refuses tokens that live longer than {minutes}m; give --ttl {minutes}m or less, or --preset {name}")
    })
}

fn is_googles(audience: &str) -> bool {
    let host = audience.strip_prefix("https://").and_then(|rest| rest.split('/').next());
    host.is_some_and(|host| host.ends_with(".googleapis.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_that_a_service_refuses_is_known_by_its_claims() {
        let said = |audience, issuer, minutes| too_long_a_life(&[audience], issuer, MINUTE.saturating_mul(minutes));
        for (audience, issuer, longest) in [
            ("appstoreconnect-v1", None, 20),
            ("/admin/", None, 5),
            ("/v3/admin/", None, 5),
            ("x", Some("A.B.SHA256:x="), 60),
            ("https://pubsub.googleapis.com/", None, 60),
            ("https://oauth2.googleapis.com/token", None, 60),
        ] {
            assert_eq!(said(audience, issuer, longest), None, "{audience}");
            assert!(said(audience, issuer, longest.saturating_add(1)).is_some(), "{audience}");
        }
        for audience in ["https://api.example.com", "https://googleapis.com.example.com/", "https://example.com/admin/"]
        {
            assert_eq!(said(audience, Some("me"), 1000), None, "{audience}");
        }
    }
}
