// Signing in at oidc-provider, in a browser and with a code; what is served afterwards, to many at once too; and signing out.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Browser } from './browser.mjs';
import { home, keyFile, run } from './helper.mjs';
import { herd } from './herd.mjs';
import { bearerGuard, startServer } from './mcp-server.mjs';
import { client, startProvider } from './provider.mjs';
import { login, redirectOf } from './sign-in.mjs';

const grants = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'];
const scope = 'openid email offline_access mcp.read';

const resources = [];
let server;
let mcp;
before(async () => {
  const person = { token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code'] };
  const secret = { ...person, token_endpoint_auth_method: 'client_secret_basic', client_secret: 's3cret' };
  server = await startProvider({ people: true, resources, clients: [client('person', grants, person), client('secretive', [...grants, 'client_credentials'], secret)] });
  mcp = await startServer({ '/mcp': bearerGuard({ introspect: server.introspect, issuer: server.issuer, scope: 'mcp.read' }) });
  resources.push(mcp.origin);
});
after(() => Promise.all([server.close(), mcp.close()]));
afterEach(() => {
  server.tokens.length = 0;
  server.refused.length = 0;
});

const options = (clientId, ...more) => ['--issuer', server.issuer, '--client-id', clientId, '--scope', scope, ...more];
const helper = async (...args) => {
  const { code, stdout, stderr } = await run('hdr-bearer-refresh', args);
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
};
const printed = ({ code, stdout, stderr }) => {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).Authorization.replace('Bearer ', '');
};
const notSignedIn = (args) => ({ code: 3, stdout: '', stderr: `hdr-bearer-refresh: not signed in: run hdr-bearer-refresh ${args} login in a terminal; the next run uses that sign-in\n` });

/** Signs in as `who` in a browser. */
async function signIn(args, who) {
  const progress = await login([...args, '--flow', 'browser', '--no-open']);
  const page = await new Browser().signIn(progress.url, who);
  assert.match(page.body, /<h1>Signed in<\/h1>/, progress.said);
  return { progress, ...(await progress.ended) };
}

test('in a browser: PKCE and state, a page that says so, and a chain that rotates', async () => {
  const args = options('person');
  assert.deepEqual(await helper(...args), notSignedIn(`--issuer ${server.issuer} --client-id person --scope '${scope}'`));
  const { progress, code, stdout } = await signIn(args, 'alice');
  assert.deepEqual({ code, stdout }, { code: 0, stdout: `signed in at ${server.issuer} as alice@example.com\n` });
  const asked = new URL(progress.url).searchParams;
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.match(asked.get('state'), /^[\w-]{43}$/);
  assert.equal(asked.get('prompt'), 'consent');
  assert.equal(redirectOf(progress).origin, `http://127.0.0.1:${redirectOf(progress).port}`);
  assert.deepEqual(server.tokens.map(({ grant_type }) => grant_type), ['authorization_code']);

  const first = printed(await helper(...args));
  assert.equal(printed(await helper(...args)), first);
  assert.notEqual(printed(await helper(...args, '--fresh')), first);
  assert.deepEqual(server.tokens.map(({ grant_type, rotated }) => [grant_type, rotated]), [['authorization_code', false], ['refresh_token', true], ['refresh_token', true]]);
  assert.deepEqual([server.reused, server.refused], [0, []]);

  const status = JSON.parse((await helper('status', '--json')).stdout).tokens;
  const row = status.find(({ kind }) => kind === 'sign-in');
  assert.deepEqual([row.account, row.client_id, row.issuer, row.ends_at], ['alice@example.com', 'person', server.issuer, null]);
  const { stdout: table } = await helper('status');
  assert.match(table, new RegExp(`^sign-in  ${server.issuer}  account alice@example.com  client person .*  signed in \\d+s ago$`, 'm'));
  await helper(...args, 'logout');
});

