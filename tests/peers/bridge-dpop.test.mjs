// hdr-bridge --sign dpop: tokens of a real authorization server (oidc-provider) that are bound to its key, and an MCP server that takes
// no request without the proof for it (RFC 9449), which jose verifies.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { EmbeddedJWK, calculateJwkThumbprint, createRemoteJWKSet, jwtVerify } from 'jose';
import { assertBridgeError, startClient } from './bridge-client.mjs';
import { startStage } from './bridge-stage.mjs';
import { runProgram, bin } from './helper.mjs';
import { client, startProvider } from './provider.mjs';

const resources = 'https://mcp.example';
const resource = `${resources}/jwt`;
const secret = 'the secret of the service';
const clients = [
  client('bound', ['client_credentials'], { client_secret: secret, dpop_bound_access_tokens: true }),
  client('either', ['client_credentials'], { client_secret: secret }),
  client('public', ['refresh_token'], { token_endpoint_auth_method: 'none' }),
];

/** The authorization server; with `asks`, for a nonce in each proof. Its `asked` has the proof of each token request. */
async function authority(t, { asks = false } = {}) {
  const asked = [];
  const extend = (provider) =>
    provider.use(async (ctx, next) => {
      if (ctx.path === '/token') asked.push(ctx.get('dpop'));
      await next();
    });
  const server = await startProvider({ clients, resources: [resources], extend, dpop: { nonceSecret: randomBytes(32), requireNonce: () => asks } });
  t.after(() => server.close());
  return Object.assign(server, { asked });
}

const digest = (text) => createHash('sha256').update(text).digest('base64url');

/** An MCP server that takes tokens of `issuer` with the proofs for them. With `nonces`, each answer brings another nonce, and the next proof has to have it. */
async function resourceServer(t, issuer, { nonces = false, ...options } = {}) {
  const jwks = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const stage = await startStage(t, { verified: [], jtis: new Set(), revoked: new Set(), ...options });
  const refuse = (x, error, more = {}) => x.status(401, { 'WWW-Authenticate': `DPoP realm="stage", error="${error}", algs="ES256 EdDSA"`, ...more });
  /** The claims of a proof, and the thumbprint of its key; it throws where the proof is wrong. */
  async function proof(x, token) {
    const { payload, protectedHeader } = await jwtVerify(x.headers.dpop, EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: 60, algorithms: ['ES256', 'EdDSA'] });
    assert.deepEqual(Object.keys(protectedHeader.jwk).filter((name) => ['d', 'p', 'q', 'k'].includes(name)), []);
    assert.deepEqual([payload.htm, payload.htu, payload.ath], [x.method, `${stage.origin}/mcp`, digest(token)]);
    assert.ok(payload.jti.length >= 16 && !stage.jtis.has(payload.jti), 'a proof is used once');
    stage.jtis.add(payload.jti);
    return { claims: payload, thumbprint: await calculateJwkThumbprint(protectedHeader.jwk) };
  }
  stage.guard = async (x) => {
    const [scheme, token] = (x.headers.authorization ?? '').split(' ');
    if (scheme !== 'DPoP') return refuse(x, 'invalid_token'), true;
    try {
      const { claims, thumbprint } = await proof(x, token);
      const { payload } = await jwtVerify(token, jwks, { issuer, audience: resource });
      assert.equal(payload.cnf.jkt, thumbprint);
      if (stage.revoked.has(token)) return refuse(x, 'invalid_token'), true;
      const wanted = stage.nonce;
      if (nonces) {
        stage.nonce = randomBytes(8).toString('hex');
        x.response.setHeader('DPoP-Nonce', stage.nonce);
        if (claims.nonce === undefined || claims.nonce !== wanted) return refuse(x, 'use_dpop_nonce'), true;
      }
      stage.verified.push({ kind: x.kind, token, thumbprint, nonce: claims.nonce });
    } catch (error) {
      stage.fault = error;
      refuse(x, 'invalid_dpop_proof');
      return true;
    }
    return false;
  };
  return stage;
}

