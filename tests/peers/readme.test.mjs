// The pages for users: their commands run as they stand there and print what stands below them, their links lead somewhere, their tables have every option.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clone, makeClone } from './clone.mjs';
import { bin, home } from './helper.mjs';
import { hmacGuard, startServer } from './mcp-server.mjs';
import { blocksOf, commandsFor, pages, sessionsOf, testThatAllRan, textOf } from './pages.mjs';
import { folder, keep, run } from './paste.mjs';
import { client, startProvider } from './provider.mjs';

const secret = 'acme-secret-key-of-32-bytes-long';
let provider;
let server;

before(async () => {
  makeClone();
  keep('.config/acme/secret', secret);
  keep('.config/acme/api-key', 'key-1\n');
  keep('.config/acme/client-secret', 's3cret\n');
  provider = await startProvider({ clients: [client('my-client', ['client_credentials'], { client_secret: 's3cret' })] });
  server = await startServer({ '/mcp': hmacGuard({ secret, apiKey: 'key-1' }) });
});
after(() => Promise.all([provider.close(), server.close()]));

async function printsWhatIsShown({ command, expected }) {
  const { stdout, stderr } = await run(command, {}, clone);
  if (expected === '…\n') {
    assert.equal(stderr, '');
    assert.notEqual(stdout, '');
  } else {
    assert.equal(stdout + stderr, expected);
  }
}

/** Keeps a file where its first comment says, and has a helper read it. */
async function isRead({ text }) {
  const [, path] = /^# ~\/(\S+)\n/.exec(text);
  keep(path, text);
  const [, url] = /^server = "(https:.*?)"/m.exec(text) ?? [];
  const profiles = [...text.matchAll(/^\[profiles\.(\w+)\.(hdr-[a-z-]+)\]/gm)];
  const lines = profiles.map(([, profile, helper]) => `${helper} --profile ${profile} --server-name a --server-url ${url} --print-config codex`);
  for (const line of path.endsWith('/tenants.toml') ? ['hdr-tenant list'] : lines) {
    const { code, stdout, stderr } = await run(line);
    assert.deepEqual([code, stderr], [0, ''], line);
    assert.notEqual(stdout, '');
  }
}

/** Runs the file that this test is in; so it is not run here. */
const everything = './scripts/test ';

async function succeeds(command) {
  if (command.text.startsWith(everything)) {
    accessSync(join(clone, 'scripts/test'), constants.X_OK);
    command.state.ran = true;
    return;
  }
  const here = command.replaceAll('https://login.acme.example', provider.issuer).replaceAll('https://mcp.acme.example', server.origin);
  const { code, stderr } = await run(here, {}, clone);
  assert.equal(code, 0, stderr);
}

const firstLine = (text) => text.split('\n')[0];

for (const page of pages) {
  test(page, async (context) => {
    for (const made of ['.config/hdr', 'hdr/acme-plugin']) rmSync(join(home, made), { recursive: true, force: true });
    mkdirSync(join(home, '.config/hdr'));
    for (const block of blocksOf(page).filter(({ runner }) => runner === 'readme.test.mjs')) {
      for (const command of block.commands) await context.test(firstLine(command.text), () => succeeds(command));
      for (const session of block.kind === 'console' ? sessionsOf(block) : []) await context.test(firstLine(session.command), () => printsWhatIsShown(session));
      if (block.kind === 'toml') await context.test(firstLine(block.text), () => isRead(block));
    }
  });
}

/** What these files run besides sh. */
const kindsOf = { 'readme.test.mjs': ['console', 'toml'], 'bridge-page.test.mjs': ['console'] };

