// A shell to paste the commands of the pages into, in a HOME with the files that they name.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bin, home } from './helper.mjs';
import { Command } from './pages.mjs';

/** Where the commands keep their files. */
export const folder = join(home, '.config/acme');
mkdirSync(folder, { recursive: true });
mkdirSync(join(home, 'bin'));

/** Writes a file in HOME that only its owner may read. */
export const keep = (name, content, mode = 0o600) => writeFileSync(join(home, name), content, { mode });

/** What a command, of a page or as text, does in a shell: { code, stdout, stderr }. */
export async function run(command, env = {}, cwd = '/') {
  const line = command instanceof Command ? command.text : command;
  const child = spawn('/bin/sh', ['-c', line], { cwd, env: { HOME: home, PATH: `${home}/bin:${bin}:${process.env.PATH}`, ...env } });
  child.stdin.end();
  const ended = new Promise((done) => child.on('close', done));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (command instanceof Command) command.state.ran = true;
  return { code: await ended, stdout, stderr };
}

/** The headers that a command prints, without a warning. */
export async function pasteForHeaders(command, env) {
  const { stdout, stderr } = await run(command, env);
  assert.equal(stderr, '', command.text ?? command);
  return JSON.parse(stdout);
}

/** The bearer token that it prints. */
export const paste = async (command, env) => (await pasteForHeaders(command, env)).Authorization.replace(/^Bearer /, '');
