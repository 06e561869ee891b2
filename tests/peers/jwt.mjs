import assert from 'node:assert/strict';
import { jwtVerify } from 'jose';
import { headers, now } from './helper.mjs';

/** Runs hdr-jwt at `now` and verifies the token of its Authorization header; answers its header, its claims and the other HTTP headers. */
export async function jwt(args, key, alg, env) {
  const { Authorization, ...others } = await headers('hdr-jwt', ['--now', String(now), ...args], env);
  const [scheme, token, ...rest] = Authorization.split(' ');
  assert.deepEqual([scheme, rest], ['Bearer', []]);
  const { protectedHeader, payload } = await jwtVerify(token, key, { algorithms: [alg], currentDate: new Date(now * 1000) });
  return { protectedHeader, payload, others };
}
