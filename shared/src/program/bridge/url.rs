//! The URL of the MCP server that hdr-bridge serves.

use crate::bridge::options::BridgeOptions;
use crate::error::{Error, Report};
use crate::oauth::url::Endpoint;
use crate::os::environment::setting;

/// The variable that names the server where no argument does.
pub(super) const VARIABLE: &str = "API_URL";

/// The URL as it was given.
pub(super) fn given(options: &BridgeOptions) -> Option<String> {
    options.url.clone().or_else(|| options.server_url.clone()).or_else(|| setting(VARIABLE))
}

/// The URL, whose host is reached with TLS or is this one.
///
/// # Errors
/// [`Error::Usage`] where there is none, and for one that cannot be used.
pub(super) fn endpoint(options: &BridgeOptions) -> Result<(String, Endpoint), Error> {
    let Some(url) = given(options) else {
        let fact = "the URL of the MCP server is missing";
        let cause = "neither an argument, nor --server-url, nor the variable API_URL gives it";
        return Err(Error::Usage(Report::new(fact, cause, "write hdr-bridge https://HOST/PATH")));
    };
    let source = match (&options.url, &options.server_url) {
        (Some(_), _) => "URL",
        (None, Some(_)) => "--server-url",
        (None, None) => VARIABLE,
    };
    let endpoint = Endpoint::typed(source, &url)?;
    Ok((url, endpoint))
}
