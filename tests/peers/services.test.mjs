// The recipes for services, as they stand on the helpers' pages, against servers that judge a request as the service's documentation says.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { authority, missing } from './certificates.mjs';
import { home } from './helper.mjs';
import { blocksOf, commandsFor, commandWith, testThatAllRan } from './pages.mjs';
import { folder, keep, paste, pasteForHeaders } from './paste.mjs';

const bearer = commandsFor('services.test.mjs', 'bins/hdr-bearer-refresh/README.md');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' });
const basic = 'Basic ' + Buffer.from('my-client:s3cret').toString('base64');
keep('.config/acme/client-secret', 's3cret\n');

/** Serves the metadata of an issuer, whose name at the root ends in `root`, and what `judge` answers to a request ({ method, path, headers, body }) of a token: [status, members]. */
async function service(judge, root = '') {
  const server = createServer(async (request, response) => {
    const origin = `http://127.0.0.1:${server.address().port}`;
    const { method, url: path, headers } = request;
    const [, issuer] = /^(.*)\/\.well-known\/openid-configuration$/.exec(path) ?? [];
    const metadata = () => [200, { issuer: `${origin}${issuer || root}`, token_endpoint: `${origin}/token` }];
    const [status, members] = issuer !== undefined ? metadata() : method === 'POST' ? judge({ method, path, headers, body: await text(request) }, origin) : [404, {}];
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(members));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** The token of a recipe whose `origin` is served by `judge`, which throws for a request that the service would refuse. */
async function token(part, origin, judge) {
  let complaint;
  const here = await service((request, at) => {
    try {
      return judge(request, at) ?? [200, { access_token: `token-of-${new URL(origin).hostname}`, token_type: 'Bearer', expires_in: 3600 }];
    } catch (error) {
      complaint = error;
      return [400, { error: 'invalid_request' }];
    }
  }, part === 'auth0.com' ? '/' : '');
  try {
    return await paste(commandWith(bearer, part).replaceAll(origin, here));
  } catch (error) {
    throw complaint ?? error;
  }
}

/** A service that wants the client's secret as Basic, at `path`, and these fields in a form. */
const withSecret = (path, fields) => (request) => {
  assert.deepEqual([request.path, request.headers.authorization], [path, basic]);
  assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(request.body)), fields);
};

const plain = { grant_type: 'client_credentials' };
for (const [name, part, origin, path, fields] of [
  ['Auth0', 'auth0.com', 'https://acme.eu.auth0.com', '/token', { ...plain, audience: 'https://mcp.acme.example' }],
  ['Okta', 'okta.com', 'https://acme.okta.com', '/token', { ...plain, scope: 'mcp.read' }],
  ['Keycloak', '/realms/acme', 'https://login.acme.example', '/token', plain],
  ['Cognito', 'amazoncognito', 'https://acme.auth.eu-central-1.amazoncognito.com', '/oauth2/token', { ...plain, scope: 'https://mcp.acme.example/read' }],
  ['Databricks, a service principal', '/oidc/v1/token', 'https://dbc-0a1b2c3d-4e5f.cloud.databricks.com', '/oidc/v1/token', { ...plain, scope: 'all-apis' }],
  ['Zoom', 'zoom.us', 'https://zoom.us', '/oauth/token', { grant_type: 'account_credentials', account_id: 'AbCdEfGhIjKlMnOpQrStUv' }],
]) {
  test(name, async () => assert.equal(await token(part, origin, withSecret(path, fields)), `token-of-${new URL(origin).hostname}`));
}

