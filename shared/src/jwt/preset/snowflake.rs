//! The account of Snowflake in all the ways in which Snowflake writes it.

use crate::error::{Error, OutsideText, Redactor, Report};

/// The account as tokens name it: upper case, `ORGANIZATION-ACCOUNT` or a locator without its region. `text` is a name, a
/// host or a URL.
///
/// # Errors
/// [`Error::Usage`] for the URL of something else.
pub(super) fn account_identifier(text: &str) -> Result<String, Error> {
    let text = text.trim();
    let (is_url, rest) = match text.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, text),
    };
    let (authority, path) = rest.split_once(['/', '?', '#']).unwrap_or((rest, ""));
    if authority.contains('@') {
        let cause = "it contains a user name or password";
        return Err(Error::Usage(Report::of(
            "--account",
            " cannot be used",
            cause,
            "remove it, up to and including the @",
        )));
    }
    let host = authority.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    if host == CONSOLE {
        return of_console(path).ok_or_else(|| not_an_account(text));
    }
    let name = DOMAINS.iter().find_map(|domain| host.strip_suffix(domain));
    let name = match name {
        None if is_url => None,
        name => Some(name.unwrap_or(&host)),
    };
    let name = name.map(|name| name.strip_suffix(".privatelink").unwrap_or(name));
    name.filter(|name| is_name(name)).map(of_name).ok_or_else(|| not_an_account(text))
}

const CONSOLE: &str = "app.snowflake.com";
const DOMAINS: [&str; 2] = [".snowflakecomputing.com", ".snowflakecomputing.cn"];

/// `/ORGANIZATION/ACCOUNT/…` or `/REGION/LOCATOR/…`; regions have hyphens, organizations have none.
fn of_console(path: &str) -> Option<String> {
    let mut parts = path.split(['/', '?', '#']).filter(|part| !part.is_empty());
    let (first, second) = (parts.next()?, parts.next()?);
    if ![first, second].into_iter().all(is_name) {
        return None;
    }
    let account = if first.contains(['-', '.']) { second.to_owned() } else { format!("{first}-{second}") };
    Some(account.to_ascii_uppercase())
}

/// Whether this may be an account or a locator, with what follows it.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn of_name(name: &str) -> String {
    let identifier = match name.split_once('.') {
        // A replication group of old: the locator before the hyphen.
        Some((first, "global")) => first.split('-').next().unwrap_or(first).to_owned(),
        // As SQL writes it, ORGANIZATION.ACCOUNT; what follows a locator is a region, which has a hyphen.
        Some((organization, account)) if !account.contains(['-', '.']) && !organization.contains('-') => {
            format!("{organization}-{account}")
        }
        Some((locator, _)) => locator.to_owned(),
        None => name.to_owned(),
    };
    identifier.to_ascii_uppercase()
}

fn not_an_account(text: &str) -> Error {
    let shown = OutsideText::new(text).shown(&Redactor::default());
    let fact = format_args!(" {shown} is not a Snowflake account");
    let remedy = "give ORGANIZATION-ACCOUNT, or the host that ends in .snowflakecomputing.com";
    Error::Usage(Report::of("--account", fact, "neither its host nor its path names one", remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_in_many_ways() {
        for (account, identifier) in [
            ("myorg-account123", "MYORG-ACCOUNT123"),
            ("MYORG-My_Account", "MYORG-MY_ACCOUNT"),
            ("myorg.account123", "MYORG-ACCOUNT123"),
            (" myorg-account123\n", "MYORG-ACCOUNT123"),
            ("xy12345.us-east-1.aws", "XY12345"),
            ("xy12345.us-central1.gcp", "XY12345"),
            ("xy12345.eu-west-1", "XY12345"),
            ("xy12345-abc.global", "XY12345"),
            ("xy12345", "XY12345"),
            ("myorg-account123.snowflakecomputing.com", "MYORG-ACCOUNT123"),
            ("https://myorg-account123.snowflakecomputing.com", "MYORG-ACCOUNT123"),
            ("https://MyOrg-Account123.SnowflakeComputing.com:443/api/v2/statements?x=1", "MYORG-ACCOUNT123"),
            ("https://myorg-my_account.privatelink.snowflakecomputing.com/", "MYORG-MY_ACCOUNT"),
            ("https://xy12345.west-europe.privatelink.snowflakecomputing.com", "XY12345"),
            ("xy12345.us-east-2.aws.snowflakecomputing.com.", "XY12345"),
            ("xy12345-abc.global.snowflakecomputing.com", "XY12345"),
            ("xy12345.us-east-1.privatelink", "XY12345"),
            ("https://xy12345.cn-northwest-1.snowflakecomputing.cn", "XY12345"),
            ("https://app.snowflake.com/myorg/account123/#/worksheets", "MYORG-ACCOUNT123"),
            ("app.snowflake.com/us-east-1/xy12345", "XY12345"),
            ("https://app.snowflake.com/east-us-2.azure/xy12345/#/homepage", "XY12345"),
        ] {
            assert_eq!(account_identifier(account).unwrap(), identifier, "{account}");
        }
        for other in [
            "https://example.com/myorg-account",
            "https://",
            "https://app.snowflake.com/",
            "https://app.snowflake.com/x",
            "https://app.snowflake.com/x/a%20b",
            "a b",
            "",
            ".snowflakecomputing.com",
            "caf\u{e9}",
            "u:p@acme-xy",
            "https://u@acme-xy.snowflakecomputing.com",
        ] {
            let error = account_identifier(other).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{other}");
        }
    }
}
