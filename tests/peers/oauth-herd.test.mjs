// A hundred processes at one moment against oidc-provider: one asks, all print the same, and no refresh token is used twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { token } from './bearer.mjs';
import { keyFile } from './helper.mjs';
import { herd } from './herd.mjs';
import { client, startProvider } from './provider.mjs';

const count = 100;

let server;
before(async () => {
  keyFile('secret', 's3cret');
  server = await startProvider({
    clients: [
      client('service', ['client_credentials'], { client_secret: 's3cret' }),
      client('public', ['refresh_token'], { token_endpoint_auth_method: 'none' }),
    ],
  });
});
after(() => server.close());

/** Lets the herd run: the provider was asked once, and everybody prints what it answered. */
async function asksOnce(context, args) {
  server.tokens.length = 0;
  const { outputs, codes, errors, milliseconds } = await herd(count, args);
  context.diagnostic(`${count} processes at once: ${milliseconds} ms, ${server.tokens.length} token request`);
  assert.deepEqual({ codes, errors }, { codes: [0], errors: [''] });
  assert.equal(server.tokens.length, 1);
  const { answer, rotated } = server.tokens[0];
  assert.deepEqual(outputs, [`{"Authorization":"Bearer ${answer.access_token}"}\n`]);
  assert.equal((await server.introspect(answer.access_token)).active, true);
  return { answer, rotated };
}

test('a cold cache', async (context) => {
  const args = ['--token-url', server.tokenUrl, '--client-id', 'service', '--client-secret', 'file:~/secret'];
  const { answer } = await asksOnce(context, args);
  const { outputs } = await herd(count, args);
  assert.deepEqual(outputs, [`{"Authorization":"Bearer ${answer.access_token}"}\n`]);
  assert.equal(server.tokens.length, 1);
});

test('a wrong secret is shown to the server once', async () => {
  keyFile('wrong', 'wr0ng');
  server.refused.length = 0;
  const args = ['--token-url', server.tokenUrl, '--client-id', 'service', '--client-secret', 'file:~/wrong'];
  const { outputs, codes } = await herd(count, args);
  assert.deepEqual({ outputs, codes }, { outputs: [''], codes: [4] });
  assert.equal(server.refused.length, 1);
  server.refused.length = 0;
});

test('an expired access token and a refresh token that rotates', async (context) => {
  keyFile('refresh', await server.refreshToken('public'));
  const args = ['--issuer', server.issuer, '--client-id', 'public', '--refresh-token', 'file:~/refresh'];
  server.life = 1;
  const first = await token(args);
  server.life = 3600;
  await sleep(1100);
  assert.deepEqual(await server.introspect(first), { active: false });

  const { answer, rotated } = await asksOnce(context, args);
  assert.equal(rotated, true);
  assert.deepEqual([server.reused, server.refused], [0, []]);
  assert.equal((await server.introspect(answer.refresh_token)).active, true);
  assert.notEqual(await token([...args, '--fresh']), answer.access_token);
  assert.equal(server.reused, 0);
});