/** A HOME of its own. */
function place(t) {
  const home = mkdtempSync(join(tmpdir(), 'hdr-peers-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** A private key of its own in a file of HOME: its source. */
function key(home, kind = 'ec') {
  const { privateKey } = generateKeyPairSync(kind, { namedCurve: 'P-256' });
  writeFileSync(join(home, 'dpop.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  return 'file:~/dpop.pem';
}

const service = (server, id = 'bound', more = []) => ['hdr-bearer-refresh', '--token-url', server.tokenUrl, '--client-id', id, '--client-secret', 'env:SECRET', '--resource', resource, ...more];

/** The bridge before the stage, with a session. */
async function connect(t, stage, helper, { home = place(t), options = [] } = {}) {
  const bridge = startClient(t, `${stage.url}?query=is-no-part-of-a-proof`, { options: ['--sign', 'dpop', ...options], helper, env: { HOME: home, SECRET: secret } });
  const answer = await bridge.initialize();
  assert.ok(answer.result, `${JSON.stringify(answer)} ${stage.fault ?? ''}`);
  return bridge;
}

/** None of the requests was refused. The bridge does not wait long for the answer to its last one. */
async function assertAllVerified(stage) {
  const end = performance.now() + 5000;
  while (stage.verified.length < stage.seen.length && !stage.fault && performance.now() < end) await new Promise((done) => setTimeout(done, 5));
  assert.deepEqual([stage.fault, stage.verified.length], [undefined, stage.seen.length]);
}

const claims = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'));

describe('DPoP', { concurrency: 4 }, () => {
  test('a token is bound to the key, and each request proves it', async (t) => {
    const server = await authority(t);
    const stage = await resourceServer(t, server.issuer);
    const bridge = await connect(t, stage, service(server));
    assert.ok((await bridge.call()).result);
    await stage.until('GET');
    await bridge.finish();
    await assertAllVerified(stage);
    assert.deepEqual([...new Set(stage.verified.map(({ kind }) => kind))].sort(), ['DELETE', 'GET', 'initialize', 'notifications/initialized', 'tools/call']);
    assert.equal(new Set(stage.verified.map(({ thumbprint }) => thumbprint)).size, 1);
    assert.deepEqual(server.tokens.map(({ answer }) => answer.token_type), ['DPoP']);
    const { htm, htu, ath, nonce } = claims(server.asked[0]);
    assert.deepEqual({ htm, htu, ath, nonce }, { htm: 'POST', htu: server.tokenUrl, ath: undefined, nonce: undefined });
  });

  test('a nonce that is asked for is no refusal: not at the token endpoint, and not at the MCP server', async (t) => {
    const server = await authority(t, { asks: true });
    const stage = await resourceServer(t, server.issuer, { nonces: true });
    const bridge = await connect(t, stage, service(server));
    for (let turn = 0; turn < 3; turn += 1) assert.ok((await bridge.call()).result);
    assert.equal(server.tokens.length, 1, 'no other token is asked for');
    assert.deepEqual(server.asked.map((proof) => typeof claims(proof).nonce), ['undefined', 'string']);
    assert.notEqual(claims(server.asked[0]).jti, claims(server.asked[1]).jti);
    assert.equal(stage.of('initialize').length, 2, 'the first one had no nonce');
    const calls = stage.verified.filter(({ kind }) => kind === 'tools/call').map(({ nonce }) => nonce);
    assert.equal(new Set(calls).size, 3, 'each proof has the nonce of the answer before');
  });

  test('a nonce that is asked for again and again: the error, and no other token', async (t) => {
    const server = await authority(t);
    const stage = await startStage(t);
    stage.guard = (x) => (x.status(401, { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': `n${stage.seen.length}` }), true);
    const bridge = startClient(t, stage.url, { options: ['--sign', 'dpop'], helper: service(server), env: { HOME: place(t), SECRET: secret } });
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } };
    const again = /HTTP 401: the server does not accept the credentials \(use_dpop_nonce\); try again: the server wants another nonce in each proof that it is sent$/;
    assertBridgeError(await bridge.request('initialize', params), again, { httpStatus: 401 });
    assert.deepEqual([stage.of('initialize').length, server.tokens.length], [2, 1]);
  });

  test('without --sign dpop: the error says what is missing, and no other token is asked for', async (t) => {
    const server = await authority(t);
    const stage = await startStage(t);
    stage.guard = (x) => (x.status(401, { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': 'n' }), true);
    const bridge = startClient(t, stage.url, { helper: service(server, 'either'), env: { HOME: place(t), SECRET: secret } });
    assertBridgeError(await bridge.request('ping'), /\(use_dpop_nonce\); add --sign dpop: the server takes only tokens that are bound to a key$/, { httpStatus: 401 });
    assert.equal(server.tokens.length, 1);
  });

  test('a token that is refused is replaced by one that is bound to the same key', async (t) => {
    const server = await authority(t);
    const stage = await resourceServer(t, server.issuer, { nonces: true });
    const bridge = await connect(t, stage, service(server));
    stage.revoked.add(server.tokens[0].answer.access_token);
    assert.ok((await bridge.call()).result, String(stage.fault));
    assert.equal(server.tokens.length, 2);
    assert.equal(new Set(stage.verified.map(({ thumbprint }) => thumbprint)).size, 1);
    assert.equal(stage.verified.at(-1).token, server.tokens[1].answer.access_token);
  });

  test('a request that is repeated has a proof of its own', async (t) => {
    const server = await authority(t);
    const stage = await resourceServer(t, server.issuer);
    const bridge = await connect(t, stage, service(server));
    stage.on.ping = (x) => (x.count === 1 ? x.cut() : x.result({}));
    assert.ok((await bridge.request('ping')).result);
    const [first, second] = stage.of('ping').map(({ headers }) => claims(headers.dpop).jti);
    assert.ok(first && second && first !== second);
  });

  test('without --dpop-key no process gets the token of another one', async (t) => {
    const server = await authority(t);
    const home = place(t);
    const thumbprints = new Set();
    for (let turn = 1; turn <= 2; turn += 1) {
      const stage = await resourceServer(t, server.issuer);
      await (await connect(t, stage, service(server), { home })).finish();
      assert.equal(server.tokens.length, turn);
      thumbprints.add(stage.verified[0].thumbprint);
    }
    assert.equal(thumbprints.size, 2);
  });

  for (const kind of ['ec', 'ed25519']) {
    test(`with --dpop-key the next process has the token too (${kind})`, async (t) => {
      const server = await authority(t);
      const home = place(t);
      const options = ['--dpop-key', key(home, kind)];
      const tokens = new Set();
      for (let turn = 1; turn <= 2; turn += 1) {
        const stage = await resourceServer(t, server.issuer);
        await (await connect(t, stage, service(server), { home, options })).finish();
        tokens.add(stage.verified[0].token);
      }
      assert.deepEqual([tokens.size, server.tokens.length], [1, 1]);
      // Another key.
      const other = ['--dpop-key', key(home)];
      const stage = await resourceServer(t, server.issuer);
      await (await connect(t, stage, service(server), { home, options: other })).finish();
      assert.equal(server.tokens.length, 2);
    });
  }

  test('a bound token and one that is not are kept apart', async (t) => {
    const server = await authority(t);
    const home = place(t);
    const stage = await resourceServer(t, server.issuer);
    const [helper, ...args] = service(server, 'either');
    await (await connect(t, stage, [helper, ...args], { home, options: ['--dpop-key', key(home)] })).finish();
    const plain = () => runProgram(join(bin, helper), args, { HOME: home, SECRET: secret });
    const { Authorization: value } = JSON.parse((await plain()).stdout);
    assert.deepEqual(server.tokens.map(({ answer }) => answer.token_type), ['DPoP', 'Bearer']);
    assert.equal(value, `Bearer ${server.tokens[1].answer.access_token}`);
    const again = await resourceServer(t, server.issuer);
    await (await connect(t, again, [helper, ...args], { home, options: ['--dpop-key', 'file:~/dpop.pem'] })).finish();
    assert.equal(again.verified[0].token, server.tokens[0].answer.access_token);
    assert.equal(server.tokens.length, 2);
  });

  test('the refresh token of a public client: not with a key that ends, and kept with one that lasts', async (t) => {
    const server = await authority(t);
    const home = place(t);
    const scope = 'mcp.read offline_access';
    writeFileSync(join(home, 'refresh'), await server.refreshToken('public', { scope, resource }), { mode: 0o600 });
    const helper = ['hdr-bearer-refresh', '--token-url', server.tokenUrl, '--client-id', 'public', '--refresh-token', 'file:~/refresh', '--resource', resource];
    const refused = startClient(t, 'http://127.0.0.1:9/mcp', { options: ['--sign', 'dpop'], helper, env: { HOME: home } });
    const message = /--refresh-token is not sent with --sign dpop: the server may bind its replacement to the key, and the key ends with this process; give hdr-bridge a key that lasts: --dpop-key SOURCE/;
    assertBridgeError(await refused.request('ping'), message);
    assert.equal(server.asked.length, 0);
    const options = ['--dpop-key', key(home)];
    for (let turn = 1; turn <= 2; turn += 1) {
      const stage = await resourceServer(t, server.issuer);
      await (await connect(t, stage, [...helper, '--fresh'], { home, options })).finish();
      await assertAllVerified(stage);
    }
    assert.deepEqual(server.tokens.slice(0, 2).map(({ rotated }) => rotated), [true, true]);
    assert.equal(server.reused, 0);
  });

  test('hdr-tenant hands the key on to the helper that it wraps', async (t) => {
    const server = await authority(t);
    const stage = await resourceServer(t, server.issuer);
    const bridge = await connect(t, stage, ['hdr-tenant', '--tenant', 'acme', '--', ...service(server)]);
    assert.ok((await bridge.call()).result);
    assert.equal(stage.of('tools/call')[0].headers['x-tenant-id'], 'acme');
  });

  test('a server that issues a token without a key: the error says so', async (t) => {
    const plain = await startProvider({ clients, resources: [resources], dpop: false });
    t.after(() => plain.close());
    const bridge = startClient(t, 'http://127.0.0.1:9/mcp', { options: ['--sign', 'dpop'], helper: service(plain, 'either'), env: { HOME: place(t), SECRET: secret } });
    assertBridgeError(await bridge.request('ping'), /its token is of type Bearer, not DPoP; configure the server to issue tokens that are bound to a key \(DPoP\) to this client, or remove --sign dpop/);
  });
});
