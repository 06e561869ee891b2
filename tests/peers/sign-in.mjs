// A login that is under way: what it says to the person, and how it ends.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { bin, home } from './helper.mjs';

/** Starts `hdr-bearer-refresh ARGS login`; answers { child, url, said, ended }: the first URL that it prints, all that it says so far, and its end. */
export async function login(args, { env = {} } = {}) {
  const child = spawn(`${bin}/hdr-bearer-refresh`, [...args, 'login'], { cwd: home, env: { HOME: home, PATH: process.env.PATH, ...env } });
  child.stdin.end();
  const progress = { child, said: '' };
  const closed = new Promise((done) => child.on('close', (code, signal) => done(code ?? signal)));
  const stdout = text(child.stdout);
  progress.ended = closed.then(async (code) => ({ code, stdout: await stdout, stderr: progress.said }));
  await new Promise((done) => {
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk) => {
      progress.said += chunk;
      progress.url ??= progress.said.match(/^ {2}(https?:\S+)\n/m)?.[1];
      if (progress.url && /left\)/.test(progress.said)) done();
    });
    closed.then(done);
  });
  return progress;
}

/** Where the printed URL says that the answer is to be brought. */
export const redirectOf = ({ url }) => new URL(new URL(url).searchParams.get('redirect_uri'));
