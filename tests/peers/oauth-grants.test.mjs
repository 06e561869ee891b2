// hdr-bearer-refresh against oidc-provider: every grant, for resources too, and what the provider thinks of each token.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { fails, token } from './bearer.mjs';
import { keyFile, run } from './helper.mjs';
import { jwtBearer, tokenExchange } from './provider-grants.mjs';
import { client, startProvider } from './provider.mjs';

const issuer = 'https://sts.example.com';
const mcp = 'https://mcp.example.com';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
keyFile('ec.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }));
keyFile('secret', 's3cret');

const secret = { client_secret: 's3cret' };
let server;
let common;
before(async () => {
  const clients = [
    client('service', ['client_credentials', jwtBearer, tokenExchange], secret),
    client('public', ['refresh_token'], { token_endpoint_auth_method: 'none' }),
    client('confidential', ['refresh_token'], secret),
  ];
  server = await startProvider({ clients, resources: [mcp], trusted: { [issuer]: { ...publicKey.export({ format: 'jwk' }), alg: 'ES256' } } });
  common = ['--token-url', server.tokenUrl, '--client-id', 'service', '--client-secret', 'file:~/secret'];
});
after(() => server.close());

test('a resource gets a token of its own (RFC 8707)', async () => {
  const of = (resource) => token([...common, '--scope', 'mcp.read', '--resource', resource]);
  const [a, b, again] = [await of(`${mcp}/a`), await of(`${mcp}/b`), await of(`${mcp}/a`)];
  assert.equal(again, a);
  assert.equal((await server.introspect(a)).aud, `${mcp}/a`);
  assert.equal((await server.introspect(b)).aud, `${mcp}/b`);
});

test('a JWT access token', async () => {
  const resource = `${mcp}/jwt`;
  const printed = await token(['--issuer', server.issuer, ...common.slice(2), '--scope', 'mcp.read mcp.write', '--resource', resource]);
  const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
  const { payload } = await jwtVerify(printed, keys, { issuer: server.issuer, audience: resource, typ: 'at+jwt' });
  assert.deepEqual([payload.client_id, payload.scope], ['service', 'mcp.read mcp.write']);
});

test('a resource that the server does not know, or more of them than it takes', async () => {
  await fails(4, [...common, '--resource', 'https://elsewhere.example.com'], /invalid_target/);
  await fails(4, [...common, '--resource', `${mcp}/a`, '--resource', `${mcp}/b`], /invalid_target.*only a single resource/);
});

test('a revoked token is served until somebody says --fresh', async () => {
  const args = [...common, '--scope', 'mcp.write'];
  const first = await token(args);
  await server.revoke(first);
  assert.deepEqual(await server.introspect(first), { active: false });
  assert.equal(await token(args), first);
  const second = await token([...args, '--fresh']);
  assert.equal((await server.introspect(second)).active, true);
  assert.equal(await token(args), second);
});

test('jwt-bearer', async () => {
  const args = [...common, '--assertion-key', 'file:~/ec.pem', '--iss', issuer, '--scope', 'mcp.read'];
  const printed = await token([...args, '--sub', 'alice', '--assertion-claim', 'role=reader']);
  const { active, on_behalf_of: subject, role } = await server.introspect(printed);
  assert.deepEqual({ active, subject, role }, { active: true, subject: 'alice', role: 'reader' });
  const issuers = [...args, '--no-cache'];
  const each = [await token(issuers), await token(issuers)];
  assert.notEqual(each[0], each[1]);
  assert.equal((await server.introspect(each[1])).on_behalf_of, issuer);
  await fails(4, [...args, '--aud', 'https://elsewhere.example.com'], /invalid_grant.*'aud'/);
  await fails(4, [...common, '--assertion-key', 'file:~/ec.pem', '--iss', 'https://unknown.example.com'], /invalid_grant.*issuer of the assertion is unknown/);
});

test('jwt-bearer finds its audience in the metadata', async () => {
  const found = ['--issuer', server.issuer, ...common.slice(2)];
  const printed = await token([...found, '--assertion-key', 'file:~/ec.pem', '--iss', issuer]);
  const { assertion } = server.tokens.at(-1);
  assert.equal(JSON.parse(Buffer.from(assertion.split('.')[1], 'base64url')).aud, server.issuer);
  assert.equal((await server.introspect(printed)).active, true);
});

test('token-exchange', async () => {
  const subject = await token([...common, '--scope', 'mcp.read', '--param', 'for=exchange']);
  keyFile('subject', subject);
  const args = [...common, '--subject-token', 'file:~/subject', '--audience', `${mcp}/a`];
  const printed = await token(args);
  const { active, on_behalf_of: whose, for: audience } = await server.introspect(printed);
  assert.deepEqual({ active, whose, audience }, { active: true, whose: 'service', audience: `${mcp}/a` });
  assert.notEqual(printed, subject);
  await server.revoke(subject);
  await fails(4, [...args, '--fresh'], /invalid_request: the subject token is not valid.*check --subject-token/);
  await fails(4, [...args, '--fresh', '--subject-token-type', 'urn:x:other'], /urn:x:other is not taken/);
});

test('a refresh token that rotates: the newest is kept, and the consumed one is never sent again', async () => {
  const original = await server.refreshToken('public');
  keyFile('rotating', original);
  const args = ['--token-url', server.tokenUrl, '--client-id', 'public', '--refresh-token', 'file:~/rotating'];
  server.tokens.length = 0;
  const printed = [];
  for (let turn = 0; turn < 5; turn += 1) printed.push(await token([...args, '--fresh']));
  assert.equal(new Set(printed).size, 5);
  assert.deepEqual(server.tokens.map(({ rotated }) => rotated), Array(5).fill(true));
  const sent = server.tokens.map(({ refresh_token: refreshToken }) => refreshToken);
  const given = server.tokens.map(({ answer }) => answer.refresh_token);
  assert.deepEqual(sent, [original, ...given.slice(0, -1)]);
  assert.equal((await server.introspect(given.at(-1))).active, true);
  assert.equal((await server.introspect(printed.at(-1))).active, true);
  assert.equal(server.reused, 0);
});

test('a refresh token that somebody else used: the family is gone, and a new one in the source begins anew', async () => {
  keyFile('stolen', await server.refreshToken('public'));
  const args = ['--token-url', server.tokenUrl, '--client-id', 'public', '--refresh-token', 'file:~/stolen'];
  await token(args);
  const { refresh_token: consumed, answer } = server.tokens.at(-1);
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'public', refresh_token: consumed });
  assert.equal((await fetch(server.tokenUrl, { method: 'POST', body })).status, 400);
  assert.equal(server.reused, 1);
  assert.deepEqual(await server.introspect(answer.refresh_token), { active: false });
  await fails(4, [...args, '--fresh'], /invalid_grant/);
  keyFile('stolen', await server.refreshToken('public'));
  assert.equal((await server.introspect(await token(args))).active, true);
});

