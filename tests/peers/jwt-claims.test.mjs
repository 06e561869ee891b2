// hdr-jwt against jose: the options that shape the claims and the protected header.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { keyFile, now } from './helper.mjs';
import { jwt } from './jwt.mjs';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const source = `file:${keyFile('claims.pem', privateKey.export({ format: 'pem', type: 'sec1' }))}`;
const claimsFile = keyFile('claims.json', { org: { id: 7, tags: ['a', 'b'] }, admin: false });

const header = { alg: 'ES256', typ: 'JWT' };
const times = { iat: now, exp: now + 3600 };

/** name, arguments, claims beside the times, members of the header beside alg */
const cases = [
  ['iss, sub and one aud', ['--iss', 'me', '--sub', 'you', '--aud', 'https://mcp.example.com'], { iss: 'me', sub: 'you', aud: 'https://mcp.example.com' }],
  ['two aud', ['--aud', 'a', '--aud', 'b'], { aud: ['a', 'b'] }],
  ['ttl', ['--ttl', '90s'], { exp: now + 90 }],
  ['backdate', ['--backdate', '2m', '--ttl', '5m'], { iat: now - 120, exp: now + 300 }],
  ['a claim with the server', ['--claim', 'session=session-{server:name}', '--claim', 'host={server:host}', '--server-name', 'srv', '--server-url', 'https://mcp.example.com/x'],
    { session: 'session-srv', host: 'mcp.example.com' }],
  ['a claim from the environment', ['--claim', 'user={env:WHO}', '--claim', 'braces={{}}=='], { user: 'Zoë "Z" {x}', braces: '{}==' }],
  ['a claim in JSON', ['--claim-json', 'roles=["r1","r2"]', '--claim-json', 'level=3', '--claim-json', 'deep={"a":{"b":null}}'],
    { roles: ['r1', 'r2'], level: 3, deep: { a: { b: null } } }],
  ['claims of a file', ['--claims', claimsFile, '--iss', 'me'], { org: { id: 7, tags: ['a', 'b'] }, admin: false, iss: 'me' }],
  ['a nonce', ['--claim', 'nonce={nonce}', '--nonce', 'n-1'], { nonce: 'n-1' }],
  ['typ', ['--jose', 'typ=at+jwt'], {}, { typ: 'at+jwt' }],
  ['another member of the header', ['--jose', 'cty=JWT', '--jose', 'server={server:name}', '--server-name', 'srv'], {}, { cty: 'JWT', server: 'srv' }],
];

for (const [name, args, claims, members] of cases) {
  test(name, async () => {
    const answer = await jwt(['--key', source, ...args], publicKey, 'ES256', { WHO: 'Zoë "Z" {x}' });
    assert.deepEqual(answer, { protectedHeader: { ...header, ...members }, payload: { ...times, ...claims }, others: {} });
  });
}

test('jti is a new UUID each time', async () => {
  const ids = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const { payload: { jti, ...rest } } = await jwt(['--key', source, '--jti'], publicKey, 'ES256');
    assert.match(jti, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(rest, times);
    ids.push(jti);
  }
  assert.notEqual(ids[0], ids[1]);
});
