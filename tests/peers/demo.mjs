// What scripts/demo shows: each helper gives an MCP client its headers, the server accepts them, and refuses those of a wrong key.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { runHeadersHelper, whoami } from './client.mjs';
import { hmacGuard, jwtGuard, startServer } from './mcp-server.mjs';

const home = mkdtempSync(join(tmpdir(), 'hdr-demo-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const environment = { HOME: home, PATH: `${resolve(process.env.HDR_BIN)}${delimiter}${process.env.PATH}` };
const keep = (name, content) => writeFileSync(join(home, name), content, { mode: 0o600 });

/** Keeps a random secret and answers it. */
function secret(name) {
  const text = randomBytes(32).toString('base64url');
  keep(name, text);
  return text;
}

/** Keeps a P-256 private key and answers the public one as a JWK. */
function ecKey(name) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  keep(name, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return publicKey.export({ format: 'jwk' });
}

const audience = 'https://mcp.example.com';

/** One entry per helper: the file of its key and what makes one, what the server checks, and the line that a client runs. */
const helpers = [
  {
    name: 'hdr-hmac',
    key: 'hmac.key',
    makeKey: secret,
    guard: (made) => hmacGuard({ secret: made, apiKey: secret('api.key') }),
    line: (key) => `exec hdr-hmac --key file:~/${key} --api-key file:~/api.key`,
  },
  {
    name: 'hdr-jwt',
    key: 'jwt.pem',
    makeKey: ecKey,
    guard: (made) => jwtGuard({ jwk: made, algorithm: 'ES256', audience }),
    line: (key) => `exec hdr-jwt --key file:~/${key} --sub demo --aud ${audience} --ttl 5m`,
  },
];

const pathOf = ({ name }) => name.replace('hdr-', '/');
const colour = (code, text) => (process.stdout.isTTY ? `\x1b[${code}m${text}\x1b[0m` : text);
const say = (label, text) => console.log(`  ${label.padEnd(15)}${text}`);
/** No part of a value is shown, only the scheme of an Authorization and how long the rest is. */
const redacted = (value) => value.replace(/^(Bearer )?(.*)$/s, (_, scheme = '', rest) => `${scheme}<${rest.length} characters>`);

/** Connects with the headers that `line` yields; answers what `whoami` says, or the status of the refusal. */
async function attempt(line, url) {
  const headers = await runHeadersHelper(line, { name: 'demo', url }, { environment, cwd: home });
  const accepted = await whoami(url, headers).catch((error) => {
    if (error.code !== 401) throw error;
  });
  return { headers, accepted };
}

async function show(helper, url) {
  console.log(colour(1, helper.name));
  say('headersHelper', helper.line(helper.key));
  const { headers, accepted } = await attempt(helper.line(helper.key), url);
  for (const [name, value] of Object.entries(headers)) say('', `${name}: ${redacted(value)}`);
  if (!accepted) throw new Error(`${helper.name}: the server refused the headers of the right key`);
  say('tool whoami', colour(32, `accepted: ${accepted}`));

  const wrongKey = `wrong-${helper.key}`;
  helper.makeKey(wrongKey);
  if ((await attempt(helper.line(wrongKey), url)).accepted) throw new Error(`${helper.name}: the server accepted the headers of a wrong key`);
  say('a wrong key', colour(32, 'refused: 401'));
}

const guards = helpers.map((helper) => [pathOf(helper), helper.guard(helper.makeKey(helper.key))]);
const server = await startServer(Object.fromEntries(guards));
try {
  console.log(`An MCP server on ${server.origin} demands credentials; a client runs each headersHelper as Claude Code does.`);
  for (const helper of helpers) await show(helper, server.origin + pathOf(helper));
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
} finally {
  await server.close();
}
