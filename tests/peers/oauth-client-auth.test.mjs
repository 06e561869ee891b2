// hdr-bearer-refresh against oidc-provider: every client authentication but TLS, to an endpoint that is given and to one that metadata names.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { calculateJwkThumbprint } from 'jose';
import { fails, token } from './bearer.mjs';
import { keyFile } from './helper.mjs';
import { client, startProvider } from './provider.mjs';

const odd = { id: `a:b c%20d+e&f=g/"h"`, secret: `p%25+ q&r=s:t/?#@[]\\"'` };
const shared = randomBytes(32).toString('base64url');
const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed: generateKeyPairSync('ed25519'),
};

async function jwks() {
  const jwks = Object.values(keys).map(({ publicKey }) => publicKey.export({ format: 'jwk' }));
  return { keys: await Promise.all(jwks.map(async (jwk) => ({ ...jwk, kid: await calculateJwkThumbprint(jwk) }))) };
}

const grants = ['client_credentials'];
const as = (method, more) => ({ token_endpoint_auth_method: method, ...more });
const keyed = ['RS256', 'PS256', 'ES256', 'EdDSA'];

let server;
before(async () => {
  for (const [name, { privateKey }] of Object.entries(keys)) keyFile(`${name}.pem`, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  keyFile('odd', odd.secret);
  keyFile('shared', shared);
  const known = await jwks();
  const clients = [
    client(odd.id, grants, as('client_secret_basic', { client_secret: odd.secret })),
    client(`${odd.id}!`, grants, as('client_secret_post', { client_secret: odd.secret })),
    client('open', grants, as('none')),
    client('shared', grants, as('client_secret_jwt', { client_secret: shared })),
    ...keyed.map((alg) => client(alg, grants, as('private_key_jwt', { jwks: known, token_endpoint_auth_signing_alg: alg }))),
  ];
  server = await startProvider({ clients });
});
after(() => server.close());

const places = { '--token-url': () => server.tokenUrl, '--issuer': () => server.issuer };

/** Gets a token at both places; the provider says that it is good, and whose. */
async function authenticates(id, args) {
  for (const [option, url] of Object.entries(places)) {
    const printed = await token([option, url(), '--client-id', id, '--scope', 'mcp.read', ...args]);
    const { active, client_id: owner, scope } = await server.introspect(printed);
    assert.deepEqual({ active, owner, scope }, { active: true, owner: id, scope: 'mcp.read' }, option);
    await server.revoke(printed);
    assert.deepEqual(await server.introspect(printed), { active: false });
  }
}

test('basic, by default', () => authenticates(odd.id, ['--client-secret', 'file:~/odd']));
test('post', () => authenticates(`${odd.id}!`, ['--client-secret', 'file:~/odd', '--client-auth', 'post']));
test('none, by default', () => authenticates('open', ['--grant', 'client-credentials']));
test('client-secret-jwt', () => authenticates('shared', ['--client-secret', 'file:~/shared', '--client-auth', 'client-secret-jwt']));

for (const [alg, file] of [['RS256', 'rsa'], ['PS256', 'rsa'], ['ES256', 'ec'], ['EdDSA', 'ed']]) {
  test(`private-key-jwt ${alg}, by default`, () =>
    authenticates(alg, ['--client-key', `file:~/${file}.pem`, '--client-alg', alg, '--client-kid', 'thumbprint']));
}

test('every assertion has an id of its own', async () => {
  const args = ['--token-url', server.tokenUrl, '--client-id', 'ES256', '--client-key', 'file:~/ec.pem', '--no-cache'];
  const tokens = await Promise.all(Array.from({ length: 10 }, () => token(args)));
  assert.equal(new Set(tokens).size, 10);
});

test('what the metadata lists is the default', async () => {
  const clients = [client('shared', grants, as('client_secret_jwt', { client_secret: shared }))];
  const strict = await startProvider({ clients, overrides: () => ({ clientAuthMethods: ['client_secret_jwt', 'private_key_jwt'] }) });
  try {
    await token(['--issuer', strict.issuer, '--client-id', 'shared', '--client-secret', 'file:~/shared']);
    assert.match(strict.tokens[0].client_assertion, /^eyJ/);
  } finally {
    await strict.close();
  }
});

const refusals = {
  'a wrong secret': [['--client-id', odd.id, '--client-secret', 'file:~/shared'], /invalid_client/],
  'an unknown client': [['--client-id', 'nobody', '--client-secret', 'file:~/odd'], /invalid_client/],
  'another way than the registered one': [['--client-id', 'shared', '--client-secret', 'file:~/shared'], /invalid_client/],
  'another key': [['--client-id', 'ES256', '--client-key', 'file:~/rsa.pem'], /invalid_client/],
  'another audience': [['--client-id', 'ES256', '--client-key', 'file:~/ec.pem', '--client-aud', 'https://elsewhere.example.com'], /invalid_client/],
  'a scope that is not one': [['--client-id', 'open', '--grant', 'client-credentials', '--scope', '"x"'], /invalid_scope/],
};
for (const [name, [args, line]] of Object.entries(refusals)) {
  test(`${name} is refused`, () => fails(4, ['--token-url', server.tokenUrl, ...args], line));
}
