// Real MCP sessions with access tokens of oidc-provider: a client whose token is revoked in mid-session gets another one from hdr-bearer-refresh alone.
import assert from 'node:assert/strict';
import { delimiter } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startClient } from './client-process.mjs';
import { fails } from './bearer.mjs';
import { bin, home, keyFile } from './helper.mjs';
import { bearerGuard, startServer } from './mcp-server.mjs';
import { client, startProvider } from './provider.mjs';

const resources = [];
let provider;
let mcp;
let line;
before(async () => {
  keyFile('secret', 's3cret');
  const clients = [
    client('service', ['client_credentials'], { client_secret: 's3cret' }),
    client('public', ['refresh_token'], { token_endpoint_auth_method: 'none' }),
  ];
  provider = await startProvider({ clients, resources });
  const guard = { introspect: provider.introspect };
  const discovered = { ...guard, issuer: provider.issuer };
  mcp = await startServer({
    '/mcp': bearerGuard(guard),
    '/discovered': bearerGuard(discovered),
    '/scoped': bearerGuard({ ...discovered, metadata: '/metadata/scoped', scope: 'mcp.write' }),
  });
  resources.push(mcp.origin);
  line = `exec hdr-bearer-refresh --token-url ${provider.tokenUrl} --client-id service --client-secret file:~/secret`;
});
after(() => Promise.all([provider.close(), mcp.close()]));

const open = [];
beforeEach(() => {
  provider.tokens.length = 0;
});
afterEach(() => Promise.all(open.splice(0).map((session) => session.close())));

const environment = { HOME: home, PATH: `${bin}${delimiter}${process.env.PATH}` };

/** Connects a client to a path of the server; its cache is its own unless `shared` names one. */
async function connected(kind, command, path = '/mcp') {
  const session = await startClient(kind, { line: command, server: { name: 'peer', url: mcp.origin + path }, environment, cwd: home });
  open.push(session);
  return session;
}

const newest = () => provider.tokens.at(-1).answer.access_token;
let caches = 0;
const freshCache = () => `--cache-dir ~/cache-${(caches += 1)}`;

test('Claude Code: revoked in mid-session, one more run, another token', async () => {
  const claude = await connected('claude', `${line} ${freshCache()}`);
  const first = await claude.call();
  assert.deepEqual([first.text, first.runs, provider.tokens.length], ['access token of service', 1, 1]);
  for (const turn of [2, 3]) {
    const revoked = newest();
    await provider.revoke(revoked);
    const { text, runs, session } = await claude.call();
    assert.deepEqual([text, runs, provider.tokens.length], ['access token of service', turn, turn]);
    assert.notEqual(newest(), revoked);
    assert.notEqual(session, first.session);
  }
  assert.equal((await claude.call()).runs, 3);
});

test('Claude Code: with --on-reask reuse the session is lost', async () => {
  const claude = await connected('claude', `${line} ${freshCache()} --on-reask reuse`);
  await claude.call();
  await provider.revoke(newest());
  await assert.rejects(claude.call(), { code: 401 });
  await assert.rejects(claude.call(), { message: /rejected the credential/ });
  assert.equal(provider.tokens.length, 1);
});

test('Claude Code: other sessions are served what is cached, and what replaced it', async () => {
  const command = `${line} ${freshCache()}`;
  const [one, two] = [await connected('claude', command), await connected('claude', command)];
  await Promise.all([one.call(), two.call()]);
  assert.equal(provider.tokens.length, 1);
  await provider.revoke(newest());
  assert.equal((await one.call()).runs, 2);
  assert.equal(provider.tokens.length, 2);
  assert.equal((await two.call()).runs, 2);
  assert.equal(provider.tokens.length, 2);
});

test('Codex: revoked in mid-session, one more run for the refused request, the same session', async () => {
  const codex = await connected('codex', `${line} ${freshCache()} --server-name peer --server-url ${mcp.origin}/mcp`);
  const first = await codex.call();
  assert.deepEqual([first.text, first.runs], ['access token of service', 1]);
  await provider.revoke(newest());
  const { text, runs, session } = await codex.call();
  assert.deepEqual([text, runs, session], ['access token of service', 2, first.session]);
  assert.equal(provider.tokens.length, 2);
});

test('a token revoked between sessions: the first request is refused, unless --verify asks before', async () => {
  const command = `${line} ${freshCache()}`;
  await connected('claude', command);
  await provider.revoke(newest());
  await assert.rejects(connected('claude', command), { code: 401 });
  const verified = await connected('claude', `${command} --verify`);
  assert.deepEqual([(await verified.call()).runs, provider.tokens.length], [1, 2]);
});

test('a refresh token whose grant goes with the token: the end, and it says so', async () => {
  keyFile('refresh', await provider.refreshToken('public'));
  const command = `--token-url ${provider.tokenUrl} --client-id public --refresh-token file:~/refresh`;
  const claude = await connected('claude', `exec hdr-bearer-refresh ${command}`);
  assert.equal((await claude.call()).text, 'access token of public');
  await provider.revoke(newest());
  await assert.rejects(claude.call(), { message: /^the helper ended with 4: .*invalid_grant/ });
});

test('--discover: the MCP server names the provider, and the token is for it alone', async () => {
  const command = `exec hdr-bearer-refresh --discover --client-id service --client-secret file:~/secret`;
  await assert.rejects(connected('claude', command, '/discovered'), { message: new RegExp(`cannot be sent to the issuer ${provider.issuer}`) });
  assert.equal(provider.tokens.length, 0);
  const claude = await connected('claude', `${command} --any-issuer`, '/discovered');
  assert.equal((await claude.call()).text, 'access token of service');
  assert.equal(provider.tokens[0].resource, `${mcp.origin}/discovered`);
  await connected('claude', `${command} --issuer ${provider.issuer}`, '/discovered');
  await assert.rejects(connected('claude', line, '/discovered'), { code: 401 });
});

test('--discover: the refusal of the MCP server says where its metadata is and which scope it wants', async () => {
  const command = `exec hdr-bearer-refresh --discover --issuer ${provider.issuer} --client-id service --client-secret file:~/secret ${freshCache()}`;
  const claude = await connected('claude', command, '/scoped');
  assert.equal((await claude.call()).text, 'access token of service');
  assert.deepEqual([provider.tokens[0].scope, provider.tokens[0].resource], ['mcp.write', `${mcp.origin}/scoped`]);
  const refused = mcp.requests.filter(({ accepted }) => !accepted).length;
  await connected('claude', command, '/scoped');
  assert.deepEqual([provider.tokens.length, mcp.requests.filter(({ accepted }) => !accepted).length], [1, refused]);
  await assert.rejects(connected('claude', `${command} --scope mcp.read`, '/scoped'), { code: 401 });
});

test('--discover: another issuer than the expected one, and a server that says nothing', async () => {
  const args = ['--discover', '--client-id', 'service', '--client-secret', 'file:~/secret', '--server-url'];
  await fails(4, [...args, `${mcp.origin}/discovered`, '--issuer', 'https://login.example.com'], /does not name the --issuer/);
  await fails(4, [...args, `${mcp.origin}/mcp`], /well-known/);
  await fails(2, [...args, `${mcp.origin}/discovered`], /--client-secret cannot be sent to the issuer/);
});