test('a refresh token that does not rotate is sent again and again, for a resource', async () => {
  const resource = `${mcp}/a`;
  const original = await server.refreshToken('confidential', { resource });
  keyFile('lasting', original);
  const args = ['--issuer', server.issuer, '--client-id', 'confidential', '--client-secret', 'file:~/secret', '--refresh-token', 'file:~/lasting', '--resource', resource];
  server.tokens.length = 0;
  const printed = [await token([...args, '--fresh']), await token([...args, '--fresh'])];
  assert.notEqual(printed[0], printed[1]);
  assert.deepEqual(server.tokens.map(({ refresh_token: sent, rotated }) => [sent, rotated]), Array(2).fill([original, false]));
  assert.equal((await server.introspect(printed[1])).aud, resource);
});

test('a refresh token that comes with an answer without a usable token is kept', async () => {
  keyFile('misread', await server.refreshToken('public'));
  const args = ['--token-url', server.tokenUrl, '--client-id', 'public', '--refresh-token', 'file:~/misread'];
  const before = server.reused;
  await fails(4, [...args, '--token-field', 'acces_token'], /has no acces_token/);
  assert.equal((await server.introspect(await token(args))).active, true);
  assert.equal(server.reused, before);
});

test('a refresh token that is forgotten is revoked, the newest of them, and its grant with it', async () => {
  for (const [id, ...credential] of [['public'], ['confidential', '--client-secret', 'file:~/secret']]) {
    keyFile(`forgotten-${id}`, await server.refreshToken(id));
    const args = ['--issuer', server.issuer, '--client-id', id, ...credential, '--refresh-token', `file:~/forgotten-${id}`];
    const access = await token(args);
    const { answer } = server.tokens.at(-1);
    const newest = answer.refresh_token;
    const forget = (...more) => run('hdr-bearer-refresh', [...args, 'forget', '--refresh-token-too', ...more]);
    const { code, stdout, stderr } = await forget();
    const kept = id === 'public' ? '1 refresh token' : '0 refresh tokens';
    assert.deepEqual([code, stdout.toString(), stderr.toString()], [0, `forgot 1 access token\nforgot ${kept}\n`, '']);
    // That of the confidential client does not rotate, so none is kept: the one in its source is the user's.
    const active = id !== 'public';
    assert.deepEqual([(await server.introspect(newest)).active, (await server.introspect(access)).active], [active, active]);
  }
});
