//! What a token request is made from.

use crate::header::Headers;
use crate::oauth::answer::Reading;
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::client::Client;
use crate::oauth::form::Encoding;
use crate::oauth::grant::Grant;
use crate::oauth::parameters::Parameters;
use crate::run::KeyBinding;

/// A token request (RFC 6749 section 3.2) before it is written.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    /// The authorization server.
    pub server: &'a AuthorizationServer,
    /// The client that sends it.
    pub client: &'a Client,
    /// The grant.
    pub grant: &'a Grant,
    /// Scope, audience and other parameters.
    pub parameters: &'a Parameters,
    /// How the parameters are written into the body.
    pub encoding: Encoding,
    /// Other headers of the request.
    pub headers: &'a Headers,
    /// The key that the token is to be bound to.
    pub binding: Option<&'a KeyBinding>,
    /// How the answer is read.
    pub reading: &'a Reading,
}
