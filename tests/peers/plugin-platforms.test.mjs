// Plugins for several platforms: whatever shell and machine run the launcher, it starts the executable built for it, with one fork.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { whoami } from './client.mjs';
import { bin, home, keyFile, runProgram } from './helper.mjs';
import { hmacGuard, startServer } from './mcp-server.mjs';
import { packagePlugin, runPlugin } from './plugin.mjs';

/** What `uname -sm` says on each platform. */
const machines = {
  'x86_64-unknown-linux-musl': 'Linux x86_64',
  'aarch64-unknown-linux-musl': 'Linux aarch64',
  'x86_64-apple-darwin': 'Darwin x86_64',
  'aarch64-apple-darwin': 'Darwin arm64',
  'x86_64-pc-windows-msvc': 'MINGW64_NT-10.0-26100 x86_64',
};
const { stdout: real } = spawnSync('uname', ['-sm'], { encoding: 'utf8' });
const ours = Object.keys(machines).find((target) => machines[target] === real.trim());
const skip = !ours && `plugins are not made for ${real}`;

function script(path, text) {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

const noTenant = !existsSync(join(bin, 'hdr-tenant')) && 'no hdr-tenant here';

/** A folder for each target, as scripts/release leaves them: ours has the real executables, the others say who they are. */
function release() {
  const folder = join(home, 'dist');
  for (const target of Object.keys(machines)) {
    mkdirSync(join(folder, target), { recursive: true });
    for (const name of noTenant ? ['hdr-hmac'] : ['hdr-hmac', 'hdr-tenant']) {
      const executable = join(folder, target, target.includes('windows') ? `${name}.exe` : name);
      if (target === ours) symlinkSync(join(bin, name), executable);
      else script(executable, `printf '%s\\n' ${target} "$@"`);
    }
  }
  writeFileSync(join(folder, 'SHA256SUMS'), '');
  return folder;
}

/** A PATH whose uname says what is in MACHINE and counts its runs. */
function pretended() {
  const folder = join(home, 'uname');
  mkdirSync(folder);
  script(join(folder, 'uname'), `echo "$*" >>"${home}/runs"\necho "$MACHINE"`);
  return `${folder}${delimiter}${process.env.PATH}`;
}

const said = ({ code, stdout, stderr }) => [code, stdout.toString(), stderr.toString()];

/** The shells here that may be a machine's /bin/sh. */
const shells = [['sh'], ['dash'], ['bash', '--posix'], ['busybox', 'sh'], ['zsh', '--emulate', 'sh']].filter(
  ([program, ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

for (const name of ['hmac.key', 'blue.key']) keyFile(name, 'the secret of the server');
keyFile('api.key', 'ak-1');
const root = join(home, 'a plugin');
const launcher = join(root, 'bin/hdr-hmac');
const dist = !skip && release();
const helper = ['hdr-hmac', '--key', 'file:~/hmac.key', '--api-key', 'file:~/api.key'];
const make = (out, ...helperLine) =>
  packagePlugin('--name', 'acme', '--server', `${server.origin}/hmac`, '--out', out, '--bins', dist, '--', ...helperLine);

let server;
before(async () => {
  server = await startServer({ '/hmac': hmacGuard({ secret: 'the secret of the server', apiKey: 'ak-1' }) });
  if (!skip) assert.deepEqual(await make(root, ...helper), { code: 0, stdout: `${root}\n`, stderr: '' });
});
after(() => server.close());

test('each platform has its executable', { skip }, () => {
  const folders = Object.keys(machines).filter((target) => !target.includes('windows'));
  assert.deepEqual(readdirSync(join(root, 'bin')).sort(), [...folders, 'hdr-hmac', 'hdr-hmac.exe'].sort());
  for (const target of folders) assert.deepEqual(readdirSync(join(root, 'bin', target)), ['hdr-hmac']);
});

test('it opens a session here, from wherever and with next to no environment', { skip }, async () => {
  const link = join(home, 'link to it');
  symlinkSync(root, link);
  const full = { HOME: home, PATH: process.env.PATH };
  for (const environment of [full, { HOME: home }, { HOME: home, PATH: '/nowhere' }, { HOME: home, PATH: '' }]) {
    for (const [place, cwd] of [[root, root], [link, '/'], [root, home]]) {
      const { url, headers } = await runPlugin(place, { environment, cwd });
      assert.match(await whoami(url, headers), /^HMAC signature made at /);
    }
  }
});

test('a wrapped helper is found beside the executable that wraps it', { skip: skip || noTenant }, async () => {
  const tenant = join(home, 'a tenant');
  const made = await make(tenant, 'hdr-tenant', '--tenant', 'blue', '--', 'hdr-hmac', '--key', 'file:~/{tenant}.key', '--api-key', 'file:~/api.key');
  assert.deepEqual(made, { code: 0, stdout: `${tenant}\n`, stderr: '' });
  const { url, headers } = await runPlugin(tenant, { environment: { HOME: home } });
  assert.equal(headers['X-Tenant-ID'], 'blue');
  assert.match(await whoami(url, headers), /^HMAC signature made at /);
});

test('in every shell it starts what was built for the machine, with the same words, and asks uname once', { skip }, async () => {
  const path = pretended();
  const words = ['--message', 'a  b', '', '*', '$HOME', "it's", '--'];
  for (const [shell, ...args] of shells) {
    for (const [target, machine] of Object.entries(machines).filter(([name]) => name !== ours)) {
      writeFileSync(join(home, 'runs'), '');
      const run = await runProgram(shell, [...args, launcher, ...words], { PATH: path, MACHINE: machine });
      assert.deepEqual(said(run), [0, `${[target, ...words].join('\n')}\n`, ''], `${shell}: ${machine}`);
      assert.equal(readFileSync(join(home, 'runs'), 'utf8'), '-sm\n', `${shell}: ${machine}`);
    }
    for (const machine of ['Linux riscv64', 'FreeBSD amd64', 'Linux x86_64 x', '', '$(id) *']) {
      const run = await runProgram(shell, [...args, launcher, ...words], { PATH: path, MACHINE: machine });
      const targets = Object.keys(machines).sort().join(', ');
      const message = `hdr-hmac: no executable for '${machine}' in this plugin: it has ${targets}; ask its maker for one\n`;
      assert.deepEqual(said(run), [1, '', message], shell);
    }
  }
});

const traced = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
test('it forks once', { skip: skip || (!traced && 'no strace here') }, async () => {
  for (const [shell, ...args] of shells) {
    const calls = join(home, 'calls');
    const strace = ['-f', '-qq', '-e', 'trace=fork,vfork,clone,clone3,execve', '-e', 'signal=none', '-o', calls];
    const run = await runProgram('strace', [...strace, shell, ...args, launcher, '--version']);
    assert.match(run.stdout.toString(), /^hdr-hmac \d/, run.stderr.toString());
    const lines = readFileSync(calls, 'utf8').split('\n');
    // One that waits is told of in two lines, and the second one has its result.
    const succeeded = (call) => {
      const done = new RegExp(`^\\d+ +(${call}\\(|<\\.\\.\\. ${call} resumed>).* = \\d+$`);
      return lines.filter((line) => done.test(line)).length;
    };
    assert.equal(succeeded('(fork|vfork|clone3?)'), 1, `${shell}: ${lines.join('\n')}`);
    // The shell, uname, and the executable in the shell's place.
    assert.equal(succeeded('execve'), 3, `${shell}: ${lines.join('\n')}`);
  }
});

test('without an executable for this machine nobody can be asked for .mcp.json', { skip }, async () => {
  const others = Object.keys(machines).filter((target) => target !== ours && !target.includes('windows')).sort();
  const bins = join(home, 'others');
  for (const target of others) {
    mkdirSync(join(bins, target), { recursive: true });
    script(join(bins, target, 'hdr-hmac'), 'exit 1');
  }
  const out = join(home, 'refused');
  const launched = `no executable for '${machines[ours]}' in this plugin: it has ${others.join(', ')}; ask its maker for one`;
  const stderr = `package-plugin: hdr-hmac does not run here: ${launched}; it is asked for .mcp.json, so --bins must have one for this machine too\n`;
  const made = await packagePlugin('--name', 'a', '--server', 'https://h/', '--out', out, '--bins', bins, '--', ...helper);
  assert.deepEqual(made, { code: 1, stdout: '', stderr });
  assert.equal(existsSync(out), false);
});

test('two executables for one platform, and a folder of no known platform, are refused', { skip }, async () => {
  const cases = [
    ['x86_64-unknown-linux-gnu', 'has hdr-hmac twice for the platform of x86_64-unknown-linux-musl: a plugin has one of each; remove a folder'],
    ['wasm32-wasip1', 'has a folder wasm32-wasip1: it is no target whose platform is known here; remove it'],
  ];
  for (const [target, message] of cases) {
    const bins = join(home, `dist-${target}`);
    for (const folder of [target, 'x86_64-unknown-linux-musl']) {
      mkdirSync(join(bins, folder), { recursive: true });
      script(join(bins, folder, 'hdr-hmac'), 'exit 1');
    }
    const out = join(home, 'refused');
    const made = await packagePlugin('--name', 'a', '--server', 'https://h/', '--out', out, '--bins', bins, '--', ...helper);
    assert.deepEqual(made, { code: 2, stdout: '', stderr: `package-plugin: --bins ${message}\n` });
    assert.equal(readdirSync(home).includes('refused'), false);
  }
});
