// How the bridge ends and what it holds meanwhile: end of stdin, signals, a stdout that is closed or not read, many messages.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { assertBridgeError, connect, startClient } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Resident memory of a process, in KiB. */
const resident = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** What a busy machine adds to the times that an idle one keeps. */
const slack = 250;

describe('the end of stdin', { concurrency: 4 }, () => {
  test('what is in flight is waited for, then the session is ended and the exit code is 0', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => setTimeout(() => x.result({ late: true }), 600) } });
    const client = await connect(t, stage);
    const id = client.ask('tools/call', { name: 'tool' });
    client.child.stdin.end();
    assert.deepEqual((await client.answer(id)).result, { late: true });
    assert.equal((await client.exit()).code, 0);
    const [ended] = stage.of('DELETE');
    assert.equal(ended.headers['mcp-session-id'], 'session-1');
    assert.equal(stage.kinds.at(-1), 'DELETE');
  });

  test('before any message: exit 0, whatever the server is', async (t) => {
    const stage = await startStage(t);
    await stage.close();
    const client = startClient(t, stage.url);
    client.child.stdin.end();
    assert.equal((await client.exit()).code, 0);
  });
});

describe('stdin and stdout of other kinds', { concurrency: 4 }, () => {
  const program = join(resolve(process.env.HDR_BIN ?? '.'), 'hdr-bridge');
  const env = { HOME: tmpdir(), PATH: process.env.PATH };

  test('regular files: what the file asks for is answered, then the session is ended', async (t) => {
    const stage = await startStage(t);
    const folder = mkdtempSync(join(tmpdir(), 'hdr-bridge-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } };
    const messages = [{ id: 1, method: 'initialize', params }, { method: 'notifications/initialized' }, { id: 2, method: 'tools/call', params: { name: 'tool' } }];
    writeFileSync(join(folder, 'in'), messages.map((message) => JSON.stringify({ jsonrpc: '2.0', ...message })).join('\n'));
    const files = [openSync(join(folder, 'in'), 'r'), openSync(join(folder, 'out'), 'w')];
    const child = spawn(program, [stage.url], { stdio: [...files, 'inherit'], env });
    files.forEach(closeSync);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    const lines = readFileSync(join(folder, 'out'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ id, result }) => [id, Object.keys(result)[0]]), [[1, 'protocolVersion'], [2, 'content']]);
    assert.deepEqual(stage.kinds.filter((kind) => kind !== 'GET'), ['initialize', 'notifications/initialized', 'tools/call', 'DELETE']);
  });

  for (const closed of ['<&-', '<&- >&-', '<&- >&- 2>&-']) {
    test(`closed from the start (${closed}): exit 0, and nobody is asked for anything`, async (t) => {
      const stage = await startStage(t);
      const child = spawn('sh', ['-c', `exec "$0" "$1" ${closed}`, program, stage.url], { stdio: ['pipe', 'pipe', 'inherit'], env });
      assert.deepEqual(await once(child, 'exit'), [0, null]);
      assert.deepEqual(stage.kinds, []);
    });
  }
});

