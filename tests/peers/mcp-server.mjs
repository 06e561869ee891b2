// An MCP server (the SDK's, streamable HTTP) on a free loopback port whose paths demand a credential: a signed timestamp, a JWT or an access token, and those of a tenant its name.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { importJWK, jwtVerify } from 'jose';

const skew = 5 * 60 * 1000;

const same = (left, right) => left.length === right.length && timingSafeEqual(left, right);

/** Accepts what generate-hmac.sh sends: X-Timestamp, X-Signature (hex HMAC-SHA256 of it) and X-API-Key. */
export function hmacGuard({ secret, apiKey }) {
  return {
    challenge: 'HMAC realm="mcp"',
    check(headers) {
      const timestamp = headers['x-timestamp'] ?? '';
      const expected = createHmac('sha256', secret).update(timestamp).digest();
      if (!same(Buffer.from(headers['x-signature'] ?? '', 'hex'), expected)) throw new Error('the signature is wrong');
      if (!same(Buffer.from(headers['x-api-key'] ?? ''), Buffer.from(apiKey))) throw new Error('the API key is unknown');
      if (!(Math.abs(Date.now() - Date.parse(timestamp)) <= skew)) throw new Error('the timestamp is more than 5 minutes off');
      return `HMAC signature made at ${timestamp}`;
    },
  };
}

/** Accepts a bearer JWT of `algorithm` for `audience`, signed with the private half of `jwk`. */
export function jwtGuard({ jwk, algorithm, audience }) {
  return {
    challenge: 'Bearer realm="mcp", error="invalid_token"',
    async check(headers) {
      const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
      if (!token) throw new Error('no bearer token');
      const options = { algorithms: [algorithm], audience, requiredClaims: ['exp', 'sub'] };
      const { payload } = await jwtVerify(token, await importJWK(jwk, algorithm), options);
      return `${algorithm} JWT of ${payload.sub} for ${payload.aud}`;
    },
  };
}

/**
 * Accepts a bearer token that `introspect` (RFC 7662) calls active, for this very resource if it is published: who issues its tokens is `issuer`.
 * Its refusal names the path of its metadata (the well-known one, unless `metadata` is another) and the `scope` that a token must have.
 */
export function bearerGuard({ introspect, issuer, metadata, scope }) {
  return {
    challenge: `Bearer realm="mcp, the \\"peer\\"", error="invalid_token"${scope ? `, scope="${scope}"` : ''}`,
    issuer,
    metadata,
    async check(headers, resource) {
      const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
      if (!token) throw new Error('no bearer token');
      const { active, client_id: client, aud, scope: granted } = await introspect(token);
      if (!active) throw new Error('the token is expired or revoked');
      if (scope && granted !== scope) throw new Error('the token has another scope');
      if (issuer && aud !== resource) throw new Error('the token is for another resource');
      return `access token of ${client}`;
    },
  };
}

/** Accepts what `guard` accepts, for the tenant in X-Tenant-ID. */
export function tenantGuard(guard) {
  return {
    ...guard,
    async check(headers, resource) {
      const tenant = headers['x-tenant-id'];
      if (!tenant) throw new Error('no tenant');
      return `tenant ${tenant} with ${await guard.check(headers, resource)}`;
    },
  };
}

/** Accepts what `guard` accepts, from who showed a certificate. */
export function certificateGuard(guard) {
  return {
    ...guard,
    check: async (headers, resource, { socket }) => `certificate of ${socket.getPeerCertificate().subject.CN} with ${await guard.check(headers, resource)}`,
  };
}

const wellKnown = '/.well-known/oauth-protected-resource';

/** One MCP session: its only tool tells which credential opened it. */
async function openSession(name, credential, sessions) {
  const server = new McpServer({ name, version: '1.0.0' });
  server.registerTool('whoami', { description: 'Tells which credential was accepted' }, () => ({ content: [{ type: 'text', text: credential }] }));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => sessions.set(id, transport),
    onsessionclosed: (id) => sessions.delete(id),
  });
  await server.connect(transport);
  return transport;
}

/**
 * Starts the server; `guards` maps a path to what protects it, and one that has an issuer is published (RFC 9728). With `tls`, options of Node, it is HTTPS.
 * Answers { origin, requests, close, goAway, forgetSessions }, of each request its method and whether it was accepted.
 */
export async function startServer(guards, tls, name = 'peer') {
  const sessions = new Map();
  const requests = [];
  const metadataOf = (path) => guards[path].metadata ?? wellKnown + path;
  const publishedAt = (path) => Object.keys(guards).find((known) => guards[known].issuer && metadataOf(known) === path);
  const scheme = tls ? 'https' : 'http';
  const handle = async (request, response) => {
    const origin = `${scheme}://${request.headers.host}`;
    const { pathname } = new URL(request.url, origin);
    const published = publishedAt(pathname);
    if (published) {
      const metadata = { resource: origin + published, authorization_servers: [guards[published].issuer], bearer_methods_supported: ['header'] };
      return response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(metadata));
    }
    const guard = guards[pathname];
    if (!guard) return response.writeHead(404).end();
    let credential;
    try {
      credential = await guard.check(request.headers, origin + pathname, request);
    } catch (error) {
      requests.push({ method: request.method, accepted: false });
      const metadata = guard.issuer ? `, resource_metadata="${origin}${metadataOf(pathname)}"` : '';
      return response.writeHead(401, { 'WWW-Authenticate': guard.challenge + metadata }).end(error.message);
    }
    requests.push({ method: request.method, accepted: true });
    const session = request.headers['mcp-session-id'];
    if (session && !sessions.has(session)) return response.writeHead(404).end();
    const transport = sessions.get(session) ?? (await openSession(name, credential, sessions));
    return transport.handleRequest(request, response);
  };
  const listener = tls ? createTlsServer(tls, handle) : createServer(handle);
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  const close = () => {
    listener.closeAllConnections();
    return new Promise((done) => listener.close(done));
  };
  const { port } = listener.address();
  /** Is away for so many milliseconds, and comes back at the same place without its sessions. */
  const goAway = async (milliseconds) => {
    await close();
    sessions.clear();
    await sleep(milliseconds);
    await new Promise((done) => listener.listen(port, '127.0.0.1', done));
  };
  /** Forgets all sessions, as a server does that was replaced by another one. */
  const forgetSessions = () => sessions.clear();
  return { origin: `${scheme}://127.0.0.1:${port}`, requests, close, goAway, forgetSessions };
}
