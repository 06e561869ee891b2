// Where the demo plays: a HOME with the secrets, what a client's helper sees of the environment, and how lines are printed.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export const home = mkdtempSync(join(tmpdir(), 'hdr-demo-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export const environment = { HOME: home, PATH: `${resolve(process.env.HDR_BIN)}${delimiter}${process.env.PATH}` };

/** Keeps a secret in HOME. */
export const keep = (name, content) => writeFileSync(join(home, name), content, { mode: 0o600 });

/** Keeps a random secret and answers it. */
export function secret(name) {
  const text = randomBytes(32).toString('base64url');
  keep(name, text);
  return text;
}

export const colour = (code, text) => (process.stdout.isTTY ? `\x1b[${code}m${text}\x1b[0m` : text);
export const say = (label, text) => console.log(`  ${label.padEnd(15)}${text}`);
/** What went as it should. */
export const good = (label, text) => say(label, colour(32, text));

/** Prints headers. No part of a value is shown, only the scheme of an Authorization and how long the rest is. */
export function sayHeaders(headers) {
  const redacted = (value) => value.replace(/^(Bearer )?(.*)$/s, (_, scheme = '', rest) => `${scheme}<${rest.length} characters>`);
  for (const [name, value] of Object.entries(headers)) say('', `${name}: ${redacted(value)}`);
}
