// The recipes on hdr-bearer-refresh's page, as they stand there: against oidc-provider under the name of its server, and with stand-ins for the clouds' programs.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import { calculateJwkThumbprint, SignJWT } from 'jose';
import { authority, missing } from './certificates.mjs';
import { grantToWorkloads, issueIdJag, takeIdJag, takeWorkloads } from './federation.mjs';
import { commandsOf, folder, keep, paste, recipeWith } from './pages.mjs';
import { jwtBearer, tokenExchange } from './provider-grants.mjs';
import { client, startProvider } from './provider.mjs';

const commands = commandsOf('hdr-bearer-refresh');
const recipe = (part) => recipeWith(commands, part);

/** A recipe's token is one that the provider gave to the recipe's client. */
async function works(part, options, client_id = 'my-client') {
  const server = await startProvider(options);
  after(() => server.close());
  const printed = await paste(recipe(part).replaceAll('https://login.acme.example', server.issuer));
  const said = await server.introspect(printed);
  assert.deepEqual([said.active, said.client_id], [true, client_id]);
}

const mine = (more, grants = ['client_credentials']) => ({ clients: [client('my-client', grants, more)] });
keep('.config/acme/client-secret', 's3cret\n');

test('a client secret', () => works('--issuer https://login.acme.example --client-id my-client --client-secret file', mine({ client_secret: 's3cret' })));

test('a client secret in the body', () => works('--client-auth post', mine({ client_secret: 's3cret', token_endpoint_auth_method: 'client_secret_post' })));

test('a refresh token', async () => {
  const server = await startProvider(mine({ token_endpoint_auth_method: 'none' }, ['refresh_token']));
  after(() => server.close());
  keep('.config/acme/refresh-token', await server.refreshToken('my-client'));
  const command = recipe('--refresh-token').replaceAll('https://login.acme.example', server.issuer);
  const first = await paste(command);
  const second = await paste(`${command} --fresh`);
  assert.notEqual(second, first);
  assert.equal((await server.introspect(second)).active, true);
  assert.equal(server.reused, 0);
});

test('a key', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  keep('.config/acme/client-key.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const jwk = publicKey.export({ format: 'jwk' });
  const jwks = { keys: [{ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256' }] };
  await works('--client-kid thumbprint', mine({ token_endpoint_auth_method: 'private_key_jwt', jwks }));
});

test('a certificate', { skip: missing }, async () => {
  const { ca, signed } = authority(folder);
  const { cert, key } = signed('server', 'IP:127.0.0.1');
  keep('.config/acme/client-key.pem', signed('client', 'DNS:client.acme.example').key);
  const registered = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'client.acme.example' };
  await works('--client-auth tls', { ...mine(registered), tls: { ca, cert, key } });
});

test('the OpenID token of a GitHub Actions job', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = 'https://token.actions.githubusercontent.com';
  const job = new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setIssuer(issuer).setSubject('repo:acme/app').setExpirationTime('5m');
  keep('bin/actions-token', `#!/bin/sh\n[ "$1" = acme ] && echo ${await job.sign(privateKey)}\n`, 0o700);
  const trusted = { [issuer]: { ...publicKey.export({ format: 'jwk' }), alg: 'ES256' } };
  await works('actions-token acme', { ...mine({ token_endpoint_auth_method: 'none' }, [tokenExchange]), trusted });
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
  return { server, run: (more = '') => paste(command + more) };
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
    await assert.rejects(run(' --fresh'), { message: /refused the token request: it answered 401 \(invalid_client: .*check --client-id.*, and that the server trusts who issued --client-assertion/s });
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
  await assert.rejects(run(' --fresh'), { message: /invalid_grant: .*check that the server trusts who issued --assertion/s });
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
  await assert.rejects(paste(`${command} --fresh`), { message: /--assertion/ });
});

/** What the clouds' programs print; each answers only to the words that its recipe has. */
const printed = {
  'gcloud auth print-access-token': 'of-gcloud',
  'gcloud auth print-identity-token --audiences=https://mcp.acme.example': 'of-google',
  'az account get-access-token --resource api://acme': '{"accessToken":"of-az","expiresOn":"2001-01-01 00:00:00.000000","expires_on":4102444800,"tokenType":"Bearer"}',
  'aws codeartifact get-authorization-token --domain acme --output json': '{"authorizationToken":"of-aws","expiration":4102444800.5}',
  'gh auth token': 'of-gh',
  'vault read -format=json identity/oidc/token/acme': '{"data":{"token":"of-vault","ttl":3600}}',
};

for (const [line, output] of Object.entries(printed)) {
  test(line, async () => {
    const [program] = line.split(' ');
    keep(`bin/${program}`, `#!/bin/sh\n[ "$(basename "$0") $*" = '${line}' ] && printf '%s\\n' '${output}'\n`, 0o700);
    const token = /of-[a-z]+/.exec(output)[0];
    assert.equal(await paste(recipe(`--command '${line}'`)), token);
  });
}
