// The recipes on hdr-bearer-refresh's page whose credential another system signs, as they stand there: against oidc-provider under the name of the server.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { SignJWT } from 'jose';
import { grantToWorkloads, issueIdJag, takeIdJag, takeWorkloads } from './federation.mjs';
import { blocksOf, commandsFor, commandWith, testThatAllRan } from './pages.mjs';
import { keep, paste } from './paste.mjs';
import { jwtBearer, tokenExchange } from './provider-grants.mjs';
import { client, startProvider } from './provider.mjs';

const commands = commandsFor('workloads.test.mjs');
const recipe = (part) => commandWith(commands, part);
const mine = (more, grants = ['client_credentials']) => ({ clients: [client('my-client', grants, more)] });
keep('.config/acme/client-secret', 's3cret\n');

/** Saves the script that the page shows as ~/bin/actions-token; answers the variables of a job whose OpenID token is `token`, for `audience` alone. */
async function actionsJob(token, audience) {
  keep('bin/actions-token', blocksOf('bins/hdr-bearer-refresh/README.md').find(({ kind }) => kind === 'script').text, 0o700);
  const server = createServer((request, response) => {
    const asked = [request.headers.authorization, new URL(request.url, 'http://x').searchParams.get('audience')];
    const right = asked[0] === 'Bearer of-the-job' && asked[1] === audience;
    response.writeHead(right ? 200 : 403, { 'Content-Type': 'application/json' }).end(JSON.stringify(right ? { count: 1, value: token } : {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job', ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${server.address().port}/token?api-version=2.0` };
}

const noScript = ['curl', 'jq'].find((program) => spawnSync(program, ['--version']).status !== 0);

test('the OpenID token of a GitHub Actions job', { skip: noScript && `no ${noScript} on this machine` }, async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = 'https://token.actions.githubusercontent.com';
  const job = new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setIssuer(issuer).setSubject('repo:acme/app').setExpirationTime('5m');
  const env = await actionsJob(await job.sign(privateKey), 'acme');
  const trusted = { [issuer]: { ...publicKey.export({ format: 'jwk' }), alg: 'ES256' } };
  const server = await startProvider({ ...mine({ token_endpoint_auth_method: 'none' }, [tokenExchange]), trusted });
  after(() => server.close());
  const printed = await paste(recipe('actions-token acme').replaceAll('https://login.acme.example', server.issuer), env);
  const { active, client_id } = await server.introspect(printed);
  assert.deepEqual([active, client_id], [true, 'my-client']);
});

const { privateKey: platformKey, publicKey: platformPublic } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const platform = { ...platformPublic.export({ format: 'jwk' }), alg: 'ES256' };

/** A token that a platform signs for a workload. */
const signed = (issuer, subject, audience, claims = {}) => {
  const token = new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).setSubject(subject).setAudience(audience).setIssuedAt().setExpirationTime('10m');
  return (issuer ? token.setIssuer(issuer) : token).sign(platformKey);
};

const kubernetes = { issuer: 'https://kubernetes.default.svc.cluster.local', subject: 'system:serviceaccount:acme:mcp', jwk: platform, client: 'my-client' };
const spiffe = { issuer: undefined, subject: 'spiffe://acme.example/ns/acme/sa/mcp', jwk: platform, client: 'my-client' };
const actions = { issuer: 'https://token.actions.githubusercontent.com', subject: 'repo:acme/app:ref:refs/heads/main', jwk: platform, client: 'my-client' };
const workloads = [kubernetes, spiffe, actions];

/** A server that takes these workloads as clients, and a function that pastes a recipe with files of HOME in place of the platform's. */
async function federated(part, extend) {
  const secret = { client_secret: 'known-inside-alone', token_endpoint_auth_method: 'client_secret_post' };
  const server = await startProvider({ ...mine(secret), extend: (provider) => takeWorkloads(provider, workloads, secret.client_secret), ...extend });
  after(() => server.close());
  const command = recipe(part).replaceAll('https://login.acme.example', server.issuer).replaceAll('/var/run/secrets/acme', '~').replaceAll('/run/spiffe', '~');
  return { server, run: (more = '') => paste(command.plus(more)) };
}

/** The workload's token is one of `my-client`, as long as the platform has signed it for this server; who renews it asks for no other one. */
async function isFederated(part, keepToken, { issuer, subject }) {
  const { server, run } = await federated(part);
  await keepToken(await signed(issuer, subject, server.issuer, { jti: '1' }));
  const printed = await run();
  const said = await server.introspect(printed);
  assert.deepEqual([said.active, said.client_id], [true, 'my-client']);
  await keepToken(await signed(issuer, subject, server.issuer, { jti: '2' }));
  assert.equal(await run(), printed);
  assert.notEqual(await run(' --fresh'), printed);
  for (const [other, audience] of [[subject, 'https://other.example'], [`${subject}-of-others`, server.issuer]]) {
    await keepToken(await signed(issuer, other, audience));
    await assert.rejects(run(' --fresh'), { message: /refused the token request: it answered 401 \(invalid_client: .*check --client-id.*, and that the server trusts the issuer, subject and audience of --client-assertion/s });
  }
}

test('a Kubernetes service account token in place of a secret', () =>
  isFederated('--client-assertion file:/var/run', (token) => keep('token', `${token}\n`), kubernetes));

test('a JWT-SVID of SPIFFE in place of a secret', () => isFederated('jwt-spiffe', (token) => keep('acme.jwt', token), spiffe));

test('the OpenID token of a GitHub Actions job in place of a secret', () =>
  isFederated("'cmd:~/bin/actions-token https", (token) => keep('bin/actions-token', `#!/bin/sh\n[ "\${1#http}" != "$1" ] && echo ${token}\n`, 0o700), actions));

test('a Kubernetes service account token as the grant', async () => {
  const open = mine({ token_endpoint_auth_method: 'none' }, [jwtBearer]);
  const { server, run } = await federated('--assertion file:/var/run', { ...open, extend: (provider) => grantToWorkloads(provider, workloads) });
  keep('token', await signed(kubernetes.issuer, kubernetes.subject, server.issuer));
  const said = await server.introspect(await run());
  assert.deepEqual([said.active, said.client_id, said.on_behalf_of], [true, 'my-client', kubernetes.subject]);
  keep('token', await signed(kubernetes.issuer, kubernetes.subject, 'https://other.example'));
  await assert.rejects(run(' --fresh'), { message: /invalid_grant: .*check that the server trusts the issuer, subject and audience of --assertion/s });
});

test('an identity assertion of the identity provider (ID-JAG)', async () => {
  const idp = await startProvider({
    clients: [client('my-idp-client', [tokenExchange], { token_endpoint_auth_method: 'none' })],
    extend: (provider) => issueIdJag(provider, { key: platformKey, jwk: platform, client: 'my-client' }),
  });
  after(() => idp.close());
  const server = await startProvider({
    ...mine({ client_secret: 's3cret' }, [jwtBearer]),
    extend: (provider) => takeIdJag(provider, { issuer: idp.issuer, jwk: platform }),
  });
  after(() => server.close());
  const command = recipe('id-jag').replaceAll('https://login.acme.example', server.issuer).replaceAll('https://idp.example.com', idp.issuer);
  keep('.config/acme/id-token', await signed(idp.issuer, 'alice', 'my-idp-client'));
  const printed = await paste(command);
  const said = await server.introspect(printed);
  assert.deepEqual([said.active, said.client_id, said.on_behalf_of, said.for], [true, 'my-client', 'alice', 'https://mcp.acme.example/mcp']);
  assert.equal(await paste(command), printed);
  assert.deepEqual([idp.tokens.length, server.tokens.length], [1, 1]);
  keep('.config/acme/id-token', await signed('https://elsewhere.example', 'alice', 'my-idp-client'));
  await assert.rejects(paste(command.plus(' --fresh')), { message: /--assertion/ });
});

testThatAllRan('workloads.test.mjs', { skip: noScript && `no ${noScript} on this machine` });
