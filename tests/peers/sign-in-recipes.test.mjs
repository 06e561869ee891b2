// The recipes for signing in, as they stand on hdr-bearer-refresh's page, against servers that judge each request as the service's documentation says.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { bin, home } from './helper.mjs';
import { commandsFor, commandWith, testThatAllRan } from './pages.mjs';
import { keep, paste, run } from './paste.mjs';

const commands = commandsFor('sign-in-recipes.test.mjs');
keep('.config/acme/client-secret', 's3cret\n');

/** A service: what it lists in its metadata at `issuer`, a path, and what was sent to each of its endpoints. */
async function service({ issuer = '', metadata = {}, tokens = {}, more = () => undefined }) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const origin = `http://127.0.0.1:${server.address().port}`;
    const body = await text(request);
    const { pathname } = new URL(request.url, origin);
    const json = (value, status = 200, headers = {}) => response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
    const at = (value) => (typeof value === 'string' && value.startsWith('/') ? origin + value : value);
    if (pathname === `${issuer}/.well-known/openid-configuration`) {
      const listed = Object.entries({ token_endpoint: '/token', ...metadata }).map(([name, value]) => [name, at(value)]);
      return json({ issuer: origin + issuer, ...Object.fromEntries(listed) });
    }
    const other = more(pathname, origin);
    if (other) return json(...other);
    if (request.method !== 'POST') return json({}, 404);
    const form = request.headers['content-type'] === 'application/json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
    asked.push({ path: pathname, form, authorization: request.headers.authorization });
    if (/device/.test(pathname)) return json({ device_code: 'device-1', user_code: 'ABCD-1234', verification_uri: `${origin}/enter`, expires_in: 900, interval: 1 });
    if (/register/.test(pathname)) return json({ client_id: 'registered-1', redirect_uris: form.redirect_uris }, 201);
    if (/revo/.test(pathname)) return json({});
    return json({ access_token: 'access-1', token_type: 'Bearer', expires_in: 3600, refresh_token: 'refresh-1', ...tokens });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return { origin: `http://127.0.0.1:${server.address().port}`, asked };
}

/** Runs a recipe that ends in login; a browser that says yes at once brings the answer. Answers the authorization request's parameters. */
async function signIn(command) {
  const child = spawn('/bin/sh', ['-c', command.text], { cwd: '/', env: { HOME: home, PATH: `${bin}:${process.env.PATH}` } });
  child.stdin.end();
  command.state.ran = true;
  let said = '';
  let asked;
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
    const url = said.match(/^Open this URL in a browser .*\n\n {2}(\S+)\n/m)?.[1];
    if (!url || asked) return;
    asked = Object.fromEntries(new URL(url).searchParams);
    const back = new URL(asked.redirect_uri);
    back.search = new URLSearchParams({ code: 'code-1', state: asked.state });
    fetch(back).then((response) => assert.equal(response.status, 200));
  });
  const stdout = text(child.stdout);
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said);
  return { asked, said, stdout: await stdout };
}

const recipe = (part, origin, here) => commandWith(commands, part).replaceAll(origin, here);
const browser = { authorization_endpoint: '/authorize' };

test('an OpenID provider: sign in, be served, sign out', async () => {
  const { origin, asked } = await service({ metadata: { ...browser, revocation_endpoint: '/revoke' } });
  const of = (end) => {
    const own = commands.filter(({ text }) => text.includes('my-client --scope \'openid offline_access mcp.read\'') && !text.includes('okta'));
    return own.find(({ text }) => text.endsWith(end)).replaceAll('https://login.acme.example', origin);
  };
  const { asked: request, stdout } = await signIn(of(' login'));
  assert.equal(stdout, `signed in at ${origin}\n`);
  assert.deepEqual([request.client_id, request.scope, request.prompt, request.code_challenge_method], ['my-client', 'openid offline_access mcp.read', 'consent', 'S256']);
  assert.equal(await paste(of("mcp.read'")), 'access-1');
  assert.deepEqual(asked.at(-1).form, { grant_type: 'refresh_token', refresh_token: 'refresh-1', client_id: 'my-client' });
  const { stdout: out } = await run(of(' logout'));
  assert.equal(out, `signed out of ${origin}\n`);
  assert.deepEqual(asked.slice(-2).map(({ path, form }) => [path, form.token, form.token_type_hint]), [
    ['/revoke', 'refresh-1', 'refresh_token'],
    ['/revoke', 'access-1', 'access_token'],
  ]);
});

