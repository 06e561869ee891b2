// What reaches a login that is no answer to it, or is another's: none of it yields a token, and each says why.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';
import { home, run } from './helper.mjs';
import { login, redirectOf } from './sign-in.mjs';

/** An authorization server whose token endpoint answers what `answer` says, and that counts what it was sent. */
let issuer;
let listener;
const sent = [];
const tokens = { access_token: 'access-1', refresh_token: 'refresh-1', token_type: 'Bearer', expires_in: 3600 };
let answer;
before(async () => {
  listener = createServer(async (incoming, response) => {
    const body = await text(incoming);
    const json = (status, value, headers = {}) => response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (incoming.url === '/.well-known/oauth-authorization-server') {
      const at = (path) => issuer + path;
      const methods = { token_endpoint_auth_methods_supported: ['none'], code_challenge_methods_supported: ['S256'] };
      return json(200, { issuer, authorization_endpoint: at('/authorize'), token_endpoint: at('/token'), authorization_response_iss_parameter_supported: true, ...methods });
    }
    if (incoming.url === '/token') {
      sent.push(new URLSearchParams(body));
      return json(...answer());
    }
    return json(404, {});
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  issuer = `http://127.0.0.1:${listener.address().port}`;
});
after(() => listener.close());
beforeEach(() => {
  sent.length = 0;
  answer = () => [200, tokens];
});

const options = () => ['--issuer', issuer, '--client-id', 'person'];
const start = () => login([...options(), '--flow', 'browser', '--no-open']);

/** Brings this to the loopback port as a browser would; answers { status, body }. */
async function bring(progress, parameters, { method = 'GET', path, host, headers = {} } = {}) {
  const url = redirectOf(progress);
  url.search = new URLSearchParams(parameters);
  const target = { host: '127.0.0.1', port: url.port, method, path: (path ?? url.pathname) + url.search, headers: { Host: host ?? url.host, ...headers } };
  const [response] = await once(request(target).end(), 'response');
  return { status: response.statusCode, body: await text(response) };
}

const stateOf = ({ url }) => new URL(url).searchParams.get('state');
const right = (progress) => ({ code: 'code-1', state: stateOf(progress), iss: issuer });

/** The login has failed with this message, and nothing of it is stored. */
async function failed(progress, code, message) {
  const ended = await progress.ended;
  assert.deepEqual([ended.code, ended.stdout], [code, ''], ended.stderr);
  assert.equal(ended.stderr.trimEnd().split('\n').at(-1), `hdr-bearer-refresh: ${message}`);
  const state = join(home, '.local/state/hdr');
  assert.deepEqual(existsSync(state) ? readdirSync(state).filter((name) => name.endsWith('.refresh')) : [], []);
  assert.equal((await run('hdr-bearer-refresh', options())).code, 3);
}

const again = 'run login again, and sign in at the URL that it prints';
const refusedFor = (cause) => `the answer of the browser is not accepted: ${cause}; ${again}`;

for (const [name, change, cause] of [
  ['the state of another sign-in', { state: 'x'.repeat(43) }, () => 'its state is not the one of this sign-in'],
  ['an answer of another issuer', { iss: 'https://evil.example' }, () => `it comes from the issuer https://evil.example, not ${issuer}`],
  ['a refusal of another issuer', { iss: 'https://evil.example', error: 'access_denied', error_description: 'call evil.example' }, () => `it comes from the issuer https://evil.example, not ${issuer}`],
  ['an answer that does not name its issuer', { iss: undefined }, () => `it has no iss, which ${issuer} says that it sends`],
  ['an answer without a state', { state: undefined }, () => 'it has no state'],
]) {
  test(name, async () => {
    const progress = await start();
    const parameters = Object.entries({ ...right(progress), ...change }).filter(([, value]) => value !== undefined);
    const { status, body } = await bring(progress, parameters);
    assert.equal(status, 400);
    assert.match(body, /<h1>Not signed in<\/h1>/);
    assert.ok(!body.includes('call evil'));
    await failed(progress, 4, refusedFor(cause()));
    assert.equal(sent.length, 0);
  });
}

test('whatever else reaches the port is refused, and the right answer is taken after it', async () => {
  const progress = await start();
  const { port } = redirectOf(progress);
  const page = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' };
  for (const [status, more] of [
    [404, { path: '/' }],
    [404, { path: '/callback/..' }],
    [404, { path: '/favicon.ico' }],
    [400, { method: 'POST' }],
    [400, { method: 'POST', headers: { Origin: 'https://evil.example' } }],
    [400, { headers: { Origin: 'https://evil.example' } }],
    [400, { headers: { Origin: 'null' } }],
    [400, { headers: page }],
    [400, { host: `evil.example:${port}` }],
    [400, { host: `localhost:${port}` }],
    [400, { host: `127.0.0.1:${Number(port) + 1}` }],
  ]) {
    const got = await bring(progress, right(progress), more);
    assert.equal(got.status, status, JSON.stringify(more));
    assert.doesNotMatch(got.body, /code-1|<script/);
  }
  assert.equal((await bring(progress, {})).status, 400);
  assert.equal(sent.length, 0);
  assert.equal((await bring(progress, right(progress))).status, 200);
  const { code } = await progress.ended;
  assert.equal(code, 0);
  assert.deepEqual([sent.length, sent[0].get('code'), sent[0].get('redirect_uri')], [1, 'code-1', redirectOf(progress).href]);
  assert.match(sent[0].get('code_verifier'), /^[\w-]{43}$/);
  await run('hdr-bearer-refresh', [...options(), 'logout']);
});

test('a second answer', async () => {
  let release;
  const held = new Promise((done) => (release = done));
  const progress = await start();
  const first = bring(progress, right(progress));
  answer = () => [200, tokens];
  const origin = listener.listeners('request')[0];
  listener.removeAllListeners('request').on('request', async (incoming, response) => {
    await held;
    origin(incoming, response);
  });
  await new Promise((done) => listener.once('request', done));
  const second = await bring(progress, { ...right(progress), code: 'code-2' });
  assert.equal(second.status, 400);
  assert.match(second.body, /this sign-in was answered already/);
  release();
  listener.removeAllListeners('request').on('request', origin);
  assert.equal((await first).status, 200);
  assert.equal((await progress.ended).code, 0);
  assert.deepEqual(sent.map((body) => body.get('code')), ['code-1']);
  await run('hdr-bearer-refresh', [...options(), 'logout']);
});

test('a code that is replayed is refused by the server, and is sent once', async () => {
  answer = () => [400, { error: 'invalid_grant', error_description: 'the code was used before' }];
  const progress = await start();
  const { status, body } = await bring(progress, right(progress));
  assert.equal(status, 400);
  assert.match(body, /the code was used before/);
  await failed(progress, 4, `${issuer} refused the token request: it answered 400 (invalid_grant: the code was used before); the code is used up, expired or issued to another client: run login again`);
  assert.equal(sent.length, 1);
});

test('a token endpoint that redirects elsewhere', async () => {
  answer = () => [307, {}, { Location: 'https://evil.example/token' }];
  const progress = await start();
  assert.equal((await bring(progress, right(progress))).status, 400);
  await failed(progress, 4, `${issuer} redirected: it answered 307, to https://evil.example, and credentials do not follow a redirect; give the URL that it redirects to with --token-url`);
  assert.equal(sent.length, 1);
});

test('what a server says of a refusal is text on the page, and one line in the terminal', async () => {
  const progress = await start();
  const { body } = await bring(progress, { ...right(progress), error: 'access_denied', error_description: '<script>alert(1)</script>\r\n\u001b[31mred' });
  assert.match(body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.doesNotMatch(body, /<script/);
  const { code, stderr } = await progress.ended;
  assert.equal(code, 4);
  assert.doesNotMatch(stderr, /\u001b/);
});

test('nobody answers', async () => {
  const progress = await login([...options(), '--flow', 'browser', '--no-open', '--timeout', '1500ms']);
  await failed(progress, 5, 'the browser brought no answer: 1s are over; run login again, or raise --timeout');
});

test('in a client nobody would see what login says', async () => {
  const { code, stderr } = await run('hdr-bearer-refresh', [...options(), 'login'], { CLAUDE_CODE_MCP_SERVER_NAME: 'x' });
  assert.equal(code, 2);
  assert.equal(stderr.toString(), 'hdr-bearer-refresh: login cannot be used here: an MCP client runs this command, and nobody sees what it says; run it in a terminal\n');
});
