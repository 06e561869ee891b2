// A real MCP client and server: what a helper prints opens a session and holds for its every request; anything else is 401.
import assert from 'node:assert/strict';
import { delimiter } from 'node:path';
import { after, before, test } from 'node:test';
import { runHeadersHelper, scrubbed, whoami } from './client.mjs';
import { bin, home } from './helper.mjs';
import { audience, signedServer } from './signed.mjs';

let server;
before(async () => {
  server = await signedServer();
});
after(() => server.close());

const environment = { HOME: home, PATH: `${bin}${delimiter}${process.env.PATH}`, SECRET_KEY: 'scrubbed', TZ: 'Asia/Tokyo' };
const headersOf = (line, path) => runHeadersHelper(line, { name: 'peer', url: server.origin + path }, { environment, cwd: home });
const connect = async (line, path) => whoami(server.origin + path, await headersOf(line, path));
const refused = (line, path) => assert.rejects(connect(line, path), { code: 401 });

const hmac = 'exec hdr-hmac --key file:~/hmac.key --api-key file:~/api.key';
const jwt = `exec hdr-jwt --key file:~/jwt.pem --sub '{server:name}'`;
const minutesAgo = (minutes) => Math.floor(Date.now() / 1000) - minutes * 60;

test('hdr-hmac opens a session, and its headers hold for every request of it', async () => {
  server.requests.length = 0;
  const url = `${server.origin}/hmac`;
  const headers = await headersOf(hmac, '/hmac');
  assert.match(await whoami(url, headers), /^HMAC signature made at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/);
  // The client's own GET races with the end of so short a session. Past the guard, one without a session is 400.
  assert.equal((await fetch(url, { headers: { ...headers, Accept: 'text/event-stream' } })).status, 400);
  assert.deepEqual([...new Set(server.requests.map(({ method }) => method))].sort(), ['DELETE', 'GET', 'POST']);
  assert.equal(server.requests.every(({ accepted }) => accepted), true);
});

test('hdr-jwt opens a session', async () => {
  assert.equal(await connect(`${jwt} --aud ${audience}`, '/jwt'), `ES256 JWT of peer for ${audience}`);
});

test('a stale timestamp is refused', () => refused(`${hmac} --now ${minutesAgo(6)}`, '/hmac'));
test('an unknown API key is refused', () => refused('hdr-hmac --key file:~/hmac.key --api-key file:~/hmac.key', '/hmac'));
test('another secret is refused', () => refused('hdr-hmac --key file:~/api.key --api-key file:~/api.key', '/hmac'));
test('another audience is refused', () => refused(`${jwt} --aud https://other.example.com`, '/jwt'));
test('an expired JWT is refused', () => refused(`${jwt} --aud ${audience} --ttl 5m --now ${minutesAgo(6)}`, '/jwt'));
test('no credential is refused', () => assert.rejects(whoami(`${server.origin}/jwt`, {}), { code: 401 }));

test('a secret in a scrubbed variable fails with the reason and the remedy', async () => {
  await assert.rejects(headersOf('hdr-hmac', '/hmac'), ({ message }) => {
    assert.match(message, /^the helper ended with 3: hdr-hmac: .*SECRET_KEY.*file:.*cmd:/);
    return true;
  });
});

test('the environment of a helper', () => {
  const given = { PATH: '/bin', LANG: 'C', GITHUB_TOKEN: 'x', MY_KEY: 'x', SSH_AUTH_SOCK: 'x', DB_PASS: 'x', XDG_CONFIG_HOME: 'x', AWS_PROFILE: 'p', TOKENIZER: 't' };
  const added = { CLAUDE_CODE_MCP_SERVER_NAME: 'n', CLAUDE_CODE_MCP_SERVER_URL: 'https://h/', CLAUDE_CODE_ENTRYPOINT: 'cli' };
  assert.deepEqual(scrubbed(given, { name: 'n', url: 'https://h/' }), { PATH: '/bin', LANG: 'C', AWS_PROFILE: 'p', TOKENIZER: 't', ...added });
});