test('Entra ID with a certificate', { skip: missing }, async () => {
  const { signed } = authority(folder);
  const { cert, key } = signed('client', 'DNS:client.acme.example');
  keep('.config/acme/client-key.pem', key);
  keep('.config/acme/client.pem', cert);
  const printed = await token('login.microsoftonline.com', 'https://login.microsoftonline.com', ({ body, headers }, at) => {
    const { client_assertion: assertion, client_assertion_type: type, ...fields } = Object.fromEntries(new URLSearchParams(body));
    assert.equal(headers.authorization, undefined);
    assert.deepEqual(fields, { ...plain, scope: 'api://acme/.default', client_id: '11111111-2222-3333-4444-555555555555' });
    assert.equal(type, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const der = new X509Certificate(cert).raw;
    const header = decodeProtectedHeader(assertion);
    assert.equal(header['x5t#S256'], createHash('sha256').update(der).digest('base64url'));
    assert.equal(header.x5t, createHash('sha1').update(der).digest('base64url'));
    assert.equal(decodeJwt(assertion).aud, `${at}/6e9c1e3b-5f0a-4d53-8f5e-3a2b1c0d9e8f/v2.0`);
  });
  assert.equal(printed, 'token-of-login.microsoftonline.com');
});

test('NetSuite', async () => {
  keep('.config/acme/client-key.pem', pem);
  let assertion;
  const path = '/services/rest/auth/oauth2/v1/token';
  let audience;
  await token('suitetalk', 'https://1234567.suitetalk.api.netsuite.com', (request, at) => {
    assert.equal(request.path, path);
    audience = `${at}${path}`;
    assertion = new URLSearchParams(request.body).get('client_assertion');
  });
  const { payload, protectedHeader } = await jwtVerify(assertion, rsa.publicKey, { audience, algorithms: ['PS256'] });
  assert.deepEqual([protectedHeader.kid, payload.iss, payload.scope], ['0123456789abcdef', 'my-client', ['rest_webservices']]);
});

test('a GitHub installation', async () => {
  keep('.config/acme/github-app.pem', rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }));
  let app;
  const here = await service(({ path, headers, body }) => {
    app = headers.authorization.replace(/^Bearer /, '');
    assert.equal(path, '/app/installations/7890123/access_tokens');
    assert.ok(headers['user-agent']);
    assert.deepEqual(JSON.parse(body), { repositories: ['app'] });
    return [201, { token: 'ghs_of-the-installation', expires_at: new Date(Date.now() + 3600e3).toISOString().replace(/\.\d+/, '') }];
  });
  assert.equal(await paste(commandWith(bearer, 'github-installation').plus(` --api-url ${here}`)), 'ghs_of-the-installation');
  const { payload } = await jwtVerify(app, rsa.publicKey, { algorithms: ['RS256'] });
  assert.equal(payload.iss, '123456');
  assert.ok(payload.exp - payload.iat <= 660);
});

test('Databricks, its own program', async () => {
  const expiry = new Date(Date.now() + 1800e3).toISOString();
  const output = JSON.stringify({ access_token: 'of-databricks', token_type: 'Bearer', expiry, expires_in: 3600 });
  keep('bin/databricks', `#!/bin/sh\n[ "$*" = 'auth token --host https://dbc-0a1b2c3d-4e5f.cloud.databricks.com' ] && printf '%s\\n' '${output}'\n`, 0o700);
  assert.equal(await paste(commandWith(bearer, "'databricks auth token")), 'of-databricks');
});

test('1Password, by its program and by a named pipe', async () => {
  keep('bin/op', "#!/bin/sh\n[ \"$*\" = 'read op://mcp/acme/secret' ] && echo s3cret\n", 0o700);
  const judge = withSecret('/token', plain);
  assert.equal(await token("'cmd:op read", 'https://login.acme.example', judge), 'token-of-login.acme.example');
  mkdirSync(join(home, 'acme'));
  assert.equal(spawnSync('mkfifo', ['-m', '600', join(home, 'acme/.env')]).status, 0);
  const command = commandWith(bearer, '--env-file');
  const here = await service((request) => judge(request) ?? [200, { access_token: 'by-pipe', token_type: 'Bearer', expires_in: 3600 }]);
  const written = once(spawn('/bin/sh', ['-c', 'echo ACME_SECRET=s3cret >acme/.env'], { cwd: home }), 'close');
  assert.equal(await paste(command.replaceAll('https://login.acme.example', here)), 'by-pipe');
  await written;
});

