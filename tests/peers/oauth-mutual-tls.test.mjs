// hdr-bearer-refresh against oidc-provider over TLS: clients that authenticate with a certificate (RFC 8705), and tokens bound to one.
import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fails, token } from './bearer.mjs';
import { authority, missing } from './certificates.mjs';
import { home } from './helper.mjs';
import { client, startProvider } from './provider.mjs';

const mcp = 'https://mcp.example.com';
const grants = ['client_credentials'];
const signedBy = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'client.example.com' };

/** The key of a certificate, and the certificate in it. */
function jwks({ cert }) {
  const jwk = createPublicKey(cert).export({ format: 'jwk' });
  return { keys: [{ ...jwk, x5c: [new X509Certificate(cert).raw.toString('base64')] }] };
}

let server;
before(async () => {
  if (missing) return;
  const { ca, own, signed } = authority(home);
  const { cert, key } = signed('server', 'IP:127.0.0.1');
  signed('client', 'DNS:client.example.com');
  signed('other', 'DNS:other.example.com');
  own('own-other');
  const clients = [
    client('signed', grants, signedBy),
    client('own', grants, { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: jwks(own('own')) }),
    client('bound', grants, { ...signedBy, tls_client_certificate_bound_access_tokens: true }),
  ];
  server = await startProvider({ clients, resources: [mcp], tls: { ca, cert, key } });
});
after(() => server?.close());

const certificate = (name) => ['--tls-cert', `${home}/${name}.pem`, '--tls-key', `${home}/${name}.key`];
const asked = (id, name) => ['--token-url', server.tokenUrl, '--ca-cert', `${home}/ca.pem`, '--client-id', id, ...certificate(name)];
const discovered = (id, name) => ['--issuer', server.issuer, ...asked(id, name).slice(2)];

for (const [id, name] of [['signed', 'client'], ['own', 'own']]) {
  test(`a certificate, ${id === 'own' ? 'self-signed' : 'of an authority'}`, { skip: missing }, async () => {
    for (const args of [asked(id, name), discovered(id, name)]) {
      const printed = await token(args);
      const { active, client_id: owner, cnf } = await server.introspect(printed);
      assert.deepEqual({ active, owner, cnf }, { active: true, owner: id, cnf: undefined });
      await server.revoke(printed);
    }
  });
}

test('another certificate is refused', { skip: missing }, async () => {
  await fails(4, asked('signed', 'other'), /invalid_client/);
  await fails(4, asked('signed', 'own'), /invalid_client/);
  await fails(4, asked('own', 'own-other'), /invalid_client/);
});

test('a token that says it is bound to the certificate is not handed out', { skip: missing }, async () => {
  await fails(4, [...asked('bound', 'client'), '--resource', `${mcp}/jwt`], /bound to a key \(cnf\)/);
});

test('an authority that is not trusted', { skip: missing }, async () => {
  const args = ['--token-url', server.tokenUrl, '--client-id', 'signed', '--no-cache', ...certificate('client')];
  await fails(5, [...args, '--timeout', '2s'], /certificate/);
  await token(args, { NODE_EXTRA_CA_CERTS: `${home}/ca.pem` });
});
