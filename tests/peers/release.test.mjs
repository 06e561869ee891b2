// What scripts/release and the workflows are made of: archives that are the same each time, checksums, what is in an executable,
// refusals before anything is built, and actions that nobody can exchange.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pages } from './pages.mjs';

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hdr-release-'));
after(() => rmSync(folder, { recursive: true }));

function run(script, ...args) {
  const { status, stdout, stderr } = spawnSync(join(scripts, script), args, { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

/** Two files that are new in each folder: other times, other modes but for who may run them. */
function files(place, mode, seconds) {
  mkdirSync(join(folder, place));
  return [['hdr-x', 'an executable', 0o111], ['README.md', 'text', 0]].map(([name, content, executable]) => {
    const path = join(folder, place, name);
    writeFileSync(path, content);
    chmodSync(path, mode | executable);
    utimesSync(path, seconds, seconds);
    return path;
  });
}

test('the same files make the same archive, whatever their times, modes and order', () => {
  const one = files('one', 0o644, 1);
  const two = files('two', 0o600, 1600000000).reverse();
  for (const kind of ['tar.gz', 'zip']) {
    const archives = [one, two].map((paths, turn) => {
      const archive = join(folder, `${turn}.${kind}`);
      assert.deepEqual(run('release.d/archive', archive, 'hdr-1', '1700000000', ...paths), { code: 0, stdout: '', stderr: '' });
      return readFileSync(archive, 'base64');
    });
    assert.equal(archives[0], archives[1], kind);
  }
  const plain = { env: { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' }, encoding: 'utf8' };
  const listed = execFileSync('tar', ['-tvzf', join(folder, '0.tar.gz')], plain);
  assert.deepEqual(listed.trim().split('\n').map((line) => line.replace(/ +/g, ' ')), [
    '-rw-r--r-- root/root 4 2023-11-14 22:13 hdr-1/README.md',
    '-rwxr-xr-x root/root 13 2023-11-14 22:13 hdr-1/hdr-x',
  ]);
});

test('pages keep their folders in an archive, so that their links lead somewhere there', () => {
  const archive = join(folder, 'pages.tar.gz');
  const { status, stderr } = spawnSync(join(scripts, 'release.d/archive'), [archive, 'hdr-1', '0', ...pages], { cwd: join(scripts, '..'), encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  const listed = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
  assert.deepEqual(listed, pages.map((page) => `hdr-1/${page}`).sort());
  const packed = readFileSync(join(scripts, 'release'), 'utf8');
  assert.ok(packed.includes('README.md SECURITY.md CHANGELOG.md LICENSE* shared/README.md bins/*/README.md'));
});

test('manual pages and completions lie in share, where the archive is unpacked', () => {
  const share = join(folder, 'built/share');
  const files = ['man/man1/hdr-hmac.1', 'completions/_hdr-hmac', 'completions/hdr-hmac.bash'];
  for (const name of files) {
    mkdirSync(dirname(join(share, name)), { recursive: true });
    writeFileSync(join(share, name), name);
  }
  const archive = join(folder, 'share.tar.gz');
  assert.equal(run('release.d/archive', archive, 'hdr-1', '0', ...files.map((name) => `${folder}/built/./share/${name}`)).code, 0);
  const listed = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
  assert.deepEqual(listed, files.map((name) => `hdr-1/share/${name}`).sort());
});

test('every archive of a release has the manual page and the completions of every helper', { timeout: 600000 }, () => {
  const out = join(folder, 'completions');
  assert.deepEqual(run('completions', '--out', out), { code: 0, stdout: `${out}\n`, stderr: '' });
  const helpers = readdirSync(join(scripts, '../bins')).filter((name) => name.startsWith('hdr-'));
  const kinds = (name) => [`${name}.1`, `${name}.bash`, `_${name}`, `${name}.fish`, `_${name}.ps1`];
  assert.deepEqual(readdirSync(out).sort(), helpers.flatMap(kinds).sort());
  for (const name of helpers) {
    const page = readFileSync(join(out, `${name}.1`), 'utf8');
    for (const section of ['NAME', 'SYNOPSIS', 'OPTIONS', 'EXAMPLES', '"EXIT STATUS"', 'ENVIRONMENT', 'FILES', '"SEE ALSO"']) {
      assert.ok(page.includes(`\n.SH ${section}\n`), `${name}: ${section}`);
    }
  }
  const release = readFileSync(join(scripts, 'release'), 'utf8');
  const steps = ['scripts/completions --out "$share/completions"', 'mv "$share/completions"/*.1 "$share/man/man1"', 'scripts/release.d/archive', '"$out/./share/man/man1"/* "$out/./share/completions"/*'];
  const order = steps.map((step) => release.indexOf(step));
  assert.ok(order.every((place, index) => place > (order[index - 1] ?? 0)), `${order}`);
});

test('checksums are of the archives and nothing else', () => {
  const dist = join(folder, 'dist');
  mkdirSync(join(dist, 'hdr-folder'), { recursive: true });
  const missing = `checksums: ${dist} has no archive: its names are hdr-VERSION-TARGET.tar.gz or .zip; run scripts/release first\n`;
  assert.deepEqual(run('release.d/checksums', dist), { code: 1, stdout: '', stderr: missing });
  for (const name of ['hdr-1-b.zip', 'hdr-1-a.tar.gz', 'notes.md']) writeFileSync(join(dist, name), name);
  assert.deepEqual(run('release.d/checksums', dist), { code: 0, stdout: '', stderr: '' });
  const line = (name) => `${createHash('sha256').update(name).digest('hex')}  ${name}\n`;
  assert.equal(readFileSync(join(dist, 'SHA256SUMS'), 'utf8'), line('hdr-1-a.tar.gz') + line('hdr-1-b.zip'));
});

test('a target that cannot be built is refused before another one is', () => {
  const out = join(folder, 'out');
  const absent = 's390x-unknown-linux-musl';
  const known = 'rustc does not know it; choose one of rustc --print target-list';
  const cases = [
    [2, 'x86_64-acme-os', `x86_64-acme-os is no target: ${known}`],
    [1, absent, `${absent} cannot be built: its standard library is not installed; run rustup target add ${absent}`],
  ];
  for (const [code, target, message] of cases) {
    const host = /^host: (.*)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))[1];
    assert.deepEqual(run('release', '--target', host, `--target=${target}`, '--out', out), { code, stdout: '', stderr: `release: ${message}\n` });
    assert.equal(existsSync(out), false);
  }
});

test('a tag is that of the version in Cargo.toml', () => {
  const [, version] = /^version = "(.*)"$/m.exec(readFileSync(join(scripts, '../Cargo.toml'), 'utf8'));
  const stderr = `notes: the tag v0.0.0 is of another version: Cargo.toml has ${version}; tag v${version}, or change Cargo.toml\n`;
  assert.deepEqual(run('release.d/notes', 'v0.0.0'), { code: 1, stdout: '', stderr });
});

test('the notes of a release are its part of the changelog', () => {
  const version = /^version = "(.*)"$/m.exec(readFileSync(new URL('../../Cargo.toml', import.meta.url), 'utf8'))[1];
  const changelog = join(folder, 'CHANGELOG.md');
  writeFileSync(changelog, `# Changelog\n\n## Unreleased\n\n- new\n\n## ${version}\n\n- one\n\n- two\n\n## 0.0.1\n\n- old\n`);
  assert.deepEqual(run('release.d/notes', `v${version}`, changelog), { code: 0, stdout: '- one\n\n- two\n\n', stderr: '' });
  const other = `notes: the tag v9.9.9 is of another version: Cargo.toml has ${version}; tag v${version}, or change Cargo.toml\n`;
  assert.deepEqual(run('release.d/notes', 'v9.9.9', changelog), { code: 1, stdout: '', stderr: other });
  writeFileSync(changelog, '## Unreleased\n\n- new\n');
  const missing = `notes: CHANGELOG.md has no section ## ${version}: users are told of each version there; write one\n`;
  assert.deepEqual(run('release.d/notes', `v${version}`, changelog), { code: 1, stdout: '', stderr: missing });
});

test('a time that a zip does not know is the first that it does, and one that is none is refused', () => {
  const [path] = files('old', 0o644, 1);
  assert.equal(run('release.d/archive', join(folder, 'old.zip'), 'hdr-1', '0', path).code, 0);
  const none = 'archive: the time soon cannot be used: it is not a number of seconds since 1970; set SOURCE_DATE_EPOCH to one\n';
  assert.deepEqual(run('release.d/archive', join(folder, 'none.zip'), 'hdr-1', 'soon', path), { code: 1, stdout: '', stderr: none });
});

test('an SBOM has what cargo builds one executable of, wherever the workspace lies', () => {
  const locked = (name) => {
    const lock = readFileSync(join(scripts, '../Cargo.lock'), 'utf8');
    const version = new RegExp(`^name = "${name}"\\nversion = "(.*)"$`, 'm').exec(lock)[1];
    return { type: 'library', 'bom-ref': `registry+https://x/index#${name}@${version}`, name, version };
  };
  const [hmac, ring, derive] = ['hmac', 'ring', 'serde_derive'].map(locked);
  const us = (name, place) => ({ 'bom-ref': `path+file:///somewhere/bins/hdr/${place}`, name, version: locked('hdr').version });
  const [program, library] = [us('hdr-hmac', 'bins/hdr-hmac#0.1.0'), us('hdr', 'shared#0.1.0')];
  const depends = (part, ...on) => ({ ref: part['bom-ref'], dependsOn: on.map((other) => other['bom-ref']) });
  const all = {
    metadata: { component: program },
    components: [library, hmac, ring, { ...hmac, version: '0.0.1', 'bom-ref': 'other' }, derive],
    dependencies: [depends(program, library), depends(library, hmac, ring, derive), depends(ring), { ref: hmac['bom-ref'] }],
  };
  const host = /^host: (.*)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))[1];
  const input = JSON.stringify(all);
  const own = JSON.parse(execFileSync(join(scripts, 'release.d/components'), ['hdr-hmac', host], { input, encoding: 'utf8' }));
  const [here, shared] = [{ ...program, 'bom-ref': 'bins/hdr-hmac#0.1.0' }, { ...library, 'bom-ref': 'shared#0.1.0' }];
  assert.deepEqual(own, {
    metadata: { component: here },
    components: [shared, hmac],
    dependencies: [depends(here, shared), depends(shared, hmac), depends(hmac)],
  });
});

const workflows = new URL('../../.github/workflows/', import.meta.url);

test('every action of a workflow is a commit, with the version that it is', () => {
  const pinned = /^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
  const uses = readdirSync(workflows).flatMap((name) => {
    const lines = readFileSync(new URL(name, workflows), 'utf8').split('\n');
    return lines.flatMap((line) => /\buses:\s*(.*)$/.exec(line)?.[1] ?? []);
  });
  assert.ok(uses.length > 10, `${uses.length} actions`);
  assert.deepEqual(uses.filter((action) => !pinned.test(action) && !action.startsWith('./')), []);
});

test('each archive of a release is attested by the job that builds it, and on Linux is for musl', () => {
  const release = readFileSync(new URL('release.yml', workflows), 'utf8');
  const jobs = new Map(release.split(/^  (?=[a-z-]+:$)/m).slice(1).map((job) => [/^[a-z-]+/.exec(job)[0], job]));
  const job = jobs.get('build');
  assert.match(job, /^ {4}permissions:\n {6}contents: read\n(?: {6}#.*\n)* {6}id-token: write\n {6}attestations: write\n/m);
  const paths = 'dist/*.tar.gz\n            dist/*.zip\n';
  const attested = new RegExp(`attest-build-provenance@.*\\n {8}with:\\n {10}subject-path: \\|\\n {12}${paths.replace(/[.*]/g, '\\$&')}`);
  assert.match(job, attested);
  const targets = [...job.matchAll(/os: ubuntu-\S+, target: (\S+) /g)].map(([, target]) => target);
  assert.deepEqual(targets, ['x86_64-unknown-linux-musl', 'aarch64-unknown-linux-musl']);
  const order = ['run: scripts/release --target', 'uses: actions/attest-build-provenance', 'uses: actions/upload-artifact'].map((step) => job.indexOf(step));
  assert.deepEqual(order, order.toSorted((one, other) => one - other));
});
