//! The options of a sign-in. Where no sign-in is asked for they say nothing of a token.

use clap::{Args, ValueEnum};

/// How a person signs in, and where.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Signing in (login, logout)")]
pub(in crate::bearer) struct LoginOptions {
    /// How to sign in [default: browser if one can be opened, else device].
    ///
    /// Of what the server offers. If it offers no device flow, the URL for the browser is printed.
    #[arg(long, value_enum, value_name = "FLOW")]
    pub(in crate::bearer) flow: Option<Flow>,

    /// Print the URL, but do not open a browser.
    #[arg(long)]
    pub(in crate::bearer) no_open: bool,

    /// Loopback URL for the browser's answer [default: on a free port].
    ///
    /// The default is http://127.0.0.1:PORT/callback. Without a port in it, a free one is taken. A client that was registered by hand needs one of its redirect URLs here, unless the
    /// server accepts any port.
    #[arg(long, value_name = "URL")]
    pub(in crate::bearer) redirect_url: Option<String>,

    /// Further parameter of the authorization request; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(in crate::bearer) login_param: Vec<String>,

    /// Authorization endpoint [default: the issuer's metadata].
    #[arg(long, value_name = "URL")]
    pub(in crate::bearer) authorization_url: Option<String>,

    /// Device authorization endpoint [default: the issuer's metadata].
    #[arg(long, value_name = "URL")]
    pub(in crate::bearer) device_url: Option<String>,

    /// Revocation endpoint [default: the issuer's metadata].
    #[arg(long, value_name = "URL")]
    pub(in crate::bearer) revocation_url: Option<String>,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::bearer) enum Flow {
    /// In a browser on this machine (authorization code with PKCE).
    Browser,
    /// With a code, in a browser on any device (RFC 8628).
    Device,
}
