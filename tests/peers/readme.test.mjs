// Every command in the README's console blocks, run as it stands there, prints what stands below it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const home = mkdtempSync(join(tmpdir(), 'hdr-readme-'));
after(() => rmSync(home, { recursive: true }));

// The profiles that the README shows, in their place.
const [, profiles] = /^## Profiles\n.*?^```toml\n(.*?)^```$/ms.exec(readme);
mkdirSync(join(home, '.config/hdr'), { recursive: true });
writeFileSync(join(home, '.config/hdr/config.toml'), profiles, { mode: 0o600 });

/** Commands and the lines expected of each; a lone … stands for any output. */
function sessions() {
  return [...readme.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block]) =>
    block.split(/^\$ /m).slice(1).map((part) => {
      const [, command, expected] = part.match(/^((?:.*\\\n)*.*)\n((?:.*\n)*)$/);
      return { command, expected };
    }));
}

assert.ok(sessions().length > 8, 'the README has console blocks');

for (const { command, expected } of sessions()) {
  test(command.split('\n')[0], () => {
    const env = { HOME: home, PATH: `${process.env.HDR_BIN}:${process.env.PATH}` };
    const run = spawnSync('/bin/sh', ['-c', command], { cwd: home, env, encoding: 'utf8' });
    if (expected === '…\n') {
      assert.equal(run.stderr, '');
      assert.notEqual(run.stdout, '');
    } else {
      assert.equal(run.stdout + run.stderr, expected);
    }
  });
}
