// What other systems sign for a workload or a user, and an oidc-provider takes: client assertions of a platform (workload identity federation), assertions of
// it as a grant, and identity assertions of another provider (ID-JAG).
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { importJWK, jwtVerify, SignJWT } from 'jose';
import { jwtBearer, Refusal, tokenExchange } from './provider-grants.mjs';

const assertionTypes = ['jwt-bearer', 'jwt-spiffe'].map((name) => `urn:ietf:params:oauth:client-assertion-type:${name}`);
const tokenType = (name) => `urn:ietf:params:oauth:token-type:${name}`;

/** The workload in `workloads` ({ issuer, subject, jwk, … }) that a token is of, if its platform signed it for `audience`. */
async function workloadOf(token, workloads, audience) {
  const { iss, sub } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  const found = workloads.find(({ issuer, subject }) => issuer === iss && subject === sub);
  if (!found) throw new Error('nobody vouches for this workload');
  await jwtVerify(token, await importJWK(found.jwk), { audience, requiredClaims: ['exp'] });
  return found;
}

/** Lets the request go on with another body. */
function replaceBody(request, body) {
  const stream = Readable.from([Buffer.from(body)], { objectMode: false });
  request.headers['content-length'] = String(Buffer.byteLength(body));
  Object.defineProperty(request, 'readable', { value: true });
  request.iterator = () => stream.iterator();
}

/** Takes the tokens of `workloads` as assertions of their `client`, which authenticates with `secret` inside. */
export function takeWorkloads(provider, workloads, secret) {
  provider.use(async (ctx, next) => {
    if (ctx.method !== 'POST' || ctx.path !== '/token') return next();
    const params = new URLSearchParams(await text(ctx.req));
    const assertion = params.get('client_assertion');
    if (assertion) {
      try {
        if (!assertionTypes.includes(params.get('client_assertion_type'))) throw new Error('the type of the assertion is unknown');
        const { client } = await workloadOf(assertion, workloads, new URL(ctx.href).origin);
        if (params.has('client_id') && params.get('client_id') !== client) throw new Error('the workload is another client');
        params.delete('client_assertion');
        params.delete('client_assertion_type');
        params.set('client_id', client);
        params.set('client_secret', secret);
      } catch ({ message }) {
        ctx.status = 401;
        ctx.body = { error: 'invalid_client', error_description: message.replaceAll('"', "'") };
        return undefined;
      }
    }
    replaceBody(ctx.req, params.toString());
    return next();
  });
}

async function answer(provider, ctx, extra) {
  const { client, params } = ctx.oidc;
  ctx.state.extra = extra;
  const token = new provider.ClientCredentials({ client, scope: params.scope });
  ctx.body = { access_token: await token.save(), token_type: token.tokenType, expires_in: token.expiration, scope: params.scope };
}

const refusing = (work) => work.catch(({ message }) => {
  throw new Refusal('invalid_grant', message.replaceAll('"', "'"));
});

/** Takes the tokens of `workloads` as grants, as often as they come: a platform renews them in its own time. */
export function grantToWorkloads(provider, workloads) {
  const handler = async (ctx) => {
    const { subject } = await refusing(workloadOf(ctx.oidc.params.assertion, workloads, ctx.oidc.issuer));
    await answer(provider, ctx, { on_behalf_of: subject });
  };
  provider.registerGrantType(jwtBearer, handler, ['assertion', 'scope']);
}

const idJag = tokenType('id-jag');

/** Exchanges ID tokens that `key` has signed for identity assertions, which let `client` act for the same user at another server. */
export function issueIdJag(provider, { key, jwk, client }) {
  const handler = async (ctx) => {
    const { subject_token: token, subject_token_type: type, requested_token_type: wanted, audience, resource, scope } = ctx.oidc.params;
    if (type !== tokenType('id_token') || wanted !== idJag) throw new Refusal('invalid_request', 'an ID token is exchanged for an ID-JAG alone');
    const { payload } = await refusing(jwtVerify(token, await importJWK(jwk), { issuer: ctx.oidc.issuer }));
    const signed = new SignJWT({ client_id: client, resource, scope }).setProtectedHeader({ alg: 'ES256', typ: 'oauth-id-jag+jwt' });
    const access_token = await signed.setIssuer(ctx.oidc.issuer).setSubject(payload.sub).setAudience(audience).setJti(crypto.randomUUID()).setIssuedAt().setExpirationTime('5m').sign(key);
    ctx.body = { issued_token_type: idJag, access_token, token_type: 'N_A', expires_in: 300, scope };
  };
  provider.registerGrantType(tokenExchange, handler, ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope']);
}

/** Takes identity assertions that the provider `issuer` has signed with `jwk` for the very client that shows them. */
export function takeIdJag(provider, { issuer, jwk }) {
  const handler = async (ctx) => {
    const { assertion } = ctx.oidc.params;
    const options = { issuer, audience: ctx.oidc.issuer, typ: 'oauth-id-jag+jwt', requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id'] };
    const { payload } = await refusing(jwtVerify(assertion, await importJWK(jwk), options));
    if (payload.client_id !== ctx.oidc.client.clientId) throw new Refusal('invalid_grant', 'the assertion is of another client');
    await answer(provider, ctx, { on_behalf_of: payload.sub, for: payload.resource });
  };
  provider.registerGrantType(jwtBearer, handler, ['assertion', 'scope']);
}
