// A server that takes signed headers, and the keys of its clients in HOME: hmac.key and api.key, jwt.pem.
import { generateKeyPairSync } from 'node:crypto';
import { keyFile } from './helper.mjs';
import { hmacGuard, jwtGuard, startServer } from './mcp-server.mjs';

/** Whom a JWT has to be for. */
export const audience = 'https://mcp.example.com';

/** A server with /hmac and /jwt. */
export function signedServer() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  keyFile('jwt.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }));
  keyFile('hmac.key', 'the secret of the server');
  keyFile('api.key', 'ak-1');
  const hmac = hmacGuard({ secret: 'the secret of the server', apiKey: 'ak-1' });
  const jwt = jwtGuard({ jwk: publicKey.export({ format: 'jwk' }), algorithm: 'ES256', audience });
  return startServer({ '/hmac': hmac, '/jwt': jwt });
}
