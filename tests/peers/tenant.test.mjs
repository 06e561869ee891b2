// Real MCP sessions whose headers are those of a tenant and of hdr-bearer-refresh, wrapped by hdr-tenant: the client that comes back is still known.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startClient } from './client-process.mjs';
import { bin, home, keyFile } from './helper.mjs';
import { bearerGuard, startServer, tenantGuard } from './mcp-server.mjs';
import { client, startProvider } from './provider.mjs';

let provider;
let mcp;
const line = (options = '') => `exec hdr-tenant ${options} -- hdr-bearer-refresh --token-url ${provider.tokenUrl} --client-id '{tenant:client}' --client-secret 'file:~/{tenant}.secret'`;
before(async () => {
  const clients = ['acme', 'blue'].map((tenant) => {
    keyFile(`${tenant}.secret`, `${tenant}-s3cret`);
    return client(`${tenant}-client`, ['client_credentials'], { client_secret: `${tenant}-s3cret` });
  });
  mkdirSync(join(home, '.config/hdr'), { recursive: true });
  keyFile('.config/hdr/tenants.toml', 'default = "acme"\n[tenants.acme]\nclient = "acme-client"\n[tenants.blue]\nclient = "blue-client"\n');
  provider = await startProvider({ clients });
  mcp = await startServer({ '/mcp': tenantGuard(bearerGuard({ introspect: provider.introspect })) });
});
after(() => Promise.all([provider.close(), mcp.close()]));

const open = [];
beforeEach(() => {
  provider.tokens.length = 0;
});
afterEach(() => Promise.all(open.splice(0).map((session) => session.close())));

async function connected(kind, command, cwd = home) {
  const environment = { HOME: home, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const session = await startClient(kind, { line: command, server: { name: 'peer', url: `${mcp.origin}/mcp` }, environment, cwd });
  open.push(session);
  return session;
}

const newest = () => provider.tokens.at(-1).answer.access_token;

for (const kind of ['claude', 'codex']) {
  test(`${kind}: revoked in mid-session, one more run, another token`, async () => {
    const session = await connected(kind, `${line()} --cache-dir ~/cache-${kind} --server-name peer --server-url ${mcp.origin}/mcp`);
    const first = await session.call();
    assert.deepEqual([first.text, first.runs, provider.tokens.length], ['tenant acme with access token of acme-client', 1, 1]);
    const revoked = newest();
    await provider.revoke(revoked);
    assert.deepEqual([(await session.call()).runs, provider.tokens.length], [2, 2]);
    assert.notEqual(newest(), revoked);
  });
}

test('each project has the credential of its tenant', async () => {
  const project = join(home, 'project');
  mkdirSync(join(project, 'src'), { recursive: true });
  writeFileSync(join(project, '.hdr-tenant'), 'blue\n');
  const told = async (cwd) => (await (await connected('claude', line(), cwd)).call()).text;
  assert.equal(await told(home), 'tenant acme with access token of acme-client');
  assert.equal(await told(join(project, 'src')), 'tenant blue with access token of blue-client');
  writeFileSync(join(project, '.hdr-tenant'), 'green\n');
  await assert.rejects(connected('claude', line(), project), { message: /^the helper ended with 2: hdr-tenant: the tenant green of .* is not known/ });
});
