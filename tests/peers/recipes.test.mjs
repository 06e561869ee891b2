// The recipes by kind of credential on hdr-bearer-refresh's page, as they stand there: against oidc-provider under the name of its server, and with stand-ins for the clouds' programs.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { calculateJwkThumbprint, jwtVerify } from 'jose';
import { authority, missing } from './certificates.mjs';
import { commandsFor, commandWith, testThatAllRan } from './pages.mjs';
import { folder, keep, paste } from './paste.mjs';
import { client, startProvider } from './provider.mjs';

const commands = commandsFor('recipes.test.mjs');
const recipe = (part) => commandWith(commands, part);

/** A recipe's token is one that the provider gave to the recipe's client. */
async function works(part, options) {
  const server = await startProvider(options);
  after(() => server.close());
  const printed = await paste(recipe(part).replaceAll('https://login.acme.example', server.issuer));
  const said = await server.introspect(printed);
  assert.deepEqual([said.active, said.client_id], [true, 'my-client']);
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
  const second = await paste(command.plus(' --fresh'));
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

test('a Google service account', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let assertion;
  const server = createServer(async (request, response) => {
    assertion = new URLSearchParams(await text(request)).get('assertion');
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"access_token":"of-google","token_type":"Bearer","expires_in":3599}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const account = { type: 'service_account', client_email: 'bot@acme.example', private_key_id: 'a1', token_uri: `http://127.0.0.1:${server.address().port}/token` };
  keep('.config/acme/service-account.json', JSON.stringify({ ...account, private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }) }));
  assert.equal(await paste(recipe('service-account.json')), 'of-google');
  const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, { audience: account.token_uri, issuer: account.client_email });
  assert.deepEqual([protectedHeader.kid, payload.scope], ['a1', 'https://www.googleapis.com/auth/cloud-platform']);
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

testThatAllRan('recipes.test.mjs', { skip: missing });