describe('signals, and a closed stdout', { concurrency: 1 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    test(`${signal}: errors for what is in flight, DELETE, exit 0, all within 100 ms`, async (t) => {
      const stage = await startStage(t, { format: 'sse', on: { 'tools/call': (x) => void x.events(': wait\n\n'), GET: (x) => void x.events(': open\n\n') } });
      const client = await connect(t, stage);
      const ids = [client.ask('tools/call', { name: 'a' }), client.ask('tools/call', { name: 'b' })];
      await stage.until('tools/call', 2);
      const sent = performance.now();
      client.child.kill(signal);
      const { code, at } = await client.exit();
      assert.equal(code, 0);
      assert.ok(at - sent < 100 + slack, `${at - sent} ms`);
      for (const id of ids) assertBridgeError(await client.answer(id), /SIG|signal/, { mayHaveRun: true });
      assert.equal((await stage.until('DELETE')).headers['mcp-session-id'], 'session-1');
    });
  }

  test('while the server is refused, a helper hangs, or stdout is full', async (t) => {
    const down = await startStage(t);
    await down.close();
    const refused = startClient(t, down.url);
    const id = refused.ask('initialize', {});
    await pause(200);
    const hanging = startClient(t, down.url, { helper: ['sleep', '60'] });
    const other = hanging.ask('initialize', {});
    await pause(300);
    for (const client of [refused, hanging]) {
      const sent = performance.now();
      client.child.kill('SIGTERM');
      const { code, at } = await client.exit();
      assert.equal(code, 0);
      assert.ok(at - sent < 100 + slack, `${at - sent} ms`);
    }
    assertBridgeError(await refused.answer(id), /SIG|signal/);
    assertBridgeError(await hanging.answer(other), /SIG|signal/);
  });

  test('stdout closed: as a signal', async (t) => {
    const stage = await startStage(t, { on: { 'x/note': (x) => x.events(event({ jsonrpc: '2.0', method: 'x/1' })), 'tools/call': () => {} } });
    const client = await connect(t, stage);
    const id = client.ask('tools/call', { name: 'tool' });
    await stage.until('tools/call');
    const closed = performance.now();
    client.child.stdout.destroy();
    client.cancelled.add(id);
    const { code, at } = await client.ended;
    assert.equal(code, 0);
    assert.ok(at - closed < 100 + slack, `${at - closed} ms`);
    await stage.until('DELETE');
  });

  test('no child is left', async (t) => {
    const stage = await startStage(t);
    const client = startClient(t, stage.url, { helper: ['sh', '-c', 'sleep 47.11; echo {}'] });
    client.ask('initialize', {});
    const { execFileSync } = await import('node:child_process');
    while (!execFileSync('ps', ['-eo', 'args']).toString().includes('sleep 47.11')) await pause(20);
    client.child.kill('SIGTERM');
    await client.exit();
    await pause(50);
    assert.ok(!execFileSync('ps', ['-eo', 'args']).toString().includes('sleep 47.11'), 'the helper and its children are gone');
  });
});