test('an MCP server whose authorization server registers clients', async () => {
  const { origin, asked } = await service({
    metadata: { ...browser, registration_endpoint: '/register', scopes_supported: ['mcp.read', 'offline_access'], token_endpoint_auth_methods_supported: ['none'] },
    more: (path, at) => {
      if (path === '/mcp') return [{}, 401, { 'WWW-Authenticate': `Bearer resource_metadata="${at}/resource", scope="mcp.read"` }];
      if (path === '/resource') return [{ resource: `${at}/mcp`, authorization_servers: [at] }];
    },
  });
  const { asked: request } = await signIn(recipe('--discover', 'https://mcp.acme.example', origin));
  assert.deepEqual([request.client_id, request.scope, request.resource], ['registered-1', 'mcp.read offline_access', `${origin}/mcp`]);
  const [registration, exchange] = asked;
  assert.deepEqual([registration.path, registration.form.application_type, registration.form.token_endpoint_auth_method], ['/register', 'native', 'none']);
  assert.deepEqual(registration.form.redirect_uris, [request.redirect_uri]);
  assert.deepEqual([exchange.form.client_id, exchange.form.resource], ['registered-1', `${origin}/mcp`]);
});

test('Entra ID', async () => {
  const { origin, asked } = await service({ issuer: '/6e9c1e3b-5f0a-4d53-8f5e-3a2b1c0d9e8f/v2.0', metadata: browser });
  const { asked: request } = await signIn(recipe('login.microsoftonline.com', 'https://login.microsoftonline.com', origin));
  assert.match(request.redirect_uri, /^http:\/\/localhost:\d+\/callback$/);
  assert.deepEqual([request.prompt, request.scope], ['select_account', 'api://acme/mcp.read openid offline_access']);
  assert.deepEqual([asked[0].form.grant_type, asked[0].form.redirect_uri], ['authorization_code', request.redirect_uri]);
});

test('Okta', async () => {
  const { origin } = await service({ issuer: '/oauth2/default', metadata: browser });
  const { asked: request } = await signIn(recipe('okta.com', 'https://acme.okta.com', origin));
  assert.equal(request.redirect_uri, 'http://localhost:8085/callback');
});

test('Keycloak, with a code', async () => {
  const { origin, asked } = await service({ issuer: '/realms/acme', metadata: { ...browser, device_authorization_endpoint: '/device' } });
  const { said } = await signIn(recipe('/realms/acme', 'https://login.acme.example', origin));
  assert.ok(said.startsWith(`Open this URL on any device, and enter the code ABCD-1234:\n\n  ${origin}/enter\n`), said);
  assert.deepEqual(asked.map(({ path, form }) => [path, form]), [
    ['/device', { client_id: 'my-client', scope: 'openid offline_access' }],
    ['/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'device-1', client_id: 'my-client' }],
  ]);
});

test('Google', async () => {
  const { origin, asked } = await service({ metadata: { ...browser, token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'] } });
  const { asked: request } = await signIn(recipe('accounts.google.com', 'https://accounts.google.com', origin));
  assert.deepEqual([request.access_type, request.prompt], ['offline', 'consent']);
  assert.equal(asked[0].authorization, 'Basic ' + Buffer.from('my-client.apps.googleusercontent.com:s3cret').toString('base64'));
});

test('GitHub, with a code', async () => {
  const { origin, asked } = await service({ tokens: { refresh_token: undefined, expires_in: undefined } });
  const { said } = await signIn(recipe('github.com', 'https://github.com', origin));
  assert.match(said, /warning: the server issued no refresh token: the sign-in ends in 5(?:25599|25600)m, since its answer has no expiry/);
  assert.deepEqual(asked.map(({ path, form }) => [path, form.client_id, form.scope]), [
    ['/login/device/code', 'Iv23liAbCdEfGhIjKlMn', 'repo read:org'],
    ['/login/oauth/access_token', 'Iv23liAbCdEfGhIjKlMn', undefined],
  ]);
});

testThatAllRan('sign-in-recipes.test.mjs');
