// Runs hdr-bearer-refresh from the command line, as a user does.
import assert from 'node:assert/strict';
import { headers, run } from './helper.mjs';

const helper = 'hdr-bearer-refresh';

/** The token that it prints. */
export async function token(args, env) {
  const { Authorization: value, ...others } = await headers(helper, args, env);
  assert.deepEqual(others, {});
  const [, printed] = /^Bearer (\S+)$/.exec(value) ?? assert.fail(value);
  return printed;
}

/** It fails with `code`, prints nothing, and its one line on stderr matches. */
export async function fails(code, args, line, env) {
  const result = await run(helper, args, env);
  const stderr = result.stderr.toString();
  assert.equal(result.code, code, stderr);
  assert.equal(result.stdout.length, 0);
  assert.match(stderr, /^hdr-bearer-refresh: [^\n]+\n$/);
  assert.match(stderr, line);
}
