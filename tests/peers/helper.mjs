// Runs an executable from HDR_BIN as a client would: an empty environment, a HOME of its own, a working directory that is not the repository.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';

assert.ok(process.env.HDR_BIN, 'HDR_BIN must name the folder of the executables');

/** The folder of the executables. */
export const bin = resolve(process.env.HDR_BIN);

/** A temporary HOME, removed after the tests of this file. */
export const home = mkdtempSync(join(tmpdir(), 'hdr-peers-'));
after(() => rmSync(home, { recursive: true, force: true }));

/** The instant that tests pass as --now: 2023-11-14T22:13:20Z. */
export const now = 1700000000;

/** Writes a file that only its owner may read, and answers its path. */
export function keyFile(name, content) {
  const path = join(home, name);
  writeFileSync(path, typeof content === 'object' && !Buffer.isBuffer(content) ? JSON.stringify(content) : content, { mode: 0o600 });
  return path;
}

/** Runs a program and answers { code, stdout, stderr }, the streams as bytes. */
export function runProgram(file, args, env = {}) {
  const options = { cwd: home, env: { HOME: home, PATH: process.env.PATH, ...env }, encoding: 'buffer', timeout: 20000, maxBuffer: 8 << 20 };
  return new Promise((done) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => done({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }));
    child.stdin.on('error', () => {});
  });
}

export const run = (helper, args, env) => runProgram(join(bin, helper), args, env);

/** The headers that a helper prints; a failure carries its stderr. */
export async function headers(helper, args, env) {
  const { code, stdout, stderr } = await run(helper, args, env);
  assert.equal(code, 0, `${helper} ${args.join(' ')}: ${stderr}`);
  assert.match(stdout.toString(), /^\{.*\}\n$/);
  return JSON.parse(stdout);
}