test('every block is of a kind that is run', () => {
  const blocks = pages.flatMap(blocksOf);
  const run = ({ kind, runner }) => kind === 'sh' || kindsOf[runner]?.includes(kind);
  const others = blocks.filter((block) => !run(block)).map(({ page, kind, text }) => `${page}: ${kind}: ${text.split('\n')[0]}`);
  // These two have a test of their own, here and in workloads.test.mjs.
  assert.deepEqual(others, ['README.md: script: #!/bin/bash', 'bins/hdr-bearer-refresh/README.md: script: #!/bin/sh']);
  for (const page of pages) {
    const fences = textOf(page).match(/^\s*(```|~~~)/gm) ?? [];
    assert.equal(fences.length, 2 * blocksOf(page).length, `${page}: a fence that no block has`);
    assert.doesNotMatch(textOf(page), /^\n {4,}\S/m, `${page}: a block without a fence`);
  }
});

test('the script before and the command line after print the same headers', async () => {
  const script = blocksOf('README.md').find(({ kind }) => kind === 'script');
  keep('bin/generate-hmac.sh', script.text, 0o700);
  const env = { SECRET_KEY: secret, API_KEY: 'key-1' };
  const before = await run('generate-hmac.sh', env);
  const [after] = commandsFor('readme.test.mjs', 'README.md').filter(({ text }) => text.startsWith('hdr-hmac'));
  const { stdout } = await run(after.plus(` --now ${JSON.parse(before.stdout)['X-Timestamp']}`), env);
  assert.deepEqual(JSON.parse(stdout), JSON.parse(before.stdout));
  const unset = await run('generate-hmac.sh');
  assert.match(JSON.parse(unset.stdout)['X-Signature'], /^[0-9a-f]{64}$/);
});

/** The anchors of a page, as GitHub makes them of its headings. */
const anchorsOf = (page) =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-'));

test('every link leads to a file and a heading', () => {
  const root = new URL('../../', import.meta.url);
  let links = 0;
  for (const page of [...pages, 'SECURITY.md', 'CHANGELOG.md']) {
    for (const [, target] of textOf(page).replaceAll(/^( *)```[^]*?^\1```$/gm, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links += 1;
      const [path, anchor] = target.split('#');
      const file = path ? normalize(join(dirname(page), path)) : page;
      assert.ok(existsSync(fileURLToPath(new URL(file, root))), `${page}: ${target}`);
      if (anchor !== undefined) assert.ok(anchorsOf(file).includes(anchor), `${page}: ${target}`);
    }
  }
  assert.ok(links > 50, `${links} links`);
});

test('the README has at most 220 lines', () => {
  const lines = textOf('README.md').split('\n').length - 1;
  assert.ok(lines <= 220, `${lines} lines`);
});

/** The options in the first cells of the tables in the section Options, and all that the section names. */
function describedOn(page) {
  const [, section] = /^## Options\n(.*?)^## /ms.exec(`${textOf(page)}\n## `);
  const optionsIn = (text) => [...text.matchAll(/`[^`]*?(--[a-z][a-z-]*)[^`]*`/g)].map(([, option]) => option);
  return { first: [...section.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) => optionsIn(cell)), named: optionsIn(section) };
}

test('the tables of options have every option and no other one', () => {
  const programs = pages.flatMap((page) => /hdr-[a-z-]+/.exec(page)?.[0] ?? []);
  const optionsOf = (program) => [...execFileSync(join(bin, program), ['--help'], { encoding: 'utf8' }).matchAll(/^ +(?:-\S, )?(--[a-z][a-z-]*)/gm)].map(([, option]) => option);
  const all = new Map(programs.map((program) => [program, optionsOf(program)]));
  const helpers = programs.filter((program) => program !== 'hdr-bridge');
  const shared = all.get('hdr-hmac').filter((option) => helpers.every((helper) => all.get(helper).includes(option)));
  const own = (helper) => all.get(helper).filter((option) => !shared.includes(option));
  const ofEvery = ['--help', '--version', '--completions'];
  const table = { 'shared/README.md': shared.filter((option) => !ofEvery.includes(option)) };
  for (const helper of helpers) table[`bins/${helper}/README.md`] = own(helper);
  // No helper, it has all of its options on its page.
  table['bins/hdr-bridge/README.md'] = all.get('hdr-bridge').filter((option) => !ofEvery.includes(option));
  for (const [page, options] of Object.entries(table)) {
    const { first, named } = describedOn(page);
    assert.deepEqual([...first.filter((option) => !options.includes(option)), ...options.filter((option) => !named.includes(option))], [], page);
  }
});

/** The command lines of the examples that end the long help, each a line and those that a backslash continues. */
function examplesOf(helper) {
  const help = execFileSync(join(bin, helper), ['--help'], { encoding: 'utf8' });
  const [, examples] = help.split('\nExamples:\n');
  return [...examples.matchAll(/^ {4}(\S(?:.*\\\n)*.*)$/gm)].map(([, line]) => line);
}

test('the examples of every help run as they stand there', async (context) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  for (const name of ['key.pem', 'github-app.pem']) keep(`.config/acme/${name}`, pem);
  keep('bin/gcloud', '#!/bin/sh\necho t0ken\n', 0o700);
  for (const page of pages.filter((page) => page.startsWith('bins/') && page !== 'bins/hdr-bridge/README.md')) {
    const helper = /hdr-[a-z-]+/.exec(page)[0];
    const examples = examplesOf(helper);
    assert.equal(examples.length, 2, helper);
    for (const example of examples) {
      await context.test(example, async () => {
        const { code, stdout, stderr } = await run(example.replaceAll('https://login.acme.example', provider.issuer));
        assert.deepEqual([code, stderr], [0, '']);
        assert.notDeepEqual(JSON.parse(stdout), {});
      });
    }
  }
});

testThatAllRan('readme.test.mjs');
