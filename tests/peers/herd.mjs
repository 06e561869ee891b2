// Many processes at one moment: each waits at a gate before it becomes the helper.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { bin, home } from './helper.mjs';

/** Runs hdr-bearer-refresh `count` times at once; answers { outputs, codes, errors, milliseconds } from the opening of the gate. */
export async function herd(count, args) {
  const env = { HOME: home, PATH: process.env.PATH };
  const script = 'read -r _; exec "$0" "$@"';
  const waiting = Array.from({ length: count }, () => spawn('/bin/sh', ['-c', script, `${bin}/hdr-bearer-refresh`, ...args], { cwd: home, env }));
  const runs = waiting.map(async (child) => {
    const closed = new Promise((done) => child.on('close', done));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { stdout, stderr, code };
  });
  const begun = performance.now();
  for (const child of waiting) child.stdin.end('\n');
  const ended = await Promise.all(runs);
  const of = (name) => [...new Set(ended.map((run) => run[name]))];
  return { outputs: of('stdout'), codes: of('code'), errors: of('stderr'), milliseconds: Math.round(performance.now() - begun) };
}
