// What scripts/demo shows: each helper gives an MCP client its headers, the server accepts them, and refuses those of a wrong key.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { runHeadersHelper, whoami } from './client.mjs';
import { hmacGuard, jwtGuard, startServer } from './mcp-server.mjs';

const home = mkdtempSync(join(tmpdir(), 'hdr-demo-'));
const environment = { HOME: home, PATH: `${resolve(process.env.HDR_BIN)}${delimiter}${process.env.PATH}` };

const keep = (name, content) => writeFileSync(join(home, name), content, { mode: 0o600 });
const secret = (name) => {
  const text = randomBytes(32).toString('base64url');
  keep(name, text);
  return text;
};
const ecKey = (name) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  keep(name, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return publicKey.export({ format: 'jwk' });
};

/** One entry per helper: its path on the server, what guards it, its line, and the same line with another key. */
const helpers = [
  {
    name: 'hdr-hmac',
    path: '/hmac',
    guard: () => hmacGuard({ secret: secret('hmac.key'), apiKey: secret('api.key') }),
    wrong: () => secret('wrong.key'),
    line: (key) => `exec hdr-hmac --key file:~/${key ?? 'hmac.key'} --api-key file:~/api.key`,
    wrongKey: 'wrong.key',
  },
  {
    name: 'hdr-jwt',
    path: '/jwt',
    guard: () => jwtGuard({ jwk: ecKey('jwt.pem'), algorithm: 'ES256', audience: 'https://mcp.example.com' }),
    wrong: () => ecKey('wrong.pem'),
    line: (key) => `exec hdr-jwt --key file:~/${key ?? 'jwt.pem'} --sub demo --aud https://mcp.example.com --ttl 5m`,
    wrongKey: 'wrong.pem',
  },
];

const colour = (code, text) => (process.stdout.isTTY ? `\x1b[${code}m${text}\x1b[0m` : text);
const say = (label, text) => console.log(`  ${label.padEnd(15)}${text}`);
/** No part of a value is shown, only the scheme of an Authorization and how long the rest is. */
const redacted = (value) => value.replace(/^(Bearer )?(.*)$/s, (_, scheme = '', rest) => `${scheme}<${rest.length} characters>`);

async function show({ name, path, line, wrong, wrongKey }, origin) {
  const server = { name: name.replace('hdr-', ''), url: origin + path };
  const run = (command) => runHeadersHelper(command, server, { environment, cwd: home });
  console.log(colour(1, name));
  say('headersHelper', line());
  const headers = await run(line());
  for (const [header, value] of Object.entries(headers)) say('', `${header}: ${redacted(value)}`);
  say('tool whoami', colour(32, `accepted: ${await whoami(server.url, headers)}`));
  wrong();
  const status = await run(line(wrongKey)).then((others) => whoami(server.url, others)).then(() => 200, (error) => error.code ?? error.message);
  if (status !== 401) throw new Error(`${name}: the headers of a wrong key should get 401, not ${status}`);
  say('a wrong key', colour(32, 'refused: 401'));
}

const server = await startServer(Object.fromEntries(helpers.map(({ path, guard }) => [path, guard()])));
try {
  console.log(`An MCP server on ${server.origin} demands credentials; a client runs each headersHelper as Claude Code does.`);
  for (const helper of helpers) await show(helper, server.origin);
} finally {
  await server.close();
  rmSync(home, { recursive: true, force: true });
}
