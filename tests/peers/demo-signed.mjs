// The part of the demo with the helpers that sign: the right key is accepted, a wrong one is not.
import { generateKeyPairSync } from 'node:crypto';
import { runHeadersHelper, whoami } from './client.mjs';
import { environment, good, home, keep, say, sayHeaders, secret } from './demo-stage.mjs';
import { hmacGuard, jwtGuard } from './mcp-server.mjs';

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

/** Connects with the headers that `line` yields; answers what `whoami` says, or the status of the refusal. */
async function attempt(line, url) {
  const headers = await runHeadersHelper(line, { name: 'demo', url }, { environment, cwd: home });
  const accepted = await whoami(url, headers).catch((error) => {
    if (error.code !== 401) throw error;
  });
  return { headers, accepted };
}

async function show(helper, url) {
  say('headersHelper', helper.line(helper.key));
  const { headers, accepted } = await attempt(helper.line(helper.key), url);
  sayHeaders(headers);
  if (!accepted) throw new Error(`${helper.name}: the server refused the headers of the right key`);
  good('tool whoami', `accepted: ${accepted}`);

  const wrongKey = `wrong-${helper.key}`;
  helper.makeKey(wrongKey);
  if ((await attempt(helper.line(wrongKey), url)).accepted) throw new Error(`${helper.name}: the server accepted the headers of a wrong key`);
  good('a wrong key', 'refused: 401');
}

/** Each with the path that its guard protects. */
export const signed = helpers.map((helper) => ({
  name: helper.name,
  path: helper.name.replace('hdr-', '/'),
  guard: () => helper.guard(helper.makeKey(helper.key)),
  show: (url) => show(helper, url),
}));