describe('a client that does not read stderr', { concurrency: 4 }, () => {
  const failing = { 'x/fails': (x) => x.status(500, { 'Content-Type': 'text/plain' }, 'no') };

  /** A client with a log that does not read stderr, after `count` requests that failed in ways of their own; each has its answer. */
  const deafClient = async (t, count) => {
    const folder = mkdtempSync(join(tmpdir(), 'hdr-bridge-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const log = join(folder, 'log');
    const on = { ...failing, 'notifications/last': (x) => x.status(500), ...Object.fromEntries(Array.from({ length: count }, (_, number) => [`x/${number}`, failing['x/fails']])) };
    const stage = await startStage(t, { on });
    const client = await connect(t, stage, { options: ['--log', log] });
    client.child.stderr.pause();
    for (let first = 0; first < count; first += 100) {
      const ids = Array.from({ length: 100 }, (_, number) => client.ask(`x/${first + number}`));
      for (const id of ids) assertBridgeError(await client.answer(id), /HTTP 500/);
    }
    return { stage, client, log: () => readFileSync(log, 'utf8') };
  };

  test('everything goes on, and a signal ends it in time', async (t) => {
    const { client, log } = await deafClient(t, 3000);
    assert.equal(log().split('\n').length, 201);
    const sent = performance.now();
    client.child.kill('SIGTERM');
    const { code, at } = await client.ended;
    assert.equal(code, 0);
    assert.ok(at - sent < 100 + slack, `${at - sent} ms`);
  });

  test('who reads at last learns how many lines are left out, and the last line', async (t) => {
    const { stage, client } = await deafClient(t, 3000);
    client.child.stderr.resume();
    while (!client.stderr.includes('x/2999 failed')) await pause(5);
    const lines = client.stderr.split('\n').filter((line) => line.includes('x/') || line.includes('left out'));
    const [dropped, ...others] = lines.map((line) => /warning: (\d+) lines are left out/.exec(line)?.[1]).filter(Boolean).map(Number);
    assert.deepEqual(others, []);
    assert.equal(lines.length - 1 + dropped, 3000);
    client.notify('notifications/last');
    await stage.until('notifications/last');
    client.child.stdin.end();
    assert.equal((await client.exit()).code, 0);
    assert.match(client.stderr, /\nhdr-bridge: notifications\/last was not delivered: [^\n]*HTTP 500[^\n]*\n$/);
  });

  test('the last line reaches the log all the same', async (t) => {
    const { stage, client, log } = await deafClient(t, 100);
    client.notify('notifications/last');
    await stage.until('notifications/last');
    client.child.stdin.end();
    assert.equal((await client.ended).code, 0);
    assert.match(log(), /notifications\/last was not delivered: [^\n]*HTTP 500[^\n]*\n$/);
  });
});

describe('a client that does not read', { concurrency: 4 }, () => {
  test('the server is read no further, and stdin until 256 messages wait', async (t) => {
    const big = 'x'.repeat(1 << 20);
    let sent = 0;
    const stage = await startStage(t, {
      on: {
        GET: async (x) => {
          x.events();
          for (let n = 0; n < 100 && !x.response.destroyed; n += 1) {
            if (!x.response.write(event({ jsonrpc: '2.0', method: 'x/big', params: { big } }))) await new Promise((done) => x.response.once('drain', done).once('close', done));
            sent += 1;
          }
        },
      },
    });
    const client = await connect(t, stage);
    await client.call();
    const goOn = client.stopReading();
    await pause(1500);
    assert.ok(sent < 60, `${sent} MiB were taken in`);
    assert.ok(resident(client.child.pid) < 48 << 10, `${resident(client.child.pid)} KiB`);
    const ids = Array.from({ length: 400 }, () => client.ask('ping'));
    await pause(500);
    assert.ok(stage.of('ping').length <= 260, `${stage.of('ping').length} were sent on`);
    goOn();
    for (const id of ids) await client.answer(id, 20_000);
  });

  test('stdin is read until 8 MiB wait', async (t) => {
    const stage = await startStage(t, { on: { 'x/note': () => {}, GET: (x) => void x.events(event({ jsonrpc: '2.0', method: 'x/big', params: { big: 'x'.repeat(4 << 20) } })) } });
    const client = await connect(t, stage);
    client.stopReading();
    await pause(300);
    const text = 'x'.repeat(1 << 20);
    for (let n = 0; n < 60; n += 1) client.notify('x/note', { text });
    await pause(1000);
    assert.ok(resident(client.child.pid) < 40 << 10, `${resident(client.child.pid)} KiB for 60 MiB`);
    const sent = performance.now();
    client.child.kill('SIGTERM');
    const { code, at } = await client.ended;
    client.child.stdout.destroy();
    assert.equal(code, 0);
    assert.ok(at - sent < 100 + slack, `${at - sent} ms`);
  });

  test('of a server that takes no more: what waits is sent when it does, and a signal is heeded meanwhile', async (t) => {
    const held = [];
    const stage = await startStage(t, { on: { 'x/held': (x) => (held ? void held.push(x) : x.result({})) } });
    const params = { text: 'x'.repeat(90 << 10) };
    const full = async () => {
      const client = await connect(t, stage);
      const ids = Array.from({ length: 220 }, () => client.ask('x/held', params));
      await stage.until('x/held', held.length + 100);
      // Until more is written than it reads.
      await pause(300);
      return { client, ids };
    };
    const { client, ids } = await full();
    const release = setInterval(() => held.splice(0).forEach((x) => x.result({})), 20);
    for (const id of ids) assert.deepEqual((await client.answer(id)).result, {});
    clearInterval(release);
    await client.finish();

    stage.seen.length = 0;
    const { client: other } = await full();
    const sent = performance.now();
    other.child.kill('SIGTERM');
    const { code, at } = await other.ended;
    assert.equal(code, 0);
    assert.ok(at - sent < 100 + slack, `${at - sent} ms`);
    // What it had not read got no answer.
    other.asked.clear();
  });
});

test('8,000 calls, some cancelled, on broken streams or in lost sessions, leave neither memory nor descriptors behind', async (t) => {
  const { many } = await import('./bridge-many.mjs');
  const stage = await startStage(t);
  const client = await connect(t, stage);
  const { early, late } = await many(client, stage, 8000);
  assert.ok(late.kib - early.kib < 768, `${early.kib} KiB after a quarter, ${late.kib} KiB at the end`);
  assert.ok(late.descriptors <= early.descriptors + 16, `${early.descriptors} descriptors after a quarter, ${late.descriptors} at the end`);
});
