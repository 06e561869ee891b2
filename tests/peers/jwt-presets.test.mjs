// hdr-jwt against jose: what GitHub, Google and Snowflake document for the JWTs they take.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { keyFile, now } from './helper.mjs';
import { jwt } from './jwt.mjs';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
const source = `file:${keyFile('rsa.pem', pem)}`;
const header = { alg: 'RS256', typ: 'JWT' };

test('github-app', async () => {
  const pkcs1 = `file:${keyFile('app.pem', privateKey.export({ format: 'pem', type: 'pkcs1' }))}`;
  const answer = await jwt(['--preset', 'github-app', '--app-id', '123456', '--key', pkcs1], publicKey, 'RS256');
  assert.deepEqual(answer, { protectedHeader: header, payload: { iss: '123456', iat: now - 60, exp: now + 540 }, others: {} });
});

const email = 'robot@demo.iam.gserviceaccount.com';
const account = `file:${keyFile('account.json', { type: 'service_account', private_key_id: 'a1b2c3', private_key: pem, client_email: email })}`;
const google = { iss: email, sub: email, iat: now, exp: now + 3600 };

test('google-service-account with an audience', async () => {
  const answer = await jwt(['--preset', 'google-service-account', '--key', account, '--aud', 'https://pubsub.googleapis.com/'], publicKey, 'RS256');
  assert.deepEqual(answer, { protectedHeader: { ...header, kid: 'a1b2c3' }, payload: { ...google, aud: 'https://pubsub.googleapis.com/' }, others: {} });
});

test('google-service-account with a scope', async () => {
  const scope = 'https://www.googleapis.com/auth/cloud-platform';
  const answer = await jwt(['--preset', 'google-service-account', '--key', account, '--scope', scope], publicKey, 'RS256');
  assert.deepEqual(answer, { protectedHeader: { ...header, kid: 'a1b2c3' }, payload: { ...google, scope }, others: {} });
});

const fingerprint = `SHA256:${createHash('sha256').update(publicKey.export({ format: 'der', type: 'spki' })).digest('base64')}`;

// Snowflake's own generators cut the region of an account locator: it is no part of the issuer.
for (const [given, user, subject] of [
  ['myorg-account1', 'robot', 'MYORG-ACCOUNT1.ROBOT'],
  ['xy12345.us-east-1.aws', 'Robot_2', 'XY12345.ROBOT_2'],
]) {
  test(`snowflake, ${given}`, async () => {
    const answer = await jwt(['--preset', 'snowflake', '--account', given, '--user', user, '--key', source], publicKey, 'RS256');
    assert.deepEqual(answer, {
      protectedHeader: header,
      payload: { iss: `${subject}.${fingerprint}`, sub: subject, iat: now, exp: now + 59 * 60 },
      others: { 'X-Snowflake-Authorization-Token-Type': 'KEYPAIR_JWT' },
    });
  });
}
