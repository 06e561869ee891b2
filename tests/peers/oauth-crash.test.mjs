// hdr-bearer-refresh is ended at random moments while it rotates a refresh token at oidc-provider: what it acknowledged is never lost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { bin, home, keyFile, run } from './helper.mjs';
import { client, startProvider } from './provider.mjs';
import { seeded } from './random.mjs';

const runs = 100;

let server;
let args;
before(async () => {
  server = await startProvider({ clients: [client('public', ['refresh_token'], { token_endpoint_auth_method: 'none' })] });
  args = ['--token-url', server.tokenUrl, '--client-id', 'public', '--refresh-token', 'file:~/refresh', '--fresh'];
});
after(() => server.close());

const begin = async () => keyFile('refresh', await server.refreshToken('public'));

/** Runs it, with `signal` after `delay` milliseconds; answers whether it printed headers. */
async function ended(signal, delay) {
  const child = spawn(join(bin, 'hdr-bearer-refresh'), args, { cwd: home, env: { HOME: home, PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = new Promise((done) => child.on('close', done));
  const timer = setTimeout(() => child.kill(signal), delay);
  const [stdout] = await Promise.all([text(child.stdout), closed]);
  clearTimeout(timer);
  return stdout.endsWith('\n');
}

/** Waits until the provider has answered whatever it was sent. */
async function settled() {
  for (let quiet = 0; quiet < 2; quiet = (await server.connections()) ? 0 : quiet + 1) await sleep(2);
}

/** The middle one of five whole runs, in milliseconds. */
async function usual() {
  const times = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const begun = performance.now();
    assert.equal(await ended('SIGKILL', 60_000), true);
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[2];
}

/** Ends it with `signal` time and again, each time followed by a run that is left alone; counts what became of the runs. */
async function crash(signal, { below }) {
  await begin();
  const longest = Math.ceil(1.2 * (await usual()));
  const counts = { untouched: 0, acknowledged: 0, kept: 0, lost: 0 };
  for (let turn = 0; turn < runs; turn += 1) {
    const before = server.tokens.length;
    const delay = below(longest * 10) / 10;
    const printed = await ended(signal, delay);
    await settled();
    const rotated = server.tokens.length > before;
    const next = await run('hdr-bearer-refresh', args);
    const about = `run ${turn}, ${signal} after ${delay} ms, rotated ${rotated}, printed ${printed}: ${next.stderr}`;
    if (next.code === 0) {
      counts[printed ? 'acknowledged' : rotated ? 'kept' : 'untouched'] += 1;
    } else {
      // Only what the provider replaced and nobody saw may be gone, and the provider must say that it was used before.
      assert.deepEqual([next.code, rotated, printed], [4, true, false], about);
      assert.match(next.stderr.toString(), /invalid_grant/, about);
      counts.lost += 1;
      assert.equal(server.reused, counts.lost, about);
      await begin();
    }
    await settled();
  }
  assert.equal(server.reused, counts.lost);
  const newest = server.tokens.at(-1).answer.refresh_token;
  if (counts.lost === 0) assert.equal((await server.introspect(newest)).active, true);
  return { counts, longest };
}

const told = ({ counts, longest }) =>
  `${runs} runs, ended within ${longest} ms: ${counts.untouched} before the server rotated, ${counts.kept} after that with the token kept, ` +
  `${counts.acknowledged} after printing, ${counts.lost} families lost between the server's answer and the disk`;

test('SIGKILL loses at most what never arrived', (context) =>
  seeded(async (random) => context.diagnostic(told(await crash('SIGKILL', random)))));

test('SIGTERM loses nothing', (context) =>
  seeded(async (random) => {
    server.reused = 0;
    const result = await crash('SIGTERM', random);
    context.diagnostic(told(result));
    assert.equal(result.counts.lost, 0);
  }));
