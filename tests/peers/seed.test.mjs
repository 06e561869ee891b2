// hdr-hmac --api-key env:API_KEY against the shell script that it replaces: the same headers, byte for byte, wherever the clock is read.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { headers, home, runProgram } from './helper.mjs';

const script = fileURLToPath(new URL('../../scripts/bench.d/seed/generate-hmac.sh', import.meta.url));
const gnuDate = ['date', 'gdate'].find((name) => spawnSync(name, ['-Iseconds', '-d', '@0']).status === 0);
const openssl = spawnSync('openssl', ['version']).status === 0;
const skip = (!gnuDate && 'no GNU date on this machine') || (!openssl && 'no openssl on this machine');

/** A folder to put first on PATH, whose `date` tells the time in NOW. */
function fakeDate() {
  const real = execFileSync('/bin/sh', ['-c', `command -v ${gnuDate}`]).toString().trim();
  const folder = join(home, 'fake');
  mkdirSync(folder);
  writeFileSync(join(folder, 'date'), `#!/bin/sh\nexec '${real}' "$@" -d "@$NOW"\n`, { mode: 0o700 });
  return folder;
}

const zones = [undefined, '', 'UTC', 'America/New_York', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Kiritimati', ':Europe/London', 'EST5EDT', 'XYZ3:30', 'No/Such/Zone'];
const instants = ['1700000000', '1720000000', '0', '4102444799'];
const secrets = ['top secret', 'a', '-hmac', 'quote \' " $HOME \\ ünï', 'k'.repeat(300)];

test('the same headers as the script', { skip }, async (context) => {
  const path = `${fakeDate()}:${process.env.PATH}`;
  for (const zone of zones) {
    await context.test(`TZ=${zone ?? ' unset'}`, async () => {
      for (const [turn, now] of instants.entries()) {
        const env = { SECRET_KEY: secrets[(turn + zones.indexOf(zone)) % secrets.length], API_KEY: 'ak_live-1/2+3=' };
        if (zone !== undefined) env.TZ = zone;
        const { code, stdout, stderr } = await runProgram('bash', [script], { ...env, PATH: path, NOW: now });
        assert.equal(code, 0, stderr.toString());
        const ours = await headers('hdr-hmac', ['--api-key', 'env:API_KEY', '--now', now], env);
        assert.deepEqual(Object.entries(ours), Object.entries(JSON.parse(stdout)), `at ${now}`);
      }
    });
  }
});
