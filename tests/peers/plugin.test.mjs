// Plugins that scripts/package-plugin makes: what is in them, and that their helpers open sessions wherever a plugin may lie.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { whoami } from './client.mjs';
import { bin, home, keyFile } from './helper.mjs';
import { audience, signedServer } from './signed.mjs';
import { expanded, packagePlugin, parts, runPlugin, runStdioPlugin } from './plugin.mjs';

let server;
before(async () => {
  server = await signedServer();
});
after(() => server.close());

const environment = { HOME: home, PATH: process.env.PATH, SECRET_KEY: 'scrubbed', CLIENT: 'peers', TZ: 'UTC' };
const hmac = ['hdr-hmac', '--key', 'file:~/hmac.key', '--api-key=cmd:cat ~/api.key'];
const jwt = ['hdr-jwt', '--key', 'file:~/jwt.pem', '--sub', '{env:CLIENT} of {server:name}', '--aud', audience];

/** Makes a plugin in HOME; answers its folder. */
async function plugin(folder, path, helper, ...options) {
  const root = join(home, folder);
  const url = server.origin + path;
  const made = await packagePlugin('--name', 'acme-tools', '--server', url, '--out', root, '--bins', bin, ...options, '--', ...helper);
  assert.deepEqual(made, { code: 0, stdout: `${root}\n`, stderr: '' });
  return root;
}

/** What the server says to the plugin's helper, in `cwd` if it is not the plugin's folder. */
async function accepted(root, options = {}) {
  const { url, headers } = await runPlugin(root, { environment, ...options });
  return whoami(url, headers);
}

test('a plugin is complete', async () => {
  const root = await plugin('complete', '/hmac', hmac, '--server-name', 'acme', '--version', '1.2.3', '--description', 'A "good" one: é');
  assert.deepEqual(readdirSync(root).sort(), ['.claude-plugin', '.mcp.json', 'LICENSE', 'README.md', 'bin']);
  assert.deepEqual(parts(root), {
    manifest: { name: 'acme-tools', version: '1.2.3', description: 'A "good" one: é' },
    server: 'acme',
    entry: {
      type: 'http',
      url: `${server.origin}/hmac`,
      headers: { Authorization: 'Bearer set-by-helper' },
      headersHelper: `exec "\${CLAUDE_PLUGIN_ROOT}/bin/hdr-hmac" --key file:~/hmac.key '--api-key=cmd:cat ~/api.key'`,
    },
  });
  assert.deepEqual(readdirSync(join(root, 'bin')), ['hdr-hmac']);
  assert.equal(statSync(join(root, 'bin/hdr-hmac')).mode & 0o777, 0o755);
  assert.equal(statSync(root).mode & 0o777, 0o777 & ~process.umask());

  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, setup] = /^## Setup\n\n(.*?)\n\n/ms.exec(readme);
  assert.deepEqual(setup.split('\n'), [
    '- `~/hmac.key`, for `--key`: a file with the secret and nothing else, which only you can read (`chmod 600`).',
    '- `cat ~/api.key`, for `--api-key`: a command that prints the secret. It has to work in your shell without asking anything.',
  ]);
  for (const part of ['bin/hdr-hmac --check=claude-code:plugin ', '~/.local/state/hdr/hdr.log', '`*_KEY`']) assert.ok(readme.includes(part), part);
});

test('what is not asked for is left out or named after the plugin', async () => {
  const { manifest, server: name } = parts(await plugin('bare', '/hmac', hmac));
  assert.deepEqual(manifest, { name: 'acme-tools', description: 'The MCP server acme-tools, with headers made by hdr-hmac' });
  assert.equal(name, 'acme-tools');
});

