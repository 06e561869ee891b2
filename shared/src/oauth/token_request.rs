//! What a token request is made from.

use crate::header::Headers;
use crate::oauth::answer::Reading;
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::client::Client;
use crate::oauth::form::Encoding;
use crate::oauth::grant::Grant;
use crate::oauth::parameters::Parameters;

/// Who asks whom for what.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    /// The server to ask.
    pub server: &'a AuthorizationServer,
    /// Who asks.
    pub client: &'a Client,
    /// With what right.
    pub grant: &'a Grant,
    /// For what.
    pub parameters: &'a Parameters,
    /// How they are written.
    pub encoding: Encoding,
    /// Other headers of the request.
    pub headers: &'a Headers,
    /// How the answer is read.
    pub reading: &'a Reading,
}
