// hdr-bearer-refresh --preset github-installation against a server that verifies the App's JWT with jose and answers as GitHub's REST API documents.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { jwtVerify } from 'jose';
import { fails, token } from './bearer.mjs';
import { keyFile } from './helper.mjs';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const issuer = 'Iv23liTheClientId';
const asked = [];

/** The status and the answer to a request. */
async function answer(request) {
  const body = JSON.parse(await text(request));
  const { authorization, accept, 'x-github-api-version': version, 'user-agent': agent } = request.headers;
  if (!agent) return [403, { message: 'Request forbidden by administrative rules.' }];
  assert.deepEqual([accept, version], ['application/vnd.github+json', '2022-11-28']);
  try {
    const options = { algorithms: ['RS256'], issuer, maxTokenAge: '2 minutes', requiredClaims: ['iat', 'exp'] };
    const { payload } = await jwtVerify(authorization.replace(/^Bearer /, ''), publicKey, options);
    assert.ok(payload.exp - Date.now() / 1000 <= 600, 'at most ten minutes');
  } catch {
    return [401, { message: 'A JSON web token could not be decoded', documentation_url: 'https://docs.github.com/rest', status: '401' }];
  }
  if (request.method !== 'POST' || request.url !== '/api/v3/app/installations/1234/access_tokens') return [404, { message: 'Not Found' }];
  asked.push(body);
  return [201, { token: `ghs_${asked.length}`, expires_at: new Date(Date.now() + 3600e3).toISOString().replace(/\.\d+/, ''), permissions: body.permissions ?? {} }];
}

let server;
let args;
before(async () => {
  keyFile('app.pem', privateKey.export({ format: 'pem', type: 'pkcs1' }));
  keyFile('other.pem', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }));
  server = createServer(async (request, response) => {
    const [status, body] = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const api = `http://127.0.0.1:${server.address().port}/api/v3`;
  args = ['--preset', 'github-installation', '--api-url', api, '--app-id', issuer, '--installation-id', '1234'];
});
after(() => server.close());

test('a key goes in and a token comes out, once', async () => {
  const key = ['--assertion-key', 'file:~/app.pem'];
  assert.equal(await token([...args, ...key]), 'ghs_1');
  assert.equal(await token([...args, ...key]), 'ghs_1');
  const narrow = ['--param-json', 'repositories=["hdr"]', '--param-json', 'permissions={"contents":"read"}'];
  assert.equal(await token([...args, ...key, ...narrow]), 'ghs_2');
  assert.deepEqual(asked, [{}, { repositories: ['hdr'], permissions: { contents: 'read' } }]);
});

test('another key is refused', () =>
  fails(4, [...args, '--assertion-key', 'file:~/other.pem'], /401 \(A JSON web token could not be decoded\); check that --assertion-key /));