test('hdr-hmac opens a session, from a folder with blanks, through a link, in any directory, with next to no environment', async () => {
  const root = await plugin("with a blank/and 'quotes' & more", '/hmac', hmac);
  const link = join(home, 'link to it');
  symlinkSync(root, link);
  for (const options of [{}, { cwd: home }, { cwd: '/' }, { environment: { HOME: home } }]) {
    for (const place of [root, link]) {
      assert.match(await accepted(place, options), /^HMAC signature made at /, `${place} ${JSON.stringify(options)}`);
    }
  }
});

test('hdr-jwt opens a session, told who asks by a variable that gets through', async () => {
  const root = await plugin('jwt with blanks', '/jwt', jwt);
  for (const cwd of [root, home]) {
    assert.equal(await accepted(root, { cwd }), `ES256 JWT of peers of plugin:acme-tools:acme-tools for ${audience}`);
  }
});

test('a wrapped helper comes along', { skip: !existsSync(join(bin, 'hdr-tenant')) && 'no hdr-tenant here' }, async () => {
  const wrapped = ['hdr-tenant', '--tenant', 'blue', '--', ...hmac.with(2, 'file:~/{tenant}.key')];
  keyFile('blue.key', 'the secret of the server');
  const root = await plugin('tenant', '/hmac', wrapped);
  assert.deepEqual(readdirSync(join(root, 'bin')).sort(), ['hdr-hmac', 'hdr-tenant']);
  assert.match(await accepted(root), /^HMAC signature made at /);
  assert.equal((await runPlugin(root, { environment })).headers['X-Tenant-ID'], 'blue');
});

test("a project's tenant is found from the plugin's folder", { skip: !existsSync(join(bin, 'hdr-tenant')) && 'no hdr-tenant here' }, async () => {
  const project = join(home, "a project's folder");
  mkdirSync(project);
  keyFile("a project's folder/.hdr-tenant", 'green\n');
  const root = await plugin('in a project', '/hmac', ['hdr-tenant', '--add', 'X-A: a', '--', ...hmac]);
  const line = parts(root).entry.headersHelper;
  assert.deepEqual(line.match(/\$\{.*?\}/g), ['${CLAUDE_PLUGIN_ROOT}']);
  const { headers } = await runPlugin(root, { environment, project });
  assert.equal(headers['X-Tenant-ID'], 'green');
});

test("nothing that the client expands stands in a plugin's line", { skip: !existsSync(join(bin, 'hdr-tenant')) && 'no hdr-tenant here' }, async () => {
  for (const word of ['${CLAUDE_PROJECT_DIR}', '${CLAUDE_PLUGIN_DATA}/x', '${CLAUDE_PLUGIN_ROOT}/x']) {
    const out = join(home, 'expanded');
    const made = await packagePlugin('--name', 'a', '--server', 'https://mcp.example.com/', '--out', out, '--bins', bin, '--', 'hdr-tenant', '--project-dir', word);
    const reason = `${word.replace(/\/x$/, '')} cannot be used in the command line of a plugin: a shell reads the text that the client puts there; remove it, hdr-tenant finds the project by itself`;
    assert.deepEqual([made.code, made.stderr], [2, `package-plugin: hdr-tenant does not take these options: ${reason}; run it by hand with them\n`]);
    assert.ok(!existsSync(out));
  }
});

test("a project whose name is a command runs nothing", { skip: !existsSync(join(bin, 'hdr-tenant')) && 'no hdr-tenant here' }, async () => {
  const root = await plugin('in any project', '/hmac', ['hdr-tenant', '--add', 'X-A: a', '--', ...hmac]);
  for (const name of ['$(touch pwned)', '"; touch pwned; "', '`touch pwned`']) {
    const project = join(home, 'projects', name);
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, '.hdr-tenant'), 'green\n');
    const { headers } = await runPlugin(root, { environment, project });
    assert.equal(headers['X-Tenant-ID'], 'green');
    for (const folder of [project, root, home]) assert.ok(!existsSync(join(folder, 'pwned')), name);
  }
});