test('with a code on another device', async () => {
  const args = options('person');
  const progress = await login([...args, '--flow', 'device']);
  assert.match(progress.said, /^Open this URL on any device, and enter the code [B-Z]{4}-[B-Z]{4}:\n\n {2}http:\/\/127\.0\.0\.1:\d+\/device\n/);
  const complete = progress.said.match(/^ {2}(\S+user_code=\S+)$/m)[1];
  const page = await new Browser().signIn(complete, 'bob');
  assert.match(page.body, /Sign-in Success/);
  const { code, stdout } = await progress.ended;
  assert.deepEqual({ code, stdout }, { code: 0, stdout: `signed in at ${server.issuer} as bob@example.com\n` });
  const token = printed(await helper(...args));
  assert.equal((await server.introspect(token)).sub, 'bob');
  await helper(...args, 'logout');
});

test('denied on another device', async () => {
  const progress = await login([...options('person'), '--flow', 'device']);
  const browser = new Browser();
  const complete = progress.said.match(/^ {2}(\S+user_code=\S+)$/m)[1];
  await browser.submit(await browser.open(complete), { abort: 'yes' });
  const { code, stdout, stderr } = await progress.ended;
  assert.deepEqual({ code, stdout }, { code: 4, stdout: '' });
  const message = `hdr-bearer-refresh: ${server.issuer} did not sign you in: access was denied (access_denied); run login again, and allow the access that is asked for\n`;
  assert.ok(stderr.endsWith(message), stderr);
  assert.equal((await helper(...options('person'))).code, 3);
});

test('fifty helpers at once after one login: one refresh, all served', async (context) => {
  const args = options('person');
  await signIn(args, 'alice');
  server.tokens.length = 0;
  const { outputs, codes, errors, milliseconds } = await herd(50, args);
  context.diagnostic(`50 processes at once: ${milliseconds} ms, ${server.tokens.length} token request`);
  assert.deepEqual({ codes, errors }, { codes: [0], errors: [''] });
  assert.deepEqual(server.tokens.map(({ grant_type }) => grant_type), ['refresh_token']);
  assert.deepEqual(outputs, [`{"Authorization":"Bearer ${server.tokens[0].answer.access_token}"}\n`]);
  await helper(...args, 'logout');
});

test('signing out revokes both tokens, and nobody is served any more', async () => {
  const args = options('person');
  await signIn(args, 'alice');
  const token = printed(await helper(...args));
  const other = printed(await helper(...args, '--param', 'a=b'));
  assert.notEqual(other, token);
  const refresh = server.tokens.at(-1).answer.refresh_token;
  assert.equal((await server.introspect(refresh)).active, true);
  assert.deepEqual(await helper(...args, 'logout'), { code: 0, stdout: `signed out of ${server.issuer}\n`, stderr: '' });
  for (const ended of [token, other, refresh]) assert.deepEqual(await server.introspect(ended), { active: false });
  assert.equal((await helper(...args)).code, 3);
  assert.equal((await helper('status')).stdout, 'no token is stored\n');
  assert.deepEqual(await helper(...args, 'logout'), { code: 0, stdout: 'no sign-in is stored for these options\n', stderr: '' });
});

test('signing out in the middle: whatever was handed out is revoked, and nothing is afterwards', async () => {
  const args = options('person');
  await signIn(args, 'alice');
  printed(await helper(...args));
  const runs = [];
  let isOver = false;
  const served = async () => {
    for (let more = 0; more < 3; more += isOver ? 1 : 0) runs.push(await helper(...args, '--fresh'));
  };
  const many = [served(), served(), served()];
  while (runs.length < 3) await new Promise((done) => setTimeout(done, 5));
  const out = await helper(...args, 'logout');
  isOver = true;
  const { length } = runs;
  assert.deepEqual([out.code, out.stdout], [0, `signed out of ${server.issuer}\n`]);
  await Promise.all(many);
  // Those that were under way may have got theirs before.
  const late = runs.slice(length + 3);
  assert.ok(late.length > 0);
  for (const { code, stdout } of late) assert.deepEqual([code, stdout], [3, '']);
  for (const { code, stdout } of runs.filter(({ stdout }) => stdout)) {
    assert.equal(code, 0);
    assert.deepEqual(await server.introspect(JSON.parse(stdout).Authorization.slice(7)), { active: false });
  }
});

