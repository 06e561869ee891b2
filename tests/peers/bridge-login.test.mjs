// A sign-in behind hdr-bridge: without one each request is answered with the command to type, and one that is made meanwhile is used without a restart.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, startClient } from './bridge-client.mjs';
import { startStage } from './bridge-stage.mjs';
import { Browser } from './browser.mjs';
import { home, run } from './helper.mjs';
import { client as registered, startProvider } from './provider.mjs';
import { login } from './sign-in.mjs';

const scope = 'openid offline_access mcp.read';
const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } };

let server;
before(async () => {
  const person = { token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code'] };
  server = await startProvider({ people: true, clients: [registered('person', ['authorization_code', 'refresh_token'], person)] });
});
after(() => server.close());

test('not signed in, then signed in, then signed out', async (t) => {
  const options = ['--issuer', server.issuer, '--client-id', 'person', '--scope', scope];
  const stage = await startStage(t);
  stage.guard = (x) => {
    if (/^Bearer \S+$/.test(x.headers.authorization ?? '')) return false;
    x.status(401);
    return true;
  };
  const client = startClient(t, stage.url, { helper: ['hdr-bearer-refresh', ...options], env: { HOME: home } });
  const command = `hdr-bearer-refresh --issuer ${server.issuer} --client-id person --scope '${scope}' login`;
  for (let turn = 0; turn < 2; turn += 1) {
    const { error } = await client.request('initialize', params);
    assert.equal(error.code, -31000);
    assert.ok(error.message.includes(`not signed in: run ${command} in a terminal; the next run uses that sign-in`), error.message);
  }
  const progress = await login([...options, '--flow', 'browser', '--no-open']);
  await new Browser().signIn(progress.url, 'alice');
  assert.equal((await progress.ended).code, 0);
  assert.ok((await client.request('initialize', params)).result);
  const [token] = stage.of('initialize').map(({ headers }) => headers.authorization?.slice(7)).filter(Boolean);
  assert.equal((await server.introspect(token)).sub, 'alice');

  const other = await connect(t, stage, { helper: ['hdr-bearer-refresh', ...options], env: { HOME: home } });
  assert.ok((await other.call()).result);
  assert.equal(stage.of('tools/call')[0].headers.authorization, `Bearer ${token}`);
  assert.equal((await run('hdr-bearer-refresh', [...options, 'logout'])).code, 0);
  const { error } = await startClient(t, stage.url, { helper: ['hdr-bearer-refresh', ...options], env: { HOME: home } }).request('initialize', params);
  assert.match(error.message, /not signed in: run /);
});
