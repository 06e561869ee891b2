// hdr-bridge's page, as a user reads it: every command line on it serves the MCP SDK's client, against servers under the names on the page.
// A proxy leads those names to this machine, and SSL_CERT_FILE names the authority that has signed for them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { authority, missing } from './certificates.mjs';
import { bin, home } from './helper.mjs';
import { startServer } from './mcp-server.mjs';
import { blocksOf, commandsFor, commandWith, sessionsOf, testThatAllRan } from './pages.mjs';
import { folder, keep, run } from './paste.mjs';
import { client as oauthClient, startProvider } from './provider.mjs';

const page = 'bins/hdr-bridge/README.md';
const file = 'bridge-page.test.mjs';
const commands = commandsFor(file, page);
const environment = { HOME: home, PATH: `${home}/bin:${bin}:${process.env.PATH}`, SSL_CERT_FILE: join(folder, 'ca.pem') };

/** What the server was sent, each request its headers. */
const seen = [];
/** The same as text, a connection each. */
const wire = [];
const closing = [];
const secret = 'acme-secret-key-of-32-bytes-long';
let provider;

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(server);
  return server.address().port;
}

/** Speaks TLS before the server at `port`, with these certificates. */
const withTls = (port, options) =>
  listening(
    createTlsServer(options, (socket) => {
      const behind = connectTcp(port, '127.0.0.1');
      const number = wire.push('') - 1;
      socket.on('data', (chunk) => (wire[number] += chunk));
      socket.on('error', () => behind.destroy());
      behind.on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    }),
  );

before(async () => {
  if (missing) return;
  const { ca, signed } = authority(folder);
  const named = signed('server', 'DNS:mcp.acme.example,DNS:mcp.example.com,DNS:secure.example.com');
  signed('client', 'DNS:client.acme.example');
  const everyone = { challenge: 'Bearer', async check(headers) { return seen.push(headers) && 'someone'; } };
  const server = await startServer({ '/': everyone, '/mcp': everyone }, undefined, 'acme');
  closing.push({ close: server.close });
  const port = Number(new URL(server.origin).port);
  const open = await withTls(port, named);
  const mutual = await withTls(port, { ...named, ca, requestCert: true });
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    const behind = connectTcp(request.url.startsWith('secure.') ? mutual : open, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  environment.https_proxy = `http://127.0.0.1:${await listening(proxy)}`;
  provider = await startProvider({ clients: [oauthClient('my-client', ['client_credentials'], { client_secret: 's3cret' })], dpop: {} });
  closing.push(provider);
  keep('.config/acme/client-secret', 's3cret\n');
  keep('.config/acme/api-key', 'key-1\n');
  keep('.config/acme/token', 't0ken');
  keep('.config/acme/secret', secret);
  const pem = { type: 'pkcs8', format: 'pem' };
  for (const name of ['key.pem', 'dpop.pem']) keep(`.config/acme/${name}`, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem));
  keep('.config/acme/ed25519.pem', generateKeyPairSync('ed25519').privateKey.export(pem));
  keep('bin/acme-headers', '#!/bin/sh\nprintf \'{"X-Server":"%s","X-Form":"%s"}\' "$CLAUDE_CODE_MCP_SERVER_URL" "$1"\n', 0o700);
});
after(() => Promise.all(closing.map((server) => server.close())));

/** Serves the SDK's client by the command line, from listing the tools to calling one; answers the headers of the last POST. */
async function serves(command, { cwd = home, env = {} } = {}) {
  command.state && (command.state.ran = true);
  const client = new Client({ name: 'reader', version: '1.0.0' });
  const transport = new StdioClientTransport({ command: '/bin/sh', args: ['-c', `exec ${command.text ?? command}`], env: { ...environment, ...env }, cwd });
  await client.connect(transport);
  try {
    assert.deepEqual((await client.listTools()).tools.map(({ name }) => name), ['whoami']);
    assert.deepEqual((await client.callTool({ name: 'whoami', arguments: {} })).content, [{ type: 'text', text: 'someone' }]);
    return seen.findLast((headers) => headers['content-type']);
  } finally {
    await client.close();
  }
}

/** The body of the last call of a tool. */
const lastCall = () => wire.flatMap((text) => text.split(/(?=POST |GET |DELETE )/)).findLast((text) => text.includes('"tools/call"')).split('\r\n\r\n')[1];

const recipe = (part) => commandWith(commands, part);

test('the sessions in a terminal print what is shown', { skip: missing }, async (context) => {
  for (const block of blocksOf(page).filter(({ kind }) => kind === 'console')) {
    for (const { command, expected } of sessionsOf(block)) {
      await context.test(command.split('\n')[0], async () => {
        const { stdout, stderr } = await run(command, environment, home);
        // The reader needs no proxy.
        assert.equal((stdout + stderr).replace(/^proxy {5}.*$/m, 'proxy     none'), expected);
      });
    }
  }
});

test('hdr-bearer-refresh', { skip: missing }, async () => {
  const headers = await serves(recipe('--issuer').replaceAll('https://login.acme.example', provider.issuer));
  const said = await provider.introspect(headers.authorization.replace('Bearer ', ''));
  assert.deepEqual([said.active, said.client_id], [true, 'my-client']);
});

test('hdr-jwt', { skip: missing }, async () => {
  const { authorization } = await serves(recipe('hdr-jwt'));
  const { aud, iat, exp } = decodeJwt(authorization.replace('Bearer ', ''));
  assert.deepEqual([aud, exp - iat], ['https://mcp.acme.example/mcp', 600]);
});

test('-H and hdr-tenant', { skip: missing }, async () => {
  const headers = await serves(recipe('hdr-tenant'));
  assert.deepEqual([headers['x-api-key'], headers['x-tenant-id']], ['key-1', 'acme']);
});

