//! Forgetting rotated refresh tokens, of which the one of this very request is revoked before.

use crate::bearer::chain::Rotation;
use crate::bearer::endpoint::PreparedRequest;
use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::request::{Request, TokenProvider};
use crate::cache::state::{Chain, Recipient};
use crate::error::Error;
use crate::header::Template;
use crate::oauth::grant::Grant;
use crate::oauth::revocation::TokenKind;
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::run::Run;
use crate::secret::Secret;

impl Request {
    /// Removes all tokens that replaced the refresh token of `grant`, whomever they are for; says how many. With `revokes` the
    /// one that this request would send is revoked before.
    ///
    /// # Errors
    /// [`Error::Transient`] when a run that refreshes takes longer than the deadline, [`Error::Other`] when a token cannot be
    /// removed; those of the client's identifier.
    pub(super) fn forget_rotated(
        &self,
        grant: &Grant,
        revokes: bool,
        state: &Directory,
        key: &Key,
        run: &Run,
    ) -> Result<usize, Error> {
        let (TokenProvider::Endpoint(place, _), Grant::RefreshToken(original)) = (&self.whom, grant) else {
            return Ok(0);
        };
        let mut chains = Chain::all(state, key, original)?;
        let mut forgotten = 0_usize;
        let mut is_revoked = false;
        if revokes
            && !chains.is_empty()
            && let Some(was_there) = self.forget_revoked(grant, place, original, state, key, run)?
        {
            (is_revoked, forgotten) = (true, was_there.into());
        }
        // These go by their names, whatever is in them.
        chains.push(Chain::of_earlier_version(state, key, original)?);
        if let EndpointLookup::At(endpoint) = place {
            let client_id = Template::text("--client-id", self.options.client.client_id.as_ref(), run)?;
            let to = Recipient { token_endpoint: &endpoint.normalized(), client_id: client_id.as_deref() };
            chains.push(Chain::new(state, key, to, original)?);
        }
        for chain in chains {
            let was_there = chain.forget(&run.deadline())?;
            if was_there && is_revoked {
                let whose = "that is for another client or authorization server";
                run.notes().warn(format!("a refresh token {whose} is forgotten but not revoked"));
            }
            forgotten = forgotten.saturating_add(was_there.into());
        }
        Ok(forgotten)
    }

    /// Revokes the newest token of this request, in half of the time that is left, and removes it; says whether there was one,
    /// nothing where that is not known. What stands in the way of revoking is a warning.
    fn forget_revoked(
        &self,
        grant: &Grant,
        place: &EndpointLookup,
        original: &Secret,
        state: &Directory,
        key: &Key,
        run: &Run,
    ) -> Result<Option<bool>, Error> {
        if matches!(place, EndpointLookup::At(_)) {
            run.notes().explain(|| {
                "the refresh token is not revoked: the revocation endpoint is known only from an issuer's metadata"
                    .to_owned()
            });
            return Ok(None);
        }
        let warn = |error: &Error| run.notes().warn(format!("the refresh token is forgotten but not revoked: {error}"));
        let deadline = run.deadline();
        let half = deadline.limited_to(deadline.remaining().mul_f64(0.5), "revoking the refresh token");
        let prepared = match PreparedRequest::new(&self.options, place, grant, half, run) {
            Ok(prepared) => prepared,
            Err(error) => {
                warn(&error);
                return Ok(None);
            }
        };
        let recipient = prepared.recipient();
        let rotation = Rotation::new(state, key, &recipient, original)?;
        let revoke = || {
            let newest = rotation.kept(&half);
            if let Err(error) =
                newest.and_then(|newest| newest.map_or(Ok(()), |newest| prepared.revoke(&newest, TokenKind::Refresh)))
            {
                warn(&error);
            }
        };
        rotation.chain.forget_after(&deadline, revoke).map(Some)
    }
}
