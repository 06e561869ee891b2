// hdr-jwt against jose and node:crypto: every key format and every algorithm.
import assert from 'node:assert/strict';
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { calculateJwkThumbprint } from 'jose';
import { keyFile, now } from './helper.mjs';
import { jwt } from './jwt.mjs';

async function verify(args, key, protectedHeader, env) {
  const answer = await jwt(args, key, protectedHeader.alg, env);
  assert.deepEqual(answer, { protectedHeader: { typ: 'JWT', ...protectedHeader }, payload: { iat: now, exp: now + 3600 }, others: {} });
}

const pair = (type, options) => generateKeyPairSync(type, options);
const rsa = pair('rsa', { modulusLength: 2048 });
const p256 = pair('ec', { namedCurve: 'P-256' });
const p384 = pair('ec', { namedCurve: 'P-384' });
const ed25519 = pair('ed25519');

const pem = (key, type) => key.export({ format: 'pem', type });
const jwk = (key, members = {}) => ({ ...key.export({ format: 'jwk' }), ...members });

/** RFC 8410 section 7: version 2 carries the public key behind the private one. */
function ed25519Version2({ privateKey, publicKey }) {
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d, 'base64url');
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
  const der = Buffer.concat([Buffer.from('3051020101300506032b657004220420', 'hex'), seed, Buffer.from('812100', 'hex'), point]);
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

const formats = [
  ['RSA PKCS#8', pem(rsa.privateKey, 'pkcs8'), rsa, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['RSA PKCS#1', pem(rsa.privateKey, 'pkcs1'), rsa, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['RSA JWK', jwk(rsa.privateKey), rsa, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['P-256 PKCS#8', pem(p256.privateKey, 'pkcs8'), p256, ['ES256']],
  ['P-256 SEC1', pem(p256.privateKey, 'sec1'), p256, ['ES256']],
  ['P-256 JWK', jwk(p256.privateKey), p256, ['ES256']],
  ['P-384 PKCS#8', pem(p384.privateKey, 'pkcs8'), p384, ['ES384']],
  ['P-384 SEC1', pem(p384.privateKey, 'sec1'), p384, ['ES384']],
  ['P-384 JWK', jwk(p384.privateKey), p384, ['ES384']],
  ['Ed25519 PKCS#8', pem(ed25519.privateKey, 'pkcs8'), ed25519, ['EdDSA']],
  ['Ed25519 PKCS#8 version 2', ed25519Version2(ed25519), ed25519, ['EdDSA']],
  ['Ed25519 JWK', jwk(ed25519.privateKey), ed25519, ['EdDSA']],
];

for (const [name, content, { publicKey }, algorithms] of formats) {
  describe(name, { concurrency: true }, () => {
    const source = `file:${keyFile(name.replaceAll(/\W/g, '-'), content)}`;
    test(`without --alg: ${algorithms[0]}`, () => verify(['--key', source], publicKey, { alg: algorithms[0] }));
    for (const alg of algorithms) test(`--alg ${alg}`, () => verify(['--key', source, '--alg', alg], publicKey, { alg }));
  });
}

describe('a shared secret', { concurrency: true }, () => {
  const secret = randomBytes(64);
  const text = secret.toString('base64url');
  const octets = { kty: 'oct', k: text };
  const sources = [
    ['raw in the environment', ['--key', 'env:SHARED'], Buffer.from(text)],
    ['raw in a file', ['--key', `file:${keyFile('secret.raw', secret)}`], secret],
    ['hex', ['--key', `file:${keyFile('secret.hex', `${secret.toString('hex')}\n`)}`, '--key-encoding', 'hex'], secret],
    ['base64', ['--key', `file:${keyFile('secret.base64', `${secret.toString('base64')}\n`)}`, '--key-encoding', 'base64'], secret],
    ['base64url', ['--key', 'env:SHARED', '--key-encoding', 'base64url'], secret],
    ['JWK', ['--key', `file:${keyFile('secret.jwk', octets)}`], secret],
  ];
  for (const [name, args, key] of sources) {
    test(`${name}, without --alg`, () => verify(args, createSecretKey(key), { alg: 'HS256' }, { SHARED: text }));
    for (const alg of ['HS256', 'HS384', 'HS512'])
      test(`${name}, ${alg}`, () => verify([...args, '--alg', alg], createSecretKey(key), { alg }, { SHARED: text }));
  }
});

describe('kid', { concurrency: true }, () => {
  const source = `file:${keyFile('kid.jwk', jwk(p256.privateKey, { kid: 'of-the-key' }))}`;
  test('a JWK brings its own', () => verify(['--key', source], p256.publicKey, { alg: 'ES256', kid: 'of-the-key' }));
  test('--kid wins', () => verify(['--key', source, '--kid', 'mine'], p256.publicKey, { alg: 'ES256', kid: 'mine' }));

  for (const [name, key] of Object.entries({ rsa, p256, p384, ed25519 })) {
    test(`the thumbprint of ${name}`, async () => {
      const kid = await calculateJwkThumbprint(jwk(key.publicKey));
      const alg = { rsa: 'RS256', p256: 'ES256', p384: 'ES384', ed25519: 'EdDSA' }[name];
      await verify(['--key', `file:${keyFile(`thumbprint-${name}`, pem(key.privateKey, 'pkcs8'))}`, '--kid', 'thumbprint'], key.publicKey, { alg, kid });
    });
  }

  const set = { keys: [jwk(rsa.privateKey, { kid: 'old', alg: 'PS384' }), jwk(ed25519.privateKey, { kid: 'new' })] };
  const setSource = `file:${keyFile('set.jwks', set)}`;
  test('a JWKS, its first key and that key\'s alg', () => verify(['--key', setSource, '--kid', 'old'], rsa.publicKey, { alg: 'PS384', kid: 'old' }));
  test('a JWKS, its second key', () => verify(['--key', setSource, '--kid', 'new'], ed25519.publicKey, { alg: 'EdDSA', kid: 'new' }));
});

test('a Google service-account JSON brings key and kid', async () => {
  const account = {
    type: 'service_account', project_id: 'demo', private_key_id: 'a1b2c3', private_key: pem(rsa.privateKey, 'pkcs8'),
    client_email: 'robot@demo.iam.gserviceaccount.com', client_id: '1', token_uri: 'https://oauth2.googleapis.com/token',
  };
  await verify(['--key', `file:${keyFile('account.json', account)}`], rsa.publicKey, { alg: 'RS256', kid: 'a1b2c3' });
});