test('another command, and a line for the shell', { skip: missing }, async () => {
  const headers = await serves(recipe('acme-headers'));
  assert.deepEqual([headers['x-server'], headers['x-form']], ['https://mcp.acme.example/mcp', '--json']);
  const { 'x-user-id': user } = await serves(recipe('X-User-ID'));
  assert.equal(user, execFileSync('id', ['-un'], { encoding: 'utf8' }).trim());
});

test('a client certificate', { skip: missing }, () => serves(recipe('--tls-cert')));

test('the plugin for mutual TLS, as Claude Code starts it', { skip: missing }, async () => {
  const { expected } = blocksOf(page).filter(({ section }) => section === 'Mutual TLS').flatMap(sessionsOf)[0];
  const { command, args, env } = JSON.parse(expected.replace(/^hdr-bridge: .*\n/m, '')).mcpServers['secure-api'];
  const variables = { CLIENT_CERT: join(folder, 'client.pem'), CLIENT_KEY: join(folder, 'client.key'), CLAUDE_PLUGIN_ROOT: join(home, 'plugin') };
  mkdirSync(join(home, 'plugin'));
  symlinkSync(bin, join(home, 'plugin/bin'));
  const words = [command, ...args].map((word) => word.replace(/\$\{(\w+)\}/g, (_, name) => variables[name]));
  await serves(words.join(' '), { env });
});

test('HTTP Message Signatures', { skip: missing }, async () => {
  const usual = /^sig1=\("@method" "@target-uri" "content-type" "content-digest" "mcp-session-id"\);created=\d+;expires=\d+;keyid="my-key";alg="([a-z0-9-]+)"$/;
  for (const [part, algorithm] of [['--sign-key', 'ed25519'], ['--scheme rfc9421', 'hmac-sha256']]) {
    const headers = await serves(recipe(part));
    assert.equal(usual.exec(headers['signature-input'])?.[1], algorithm, headers['signature-input']);
    assert.equal(headers['content-digest'], `sha-256=:${createHash('sha256').update(lastCall()).digest('base64')}:`);
    assert.match(headers.signature, /^sig1=:[A-Za-z0-9+/]+={0,2}:$/);
  }
});

test('schemes of the server', { skip: missing }, async () => {
  const hmac = (message) => createHmac('sha256', secret).update(message).digest('hex');
  const slack = await serves(recipe('X-Slack-Signature'));
  assert.equal(slack['x-slack-signature'], `v0=${hmac(`v0:${slack['x-slack-request-timestamp']}:${lastCall()}`)}`);
  const own = await serves(recipe('X-Time'));
  const digest = createHash('sha256').update(lastCall()).digest('hex');
  assert.equal(own['x-signature'], hmac(`${own['x-time']}\nPOST\n/mcp\n${digest}`));
});

test('AWS Signature Version 4', { skip: missing }, async () => {
  const credentials = { Version: 1, AccessKeyId: 'AKIDEXAMPLE', SecretAccessKey: 'secret', SessionToken: 'session' };
  keep('bin/aws', `#!/bin/sh\n[ "$*" = 'configure export-credentials' ] && echo '${JSON.stringify(credentials)}'\n`, 0o700);
  const headers = await serves(recipe('sigv4'));
  const signed = 'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token';
  const expected = new RegExp(`^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\\d{8}/us-east-1/execute-api/aws4_request, ?SignedHeaders=${signed}, ?Signature=[0-9a-f]{64}$`);
  assert.match(headers.authorization, expected);
  assert.equal(headers['x-amz-security-token'], 'session');
  assert.equal(headers['x-amz-content-sha256'], createHash('sha256').update(lastCall()).digest('hex'));
});

test('DPoP', { skip: missing }, async () => {
  const given = await serves(recipe('--dpop-key'));
  assert.equal(given.authorization, 'DPoP t0ken');
  const bound = await serves(recipe('--token-url').replaceAll('https://login.acme.example', provider.issuer));
  const said = await provider.introspect(bound.authorization.replace('DPoP ', ''));
  for (const headers of [given, bound]) {
    const { jwk, typ } = decodeProtectedHeader(headers.dpop);
    const { payload } = await jwtVerify(headers.dpop, await importJWK(jwk, 'ES256'));
    assert.deepEqual([typ, payload.htm, payload.htu], ['dpop+jwt', 'POST', 'https://mcp.acme.example/mcp']);
  }
  assert.deepEqual([said.token_type, said.cnf.jkt], ['DPoP', await calculateJwkThumbprint(decodeProtectedHeader(bound.dpop).jwk)]);
});

test('messages that are typed', { skip: missing }, async () => {
  const { code, stdout, stderr } = await run(recipe('--explain'), environment, home);
  assert.equal(code, 0);
  assert.deepEqual([JSON.parse(stdout).id, JSON.parse(stdout).result.serverInfo.name], [1, 'acme']);
  assert.equal(stderr, 'hdr-bridge: hdr-bearer-refresh: --token: read from file:~/.config/acme/token\n');
});

test('the examples of the help serve a client', { skip: missing }, async () => {
  mkdirSync(join(home, '.config/hdr'));
  keep('.config/hdr/config.toml', '[profiles.example.hdr-bearer-refresh]\ntoken = "file:~/.config/acme/token"\n');
  const help = execFileSync(join(bin, 'hdr-bridge'), ['--help'], { encoding: 'utf8' });
  const examples = [...help.split('\nExamples:\n')[1].matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line);
  const headers = await Promise.all(examples.map((example) => serves(example, { cwd: folder })));
  assert.equal(headers.length, 2);
});

testThatAllRan(file, { skip: missing });
