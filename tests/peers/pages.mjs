// The commands on the helpers' pages, and a shell to paste them into: in a HOME with the files that they name.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bin, home } from './helper.mjs';

/** Where the recipes keep their files. */
export const folder = join(home, '.config/acme');
mkdirSync(folder, { recursive: true });
mkdirSync(join(home, 'bin'));

/** Writes a file in HOME that only its owner may read. */
export const keep = (name, content, mode = 0o600) => writeFileSync(join(home, name), content, { mode });

/** The commands in the sh blocks of a helper's page. */
export function commandsOf(helper) {
  const page = readFileSync(new URL(`../../bins/${helper}/README.md`, import.meta.url), 'utf8');
  const command = new RegExp(`^${helper}(?:.*\\\\\\n)*.*$`, 'gm');
  return [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block]) => block.match(command) ?? []);
}

/** The one of `commands` that has `part` in it. */
export function recipeWith(commands, part) {
  const found = commands.filter((command) => command.includes(part));
  assert.equal(found.length, 1, `${part}: ${found.length} recipes`);
  return found[0];
}

/** The headers that a command prints which a user pastes into a shell. */
export async function pasteForHeaders(command, env = {}) {
  const child = spawn('/bin/sh', ['-c', command], { cwd: '/', env: { HOME: home, PATH: `${bin}:${home}/bin:${process.env.PATH}`, ...env } });
  child.stdin.end();
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(stderr, '', command);
  return JSON.parse(stdout);
}

/** The bearer token that it prints. */
export const paste = async (command, env) => (await pasteForHeaders(command, env)).Authorization.replace(/^Bearer /, '');
