// Two extension grants for oidc-provider: a signed assertion (RFC 7523) and the exchange of a token (RFC 8693).
import { importJWK, jwtVerify } from 'jose';

export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const tokenType = (name) => `urn:ietf:params:oauth:token-type:${name}`;

/** What a grant refuses with; the provider answers any error that has these. */
export class Refusal extends Error {
  constructor(error, description) {
    super(error);
    Object.assign(this, { error, error_description: description, statusCode: 400, status: 400, expose: true });
  }
}

/** Answers a token of the client's own, in which `extra` tells on whose behalf. */
async function answer(provider, ctx, extra, more) {
  const { client, params } = ctx.oidc;
  ctx.state.extra = extra;
  const token = new provider.ClientCredentials({ client, scope: params.scope });
  ctx.body = { access_token: await token.save(), token_type: token.tokenType, expires_in: token.expiration, scope: params.scope, ...more };
}

/** What the provider is to note with a token that one of these grants brings. */
export const extraTokenClaims = (ctx) => ctx?.state.extra;

/** The claims of a JWT that the private half of a key in `trusted`, JWKs by issuer, has signed. */
async function verified(jwt, trusted, options) {
  const jwk = trusted[JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url')).iss];
  if (!jwk) throw new Refusal('invalid_grant', 'the issuer of the assertion is unknown');
  const { payload } = await jwtVerify(jwt, await importJWK(jwk), options).catch(({ message }) => {
    throw new Refusal('invalid_grant', message.replaceAll('"', "'"));
  });
  return payload;
}

/** Takes assertions that the private half of a key in `trusted`, JWKs by issuer, has signed for this server, each once. */
export function assertionGrant(provider, trusted) {
  const handler = async (ctx) => {
    const { assertion } = ctx.oidc.params;
    const audience = [ctx.oidc.issuer, `${ctx.oidc.issuer}/token`];
    const payload = await verified(assertion, trusted, { audience, requiredClaims: ['exp', 'iat', 'jti', 'sub'], maxTokenAge: '2m' });
    if (!(await provider.ReplayDetection.unique(payload.iss, payload.jti, payload.exp))) throw new Refusal('invalid_grant', 'the assertion was used before');
    await answer(provider, ctx, { on_behalf_of: payload.sub, role: payload.role });
  };
  provider.registerGrantType(jwtBearer, handler, ['assertion', 'scope']);
}

/** Exchanges a token that this server gave and has not revoked, or a JWT of somebody in `trusted`. */
export function exchangeGrant(provider, trusted) {
  const handler = async (ctx) => {
    const { subject_token: token, subject_token_type: type, audience } = ctx.oidc.params;
    if (type === tokenType('jwt')) {
      const { sub } = await verified(token, trusted, { requiredClaims: ['exp', 'sub'] });
      return answer(provider, ctx, { on_behalf_of: sub, for: audience }, { issued_token_type: tokenType('access_token') });
    }
    if (type !== tokenType('access_token')) throw new Refusal('invalid_request', `a subject token of type ${type} is not taken`);
    const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
    if (!found?.isValid) throw new Refusal('invalid_request', 'the subject token is not valid');
    const subject = found.accountId ?? found.clientId;
    return answer(provider, ctx, { on_behalf_of: subject, for: audience }, { issued_token_type: tokenType('access_token') });
  };
  provider.registerGrantType(tokenExchange, handler, ['subject_token', 'subject_token_type', 'audience', 'scope']);
}