test('hdr-bridge is a stdio server, with its helpers in it', async () => {
  const root = await plugin('bridge with blanks', '/jwt', ['hdr-bridge', '--', ...jwt]);
  const { manifest, entry } = parts(root);
  assert.equal(manifest.description, 'The MCP server acme-tools, through hdr-bridge');
  assert.deepEqual(entry, {
    type: 'stdio',
    command: '${CLAUDE_PLUGIN_ROOT}/bin/hdr-bridge',
    args: ['--server-name', 'acme-tools', '--', ...jwt],
    env: { API_URL: `${server.origin}/jwt`, CLIENT: '${CLIENT}' },
  });
  assert.deepEqual(readdirSync(join(root, 'bin')), ['hdr-bridge']);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  assert.ok(readme.includes(`\nAPI_URL='${server.origin}/jwt' bin/hdr-bridge --check --server-name acme-tools -- hdr-jwt --key 'file:~/jwt.pem' `), readme);
  assert.equal(await runStdioPlugin(root, { environment }), `ES256 JWT of peers of acme-tools for ${audience}`);
});

test("the seed's wrapper with a client certificate", async () => {
  const root = join(home, 'certificate');
  const url = 'https://secure.example.com/mcp';
  const line = ['hdr-bridge', '--cert', '${CLIENT_CERT}', '--key', '${CLIENT_KEY}', '--', 'hdr-hmac'];
  const made = await packagePlugin('--name', 'secure-api', '--server', url, '--out', root, '--bins', bin, '--', ...line);
  const warning = 'Claude Code replaces ${CLIENT_CERT} when it starts the server; write the text itself where that is not meant';
  assert.deepEqual(made, { code: 0, stdout: `${root}\n`, stderr: `package-plugin: warning: ${warning}\n` });
  assert.deepEqual(parts(root).entry.args, ['--server-name', 'secure-api', ...line.slice(1)]);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, setup] = /^## Setup\n\n(.*?)\n\n/ms.exec(readme);
  const path = 'a variable with the path of a file, in the environment that Claude Code is started in.';
  assert.deepEqual(setup.split('\n'), [
    `- \`CLIENT_CERT\`, for \`--tls-cert\`: ${path}`,
    `- \`CLIENT_KEY\`, for \`--tls-key\`: ${path}`,
    '- `SECRET_KEY`, for `--key`: a variable in the environment that Claude Code is started in.',
  ]);
  assert.ok(readme.includes('--cert "${CLIENT_CERT}" --key "${CLIENT_KEY}" -- hdr-hmac'), readme);
});

test('what is doubtful is warned of', async () => {
  const made = (...words) => packagePlugin('--name', 'a', '--bins', bin, ...words);
  const query = await made('--server', 'https://mcp.example.com/?key=1', '--out', join(home, 'query'), '--', 'hdr-hmac', '--key', 'file:~/{{env:FOO_TOKEN}}');
  const shown = '--server has a query, which stands in .mcp.json for everybody who gets the plugin';
  assert.deepEqual([query.code, query.stderr], [0, `package-plugin: warning: ${shown}\n`]);
});

