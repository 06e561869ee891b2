// A real authorization server (oidc-provider) on a free loopback port, and what a test asks of it: what it was sent, and what it thinks of a token.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { assertionGrant, exchangeGrant, extraTokenClaims } from './provider-grants.mjs';

/** What it warns of is meant for production, or for Node 20, on which it works all the same. */
async function quietly(work) {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

const { default: Provider, errors } = await quietly(() => import('oidc-provider'));

/** What tokens are asked for. */
export const scopes = ['mcp.read', 'mcp.write'];

/** The client of whoever looks at tokens and revokes them: an MCP server, an administrator. */
const operator = { client_id: 'operator', client_secret: randomBytes(24).toString('base64url') };

/** A registered client of `grants`, which needs no browser. */
export const client = (id, grants, more = {}) => ({ client_id: id, grant_types: grants, redirect_uris: [], response_types: [], ...more });

/** Clients show certificates only to a server that speaks TLS; any certificate is taken, and judged afterwards. */
const mutualTls = {
  enabled: true,
  certificateBoundAccessTokens: true,
  selfSignedTlsClientAuth: true,
  tlsClientAuth: true,
  getCertificate: (ctx) => ctx.socket.getPeerX509Certificate?.(),
  certificateAuthorized: (ctx) => ctx.socket.authorized,
  certificateSubjectMatches: (ctx, property, expected) =>
    property === 'tls_client_auth_san_dns' && ctx.socket.getPeerX509Certificate().checkHost(expected) !== undefined,
};

/** The servers that tokens are for: each under `resources` takes opaque ones; one whose path ends in /jwt, JWTs. */
const resourceServer = (resources, life) => (_, resource) => {
  if (!resources.some((known) => resource.startsWith(known))) throw new errors.InvalidTarget('the resource is unknown here');
  const accessTokenFormat = resource.endsWith('/jwt') ? 'jwt' : 'opaque';
  return { scope: scopes.join(' '), audience: resource, accessTokenTTL: life(), accessTokenFormat };
};

const jwk = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

/** The configuration: the provider's own defaults, but for what `options` say (those of startProvider). */
function configuration({ clients = [], resources = [], tls, dpop = false, overrides, people = false }, issuer, life) {
  const features = {
    // Pages on which a person signs in and consents, whoever they say they are.
    devInteractions: { enabled: people },
    deviceFlow: { enabled: people },
    registration: { enabled: people },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer(resources, life) },
    dPoP: { enabled: Boolean(dpop), ...dpop },
    mTLS: tls ? mutualTls : { enabled: false },
  };
  const methods = ['client_secret_basic', 'client_secret_jwt', 'client_secret_post', 'private_key_jwt', 'none'];
  return {
    clients: [client(operator.client_id, [], { client_secret: operator.client_secret }), ...clients],
    clientAuthMethods: tls ? [...methods, 'tls_client_auth', 'self_signed_tls_client_auth'] : methods,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    jwks: { keys: [{ ...jwk(), alg: 'ES256', use: 'sig' }] },
    scopes: ['openid', 'offline_access', ...scopes],
    features,
    extraTokenClaims,
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, email: `${accountId}@example.com` }) }),
    claims: { openid: ['sub'], email: ['email'] },
    conformIdTokenClaims: false,
    ttl: { AccessToken: life, ClientCredentials: life, RefreshToken: 14 * 86400, Grant: 14 * 86400, IdToken: 3600 },
    ...overrides?.(issuer),
  };
}

/**
 * Starts it. `clients` are registered; tokens may be for `resources` (prefixes of URLs); assertions of `trusted`, JWKs by
 * issuer, are grants; `tls` has what node's https server takes, and `dpop` what the provider's feature of that name does; `overrides` makes of its issuer what replaces parts of its configuration; `extend` is given the
 * provider before it is asked anything; with `people`, people sign in there with a browser or a device, and clients register.
 */
export async function startProvider(options = {}) {
  const { tls, trusted = {} } = options;
  const listener = tls ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }) : createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const issuer = `${tls ? 'https' : 'http'}://127.0.0.1:${listener.address().port}`;

  const server = { issuer, tokenUrl: `${issuer}/token`, tokens: [], refused: [], reused: 0, life: 3600, close, connections, introspect, revoke, refreshToken };
  const provider = await quietly(() => new Provider(issuer, configuration(options, issuer, () => server.life)));
  assertionGrant(provider, trusted);
  exchangeGrant(provider, trusted);
  options.extend?.(provider);
  provider.on('grant.success', (ctx) => server.tokens.push({ ...ctx.oidc.params, client: ctx.oidc.client.clientId, host: ctx.hostname, answer: ctx.body, rotated: Boolean(ctx.oidc.entities.RotatedRefreshToken) }));
  provider.on('grant.error', (_, error) => server.refused.push(error.error_description));
  provider.on('grant.revoked', () => (server.reused += 1));
  // A client that was ended in the middle of its request is no fault of the server.
  provider.on('server_error', ({ req }, error) => req.complete && console.error(error));
  listener.on('request', provider.callback());

  /** One of the endpoints for whoever has a token, asked by the operator over the wire. */
  async function ask(endpoint, token) {
    const options = { method: 'POST', auth: `${operator.client_id}:${operator.client_secret}`, headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, ca: tls?.ca };
    const call = (tls ? httpsRequest : httpRequest)(`${issuer}/token/${endpoint}`, options).end(`token=${encodeURIComponent(token)}`);
    const [response] = await once(call, 'response');
    const body = await text(response);
    if (response.statusCode !== 200) throw new Error(`${endpoint}: ${response.statusCode} ${body}`);
    return body;
  }

  /** What it thinks of an opaque token (RFC 7662). */
  async function introspect(token) {
    return JSON.parse(await ask('introspection', token));
  }

  /** Revokes a token (RFC 7009): of a client's own this one, of a user's all of the grant. */
  async function revoke(token) {
    await ask('revocation', token);
  }

  /** The first refresh token of a user's consent, as if there had been a browser. */
  async function refreshToken(clientId, { scope = 'mcp.read offline_access', resource } = {}) {
    const grant = new provider.Grant({ clientId, accountId: 'alice' });
    grant.addOIDCScope(scope);
    if (resource) grant.addResourceScope(resource, scope);
    const grantId = await grant.save();
    const whose = { client: await provider.Client.find(clientId), accountId: 'alice', grantId };
    return new provider.RefreshToken({ ...whose, scope, resource, gty: 'authorization_code', rotations: 0 }).save();
  }

  /** How many connections to it are open. */
  function connections() {
    return new Promise((done) => listener.getConnections((_, count) => done(count)));
  }

  function close() {
    listener.closeAllConnections();
    return new Promise((done) => listener.close(done));
  }

  return server;
}
