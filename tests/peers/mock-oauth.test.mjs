// hdr-bearer-refresh against oauth2-mock-server, an authorization server unlike oidc-provider: JWTs only, no client authentication, new refresh tokens always, and answers that a test bends.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { OAuth2Server } from 'oauth2-mock-server';
import { fails, token } from './bearer.mjs';
import { keyFile } from './helper.mjs';

const server = new OAuth2Server();
const requests = [];
let url;
let keys;
before(async () => {
  await server.issuer.keys.generate('ES256');
  await server.start(0, '127.0.0.1');
  // It calls itself localhost, whatever it listens on.
  server.issuer.url = `http://127.0.0.1:${server.address().port}`;
  url = `${server.issuer.url}/token`;
  keys = createRemoteJWKSet(new URL(`${server.issuer.url}/jwks`));
  server.service.on('beforeResponse', ({ body, statusCode }, request) => requests.push({ ...request.body, authorization: request.headers.authorization, body, statusCode }));
  keyFile('secret', 's3cret');
});
after(() => server.stop());
beforeEach(() => {
  requests.length = 0;
});

/** Bends the next answer. */
const bend = (change) => server.service.prependOnceListener('beforeResponse', change);
const verified = async (text) => (await jwtVerify(text, keys, { issuer: server.issuer.url })).payload;

test('client credentials, found by OpenID metadata: it lists no authentication, so the secret goes as it usually does', async () => {
  const args = ['--issuer', server.issuer.url, '--client-id', 'abc', '--client-secret', 'file:~/secret', '--scope', 'a', '--scope', 'b', '--param', 'aud=mcp'];
  const { scope, aud } = await verified(await token(args));
  assert.deepEqual({ scope, aud }, { scope: 'a b', aud: 'mcp' });
  assert.equal(requests[0].authorization, `Basic ${btoa('abc:s3cret')}`);
  await token(args);
  assert.equal(requests.length, 1);
});

test('a refresh token: each answer brings the next one, and an id_token beside it', async () => {
  keyFile('refresh', 'first');
  const args = ['--token-url', url, '--client-id', 'abc', '--refresh-token', 'file:~/refresh'];
  const printed = await token(args);
  assert.equal((await verified(printed)).sub, 'johndoe');
  await token([...args, '--fresh']);
  assert.deepEqual(requests.map(({ refresh_token: sent }) => sent), ['first', requests[0].body.refresh_token]);
  const id = await token([...args, '--fresh', '--token-field', 'id_token']);
  assert.equal((await verified(id)).aud, 'abc');
  assert.equal(requests[2].refresh_token, requests[1].body.refresh_token);
});

test('a refused refresh token stays the newest', async () => {
  keyFile('refused', 'original');
  const args = ['--token-url', url, '--client-id', 'abc', '--refresh-token', 'file:~/refused', '--fresh'];
  await token(args);
  bend((response) => Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant', error_description: 'not now' } }));
  await fails(4, args, /invalid_grant: not now/);
  await token(args);
  assert.deepEqual(requests.slice(1).map(({ refresh_token: sent }) => sent), Array(2).fill(requests[0].body.refresh_token));
});

test('a server that is busy once', async () => {
  bend((response) => Object.assign(response, { statusCode: 503, body: { error: 'temporarily_unavailable' } }));
  await token(['--token-url', url, '--client-id', 'busy', '--grant', 'client-credentials']);
  assert.deepEqual(requests.map(({ statusCode }) => statusCode), [503, 200]);
});

const lives = { 'a string': '3600', missing: undefined };
for (const [name, life] of Object.entries(lives)) {
  test(`expires_in is ${name}`, async () => {
    const args = ['--token-url', url, '--client-id', `life-${name}`, '--grant', 'client-credentials'];
    bend(({ body }) => Object.assign(body, { expires_in: life }));
    const printed = await token(args);
    assert.equal(await token(args), printed);
    assert.equal(requests.length, 1);
  });
}

const answers = {
  'a MAC token': [{ token_type: 'mac' }, /of type mac, not Bearer/],
  'a token with a line feed': [{ access_token: 'a\nb' }, /not allowed in a header/],
  'no token': [{ access_token: undefined }, /without a token/],
};
for (const [name, [change, line]] of Object.entries(answers)) {
  test(`${name} is refused`, async () => {
    bend(({ body }) => Object.assign(body, change));
    await fails(4, ['--token-url', url, '--client-id', name, '--grant', 'client-credentials'], line);
  });
}