test('nothing that the helper would run or ask is run or asked, and no profile of ours matters', async () => {
  keyFile('refresh', 'a token that is used up when it is sent');
  const touched = join(home, 'touched');
  let requests = 0;
  const endpoint = createServer((request, response) => response.writeHead(503).end(String((requests += 1))));
  await new Promise((ready) => endpoint.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${endpoint.address().port}/token`;
  const grant = ['--grant', 'refresh-token', '--refresh-token', 'file:~/refresh', '--client-id', 'a'];
  const lines = [
    ['hdr-bearer-refresh', '--command', `touch ${touched}`],
    ['hdr-hmac', '--key', `cmd:touch ${touched}`],
    ['hdr-bearer-refresh', '--token-url', url, ...grant],
    ['hdr-hmac', '--profile', 'of its users'],
  ];
  for (const [turn, line] of lines.entries()) {
    const root = join(home, `unasked-${turn}`);
    const made = await packagePlugin('--name', 'a', '--server', 'https://mcp.example.com/', '--out', root, '--bins', bin, '--', ...line);
    assert.deepEqual(made, { code: 0, stdout: `${root}\n`, stderr: '' }, line.join(' '));
  }
  endpoint.close();
  assert.equal(requests, 0);
  assert.ok(!existsSync(touched));
});

test('a secret that Claude Code takes away is warned of, and the README says so', async () => {
  const warning = (option, name) =>
    `package-plugin: warning: ${option}: Claude Code takes the variable ${name} away from a plugin's helper; use file:PATH or cmd:COMMAND LINE\n`;
  const cases = [
    [['hdr-hmac'], warning('--key', 'SECRET_KEY')],
    [['hdr-hmac', '--key', 'file:~/hmac.key', '-HX-A: {env:GH_TOKEN} {env:CLIENT}'], warning('-H', 'GH_TOKEN')],
    [['hdr-hmac', '--env-file', '~/acme.env'], ''],
    [['hdr-hmac', '--key=env:HMAC_BYTES'], ''],
  ];
  for (const [turn, [helper, stderr]] of cases.entries()) {
    const root = join(home, `warned-${turn}`);
    const made = await packagePlugin('--name', 'a', '--server', 'https://mcp.example.com/', '--out', root, '--bins', bin, '--', ...helper);
    assert.deepEqual(made, { code: 0, stdout: `${root}\n`, stderr }, helper.join(' '));
    assert.equal(readFileSync(join(root, 'README.md'), 'utf8').includes('**Claude Code takes away'), stderr !== '', helper.join(' '));
  }
});

const name = ['--name', 'a'];
const url = ['--server', 'https://mcp.example.com/mcp'];
const rest = ['--bins', bin, '--', ...hmac];
const noUrl = '--server is no URL of an MCP server: ';
const noUser = `${noUrl}it names a user, perhaps with a password; leave out what stands before the @`;
const inClear = `${noUrl}headers with secrets would cross the network in the clear; write https://`;
const badText = `${noUrl}it is not https:// with characters that a URL may have; write https://HOST/PATH`;
const badHost = `${noUrl}its host or port is none; write https://HOST/PATH`;
const badNames = ['Acme', 'acme tools', 'acme_tools', '-acme', 'acme--tools', 'acme/../x', '', 'a'.repeat(65)];
const badUrls = ['mcp.example.com', 'https://h/a b', "https://h/'", 'https://h/${TOKEN}', 'ftp://h/'];
const badServer = '--server-name is no name of a server: it has something else than letters, digits, - and _, or is too long; write acme';
const noHelper = 'no helper is named: its command line stands behind --; write -- hdr-hmac --key file:~/.config/acme/secret';
const unknown = "hdr-hmac does not take these options: unexpected argument '--zzz' found; run it by hand with them";
const badName = "--name is no name of a plugin: it has something else than a-z, 0-9 and single hyphens, or is too long; write acme-tools";
const bare = '--key does not take a bare value: everybody who gets the plugin could read it; name where it is kept: file:PATH, json:PATH:FIELD or cmd:COMMAND LINE';
const relative = (what) => `${what} is relative: to a plugin's helper that is the plugin's own folder; write ~/… or the whole path`;
const elsewhere = (helper) => `${helper} is told of another server: name or URL stand among its options; remove them there`;
const ofServer = (what) => `${what} is relative: a plugin's server may be started in any folder; write ~/… or the whole path`;
const secret = (what) => `${what} cannot be printed: it looks like a literal secret, and others may be able to read a configuration file; name where it is kept: {file:PATH} or {cmd:COMMAND LINE}`;
const userinfo = (what) => `${what} cannot be printed: its URL contains a user name or password, and others may be able to read a configuration file; remove it from the URL`;
const withHelper = (...helper) => [...name, ...url, '--bins', bin, '--', ...helper];

const refusals = [
  [[...url, ...rest], 'the command line is not understood: the following arguments are required: --name; see --help'],
  [[...name, '--serve', 'x', ...rest], 'the command line is not understood: the following arguments are required: --server; see --help'],
  [[...name, ...url, '--force', ...rest], 'the command line is not understood: unrecognized arguments: --force; see --help'],
  ...badNames.map((bad) => [[`--name=${bad}`, ...url, ...rest], badName]),
  [[...name, '--server', 'https://user:canary@mcp.example.com/', ...rest], noUser],
  [[...name, '--server', 'http://mcp.example.com/', ...rest], inClear],
  [[...name, '--server', 'http://127.0.0.1.example.com/', ...rest], inClear],
  ...badUrls.map((bad) => [[...name, '--server', bad, ...rest], badText]),
  ...['https:///mcp', 'https://h:99999/', 'https://[::1/'].map((bad) => [[...name, '--server', bad, ...rest], badHost]),
  [[...name, ...url, '--server-name', 'a b', ...rest], badServer],
  [[...name, ...url, '--version', 'v1', ...rest], '--version is no version: it does not follow Semantic Versioning; write 1.2.3'],
  [[...name, ...url, '--description', 'a\nb', ...rest], '--description is not one line: it has a character that cannot be shown; remove that'],
  [[...name, ...url, '--bins', bin], noHelper],
  [withHelper('./bin/hdr-hmac'), noHelper],
  [withHelper('hdr-other'), `hdr-other is missing: neither ${bin} nor a folder in it has it; build it, or name another --bins`],
  [withHelper('hdr-hmac', '--key', 'canary'), bare],
  [withHelper('hdr-hmac', '--key=canary'), bare],
  [withHelper('hdr-hmac', '--key', 'file:~/k', '-H', 'X-API-Key: canary'), secret('-H X-API-Key')],
  [withHelper('hdr-hmac', '--key', 'file:~/k', '--add=Authorization: Bearer canary'), secret('--add Authorization')],
  [withHelper('hdr-jwt', '--key', 'file:~/k', '--claim', 'api_key=canary'), secret('--claim api_key')],
  [withHelper('hdr-bearer-refresh', '--token-url', 'https://h/', '--param', 'password=canary'), secret('--param password')],
  [withHelper('hdr-bearer-refresh', '--token-url', 'https://user:canary@h/'), userinfo('--token-url')],
  [withHelper('hdr-bearer-refresh', '--token-url', 'https://h/', '--proxy', 'http://user:canary@h:1'), userinfo('--proxy')],
  [withHelper('hdr-tenant', '--tenant', 'a', '--', 'hdr-hmac', '--key', 'file:~/k', '-H', 'X-API-Key: canary'), secret('-H X-API-Key')],
  [withHelper('hdr-hmac', '--key', 'file:acme.key'), relative('--key acme.key')],
  [withHelper('hdr-hmac', '--key', 'file:${CLAUDE_PLUGIN_ROOT}/k'), relative('--key ${CLAUDE_PLUGIN_ROOT}/k')],
  [withHelper('hdr-hmac', '--key', 'file:~/k', '--env-file', './acme.env'), relative('--env-file ./acme.env')],
  [withHelper('hdr-hmac', '--key', 'file:~/k', '--zzz'), unknown],
  [withHelper('hdr-hmac', '--help'), 'hdr-hmac prints no configuration for these options: they ask for something else; remove that'],
  [withHelper('hdr-hmac', '--key', 'file:~/k', '--format', 'token'), "--format stands among the helper's options: clients take its headers alone; remove it"],
  [withHelper('hdr-hmac', '--key', 'file:~/k', '--server-url', 'https://other.example.com/'), elsewhere('hdr-hmac')],
  [withHelper('hdr-hmac', '--key', 'file:~/k', '--server-name=b'), elsewhere('hdr-hmac')],
  [withHelper('hdr-bridge', 'https://other.example.com/mcp', '--', 'hdr-hmac'), elsewhere('hdr-bridge')],
  [withHelper('hdr-bridge', '--key', 'client.key', '--cert', '~/client.pem'), ofServer('--tls-key client.key')],
  [withHelper('hdr-bridge', '--ca-cert=${CLAUDE_PLUGIN_ROOT}/ca.pem'), ofServer('--ca-cert ${CLAUDE_PLUGIN_ROOT}/ca.pem')],
  [withHelper('hdr-bridge', '--', 'hdr-hmac', '--key', 'canary'), bare],
  [withHelper('hdr-bridge', '-H', 'X-API-Key: canary'), secret('-H X-API-Key')],
];

test('what no plugin can be made of is refused in one line, and nothing is left behind', async () => {
  const folder = join(home, 'refused');
  mkdirSync(folder);
  for (const [args, message] of refusals) {
    const made = await packagePlugin('--out', join(folder, 'deep/plugin'), ...args);
    assert.deepEqual(made, { code: 2, stdout: '', stderr: `package-plugin: ${message}\n` }, args.join(' '));
    assert.deepEqual(readdirSync(folder), [], args.join(' '));
  }
});

test('a place that cannot be is named by its option', async () => {
  const nowhere = await packagePlugin('--out', '', ...name, ...url, ...rest);
  assert.deepEqual(nowhere, { code: 2, stdout: '', stderr: 'package-plugin: --out names no new folder: it is empty, or this one; name a new one\n' });
  const made = await packagePlugin('--out', '/proc/x', ...name, ...url, ...rest);
  assert.equal(made.stderr, 'package-plugin: --out or --bins cannot be used: No such file or directory; name folders that can be\n');
});

test('nothing is overwritten', async () => {
  const taken = join(home, 'taken');
  mkdirSync(taken);
  const file = keyFile('taken/file', 'kept');
  for (const out of [taken, file]) {
    const stderr = `package-plugin: --out ${out} is taken: it is no empty folder, and nothing is overwritten; name another one\n`;
    assert.deepEqual(await packagePlugin('--out', out, ...name, ...url, ...rest), { code: 2, stdout: '', stderr });
  }
  assert.deepEqual(readdirSync(taken), ['file']);
  assert.equal(readFileSync(file, 'utf8'), 'kept');
});

test('what a client puts into the line of a plugin', () => {
  const given = { A: 'a b', GITHUB_TOKEN: 'x' };
  const line = `"\${CLAUDE_PLUGIN_ROOT}/x" '\${A}' \${B:-c} \${B} \${GITHUB_TOKEN} $A`;
  assert.equal(expanded(line, '/p q', given), `"/p q/x" 'a b' c \${B}  $A`);
});

test('the options that package-plugin looks at are those that the helpers have', () => {
  const source = readFileSync(new URL('../../scripts/package-plugin.d/needs.py', import.meta.url), 'utf8');
  const list = (name) => JSON.parse(new RegExp(`^${name} = (\\[.*\\])$`, 'm').exec(source)[1]).sort();
  const helps = ['hdr-hmac', 'hdr-jwt', 'hdr-bearer-refresh', 'hdr-tenant', 'hdr-bridge'].map((helper) => execFileSync(join(bin, helper), ['--help'], { encoding: 'utf8' }));
  const taking = (value) => [...new Set(helps.flatMap((help) => [...help.matchAll(/^ +(?:-\S, )?(--[a-z-]+) <([^>]*)>/gm)]
    .filter(([, , name]) => name === value).map(([, option]) => option)))].sort();
  assert.deepEqual(list('SOURCES'), taking('SOURCE'));
  assert.deepEqual(list('PATHS'), taking('FILE'));
});