test('a client is registered once for an issuer, and anew for another redirect URL', async () => {
  const registered = [];
  const args = ['--issuer', server.issuer, '--scope', scope];
  for (const more of [[], [], ['--redirect-url', 'http://127.0.0.1/other']]) {
    const { progress } = await signIn([...args, ...more], 'carol');
    registered.push(new URL(progress.url).searchParams.get('client_id'));
    const refreshed = printed(await helper(...args, '--fresh'));
    assert.equal((await server.introspect(refreshed)).client_id, registered.at(-1));
  }
  assert.equal(registered[0], registered[1]);
  assert.notEqual(registered[1], registered[2]);
  const files = readdirSync(join(home, '.local/state/hdr')).filter((name) => name.endsWith('.client'));
  assert.equal(files.length, 1);
  await helper(...args, 'logout');
});

test('the MCP server names issuer, scope and resource', async () => {
  const url = `${mcp.origin}/mcp`;
  const args = ['--discover', '--server-url', url];
  assert.deepEqual(await helper(...args), notSignedIn(`--server-url ${url} --discover`));
  const { progress } = await signIn([...args], 'dave');
  const asked = new URL(progress.url).searchParams;
  assert.deepEqual([asked.get('scope'), asked.get('resource')], ['mcp.read offline_access', url]);
  const token = printed(await helper(...args));
  assert.equal((await server.introspect(token)).aud, url);
  assert.equal((await helper(...args, '--issuer', 'https://login.example')).code, 3);
  await helper(...args, 'logout');
  assert.deepEqual(await server.introspect(token), { active: false });
});

test('without a refresh token: a warning, and the access token serves until its end', async () => {
  const args = ['--issuer', server.issuer, '--client-id', 'person', '--scope', 'openid mcp.read'];
  server.life = 2;
  const { stderr } = await signIn(args, 'erin');
  assert.match(stderr, /^hdr-bearer-refresh: warning: the server issued no refresh token: the sign-in ends in 0m; ask for one, /m);
  const token = printed(await helper(...args));
  assert.equal(token, server.tokens[0].answer.access_token);
  assert.equal(server.tokens.length, 1);
  await new Promise((done) => setTimeout(done, 2100));
  const { code, stdout, stderr: said } = await helper(...args);
  assert.deepEqual([code, stdout], [3, '']);
  assert.match(said, /^hdr-bearer-refresh: not signed in any more: the access token has expired, and the server issued no refresh token; run hdr-bearer-refresh .* login in a terminal\n$/);
  server.life = 3600;
  await helper(...args, 'logout');
});

test('a client secret authenticates the client of a sign-in, and is a grant of its own without one', async () => {
  keyFile('secret', 's3cret');
  const args = ['--issuer', server.issuer, '--client-id', 'secretive', '--client-secret', 'file:~/secret'];
  printed(await helper(...args));
  assert.equal(server.tokens.at(-1).grant_type, 'client_credentials');
  const { progress } = await signIn(args, 'frank');
  assert.equal(new URL(progress.url).searchParams.get('scope'), 'offline_access');
  const token = printed(await helper(...args));
  assert.deepEqual([server.tokens.at(-1).grant_type, (await server.introspect(token)).sub], ['refresh_token', 'frank']);
  printed(await helper(...args, '--grant', 'client-credentials', '--fresh'));
  assert.equal(server.tokens.at(-1).grant_type, 'client_credentials');
  await helper(...args, 'logout');
});

test('a login that is interrupted leaves nothing behind', async () => {
  const before = readdirSync(join(home, '.local/state/hdr'));
  const progress = await login([...options('person'), '--flow', 'browser', '--no-open']);
  progress.child.kill('SIGINT');
  assert.equal((await progress.ended).code, 'SIGINT');
  assert.deepEqual(readdirSync(join(home, '.local/state/hdr')), before);
  assert.ok(existsSync(join(home, '.local/state/hdr/key')));
  await assert.rejects(fetch(redirectOf(progress)));
});
