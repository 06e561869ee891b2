// What takes its time, all of it at once: 30 seconds of tries, the tries of a GET stream, the life of kept connections, 5 seconds after the end of stdin.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect, startClient } from './bridge-client.mjs';
import { startStage } from './bridge-stage.mjs';

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } };

/** What a busy machine adds to the times that an idle one keeps. */
const slack = 250;

describe('patience', { concurrency: 8 }, () => {
  const fails = async (client, message) => {
    const sent = performance.now();
    assertBridgeError(await client.request('initialize', params, { deadline: 45_000 }), message, { transient: true });
    const waited = performance.now() - sent;
    assert.ok(waited > 26_000 && waited < 36_000, `${waited} ms`);
  };

  test('30 s long: refused', async (t) => {
    const stage = await startStage(t);
    await stage.close();
    await fails(startClient(t, stage.url), /refused/i);
  });

  test('30 s long: a name that nobody knows', async (t) => {
    await fails(startClient(t, 'https://nobody.invalid/mcp'), /nobody\.invalid/);
  });

  test('30 s long: a server without TLS', async (t) => {
    const stage = await startStage(t);
    await fails(startClient(t, stage.url.replace('http:', 'https:')), /TLS/i);
    assert.equal(stage.seen.length, 0);
  });

  test('a kept connection is not used after 4 s, or 1 s before what Keep-Alive says', async (t) => {
    const stage = await startStage(t, { on: { 'x/port': (x) => x.result({ port: x.request.socket.remotePort }), 'x/short': (x) => x.result({ port: x.request.socket.remotePort }, { Connection: 'keep-alive', 'Keep-Alive': 'timeout=2' }) } });
    const client = await connect(t, stage);
    const port = async (method) => (await client.request(method)).result.port;
    const first = await port('x/port');
    assert.equal(await port('x/port'), first, 'a warm connection is kept');
    await pause(4300);
    const second = await port('x/short');
    assert.notEqual(second, first);
    await pause(1300);
    assert.notEqual(await port('x/port'), second);
  });

  test('another 4xx to the GET stream: 5 tries', async (t) => {
    const stage = await startStage(t, { on: { GET: (x) => x.status(418) } });
    const client = await connect(t, stage);
    await stage.until('GET', 2);
    await client.call();
    await stage.until('GET', 5, 25_000);
    await pause(3000);
    assert.equal(stage.of('GET').length, 5);
  });

  test('10 s long: what a new session is told and does not answer', async (t) => {
    const stage = await startStage(t, { on: { 'logging/setLevel': (x) => x.headers['mcp-session-id'] === 'session-1' && x.result({}), 'tools/call': (x) => (x.headers['mcp-session-id'] === stage.session ? x.result({}) : x.status(404)) } });
    const client = await connect(t, stage);
    await client.request('logging/setLevel', { level: 'debug' });
    stage.session = 'session-2';
    const sent = performance.now();
    assert.deepEqual((await client.call('tool', {}, { deadline: 20_000 })).result, {});
    assert.ok(performance.now() - sent > 9500);
    assert.match(client.stderr, /logging\/setLevel was not repeated in the new session: .*: logging\/setLevel in the new session has no answer after 10 s; try again/);
  });

  test('after the end of stdin what has no answer after 5 s gets an error; what was queued, too', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': () => {}, DELETE: () => {} } });
    const client = await connect(t, stage);
    const ids = Array.from({ length: 105 }, () => client.ask('tools/call', { name: 'tool' }));
    await stage.until('tools/call', 100);
    const ended = performance.now();
    client.child.stdin.end();
    const { code, at } = await client.exit();
    assert.equal(code, 0);
    assert.ok(at - ended > 4800 && at - ended < 5300 + slack, `${at - ended} ms`);
    for (const id of ids) assertBridgeError(await client.answer(id), /stdin/);
    assert.equal(stage.of('tools/call').length, 100);
  });
});