test('a secret in a JSON file', async () => {
  keep('.config/acme/client.json', JSON.stringify({ web: { client_id: 'my-client', client_secret: 's3cret' } }));
  assert.equal(await token('json:', 'https://login.acme.example', withSecret('/token', plain)), 'token-of-login.acme.example');
});

test('every recipe of hdr-tenant', async () => {
  const page = 'bins/hdr-tenant/README.md';
  keep('.config/acme/key', 'an-api-key\n');
  keep('.config/acme/api-token', 'an-api-token\n');
  keep('.config/acme/cloudflare.json', JSON.stringify({ client_id: 'id.access', client_secret: 'cf-secret', name: 'mcp' }));
  keep('bin/op', "#!/bin/sh\n[ \"$*\" = 'read op://mcp/acme/key' ] && echo a-key\n", 0o700);
  mkdirSync(join(home, '.config/hdr'));
  keep('.config/hdr/tenants.toml', blocksOf(page).find(({ kind }) => kind === 'toml').text);
  keep('.config/hdr/config.toml', '[profiles.acme-prod.hdr-bearer-refresh]\ntoken = "file:~/.config/acme/api-token"\n');
  const access = { 'CF-Access-Client-Id': 'id.access', 'CF-Access-Client-Secret': 'cf-secret' };
  const expected = [
    { 'X-API-Key': 'an-api-key', 'X-User-ID': 'jo' },
    { Authorization: `Basic ${Buffer.from('me@acme.example:an-api-token').toString('base64')}` },
    access,
    { 'X-API-Key': 'a-key' },
    { 'X-Tenant-ID': 'acme', Authorization: 'Bearer an-api-token' },
    { ...access, Authorization: 'Bearer an-api-token' },
  ];
  const printed = [];
  for (const command of commandsFor('services.test.mjs', page)) printed.push(await pasteForHeaders(command, { USER_ID: 'jo' }));
  assert.deepEqual(printed, expected);
});

test('every recipe of hdr-jwt', { skip: missing }, async () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' });
  keep('.config/acme/AuthKey.p8', ec);
  keep('.config/acme/github-app.pem', pem);
  keep('.config/acme/snowflake.p8', pem);
  keep('.config/acme/service-account.json', JSON.stringify({ type: 'service_account', client_email: 'bot@acme.example', private_key_id: 'a1', private_key: pem }));
  keep('.config/acme/passphrase', 'a passphrase\n');
  const encrypted = rsa.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'a passphrase' });
  keep('.config/acme/encrypted.pem', encrypted);
  keep('.config/acme/ghost-admin-key', '0123456789abcdef01234567:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n');
  const claims = [];
  for (const command of commandsFor('services.test.mjs', 'bins/hdr-jwt/README.md')) {
    const { Authorization } = await pasteForHeaders(command);
    const { iat, exp, ...rest } = decodeJwt(Authorization.split(' ')[1]);
    assert.ok(exp > iat, command.text);
    claims.push(rest);
  }
  const fingerprint = createHash('sha256').update(rsa.publicKey.export({ format: 'der', type: 'spki' })).digest('base64');
  assert.deepEqual(claims, [
    { iss: '57246542-96fe-1a63-e053-0824d011072a', aud: 'appstoreconnect-v1' },
    { sub: 'user', aud: 'appstoreconnect-v1' },
    { iss: '123456' },
    { iss: 'bot@acme.example', sub: 'bot@acme.example', aud: 'https://pubsub.googleapis.com/' },
    { iss: `MYORG-ACCOUNT1.DEPLOY.SHA256:${fingerprint}`, sub: 'MYORG-ACCOUNT1.DEPLOY' },
    { aud: '/admin/' },
    { iss: 'acme' },
  ]);
});

testThatAllRan('services.test.mjs', { skip: missing });
