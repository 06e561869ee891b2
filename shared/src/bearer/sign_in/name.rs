//! By what a sign-in is known: the issuer or endpoint, the client, and what it is for. No other option counts.

use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::options::BearerOptions;
use crate::bearer::parameters::texts;
use crate::cache::fingerprint::{Fingerprint, Inputs};
use crate::error::Error;
use crate::header::Template;
use crate::os::user_key::Key;
use crate::run::Run;

impl BearerOptions {
    /// The name of the sign-in that this command line uses.
    ///
    /// # Errors
    /// Those of rendering the options that it is made of.
    pub(in crate::bearer) fn sign_in_name(
        &self,
        place: &EndpointLookup,
        key: &Key,
        run: &Run,
    ) -> Result<Fingerprint, Error> {
        let inputs = Inputs::new(key);
        let inputs = match place {
            EndpointLookup::At(endpoint) => inputs.text("sign-in at the endpoint", endpoint.normalized()),
            EndpointLookup::Issuer(issuer) => inputs.text("sign-in at the issuer", issuer.as_str()),
            // Which issuer that was is known to the sign-in.
            EndpointLookup::Server { server, .. } => inputs.text("sign-in for the MCP server", server.normalized()),
        };
        let [client_id, scope, audience, resource] = self.sign_in_target(run)?;
        let inputs = inputs.list("client", client_id).list("scope", scope).list("audience", audience);
        Ok(inputs.list("resource", resource).finish())
    }

    /// The client, the words of the scope, the audiences and the resources that a sign-in is for.
    ///
    /// # Errors
    /// Those of rendering them.
    pub(in crate::bearer) fn sign_in_target(&self, run: &Run) -> Result<[Vec<String>; 4], Error> {
        let client_id = Template::text("--client-id", self.client.client_id.as_ref(), run)?;
        Ok([
            client_id.into_iter().collect(),
            sorted(self.scope(run)?.iter().flat_map(|scope| scope.split_ascii_whitespace()).map(str::to_owned)),
            sorted(texts("--audience", &self.grant.audience, run)?),
            sorted(texts("--resource", &self.grant.resource, run)?),
        ])
    }
}

/// What is asked for has no order.
fn sorted(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort();
    values.dedup();
    values
}
