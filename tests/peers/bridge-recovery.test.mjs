// A session that the server lost, and what may go wrong while a new one is begun.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Starts a stage that refuses what does not carry its session. `lose()` makes it forget that, and begin another one with the next `initialize`. */
async function forgetful(t, on = {}, options = {}) {
  const stage = await startStage(t, { ...options, on });
  let number = 1;
  stage.guard = (x) => {
    if (x.kind === 'initialize' || x.kind === 'GET' || x.kind === 'DELETE' || x.headers['mcp-session-id'] === stage.session) return false;
    x.status(404);
    return true;
  };
  stage.lose = () => (stage.session = `session-${(number += 1)}`);
  return stage;
}

describe('a lost session', { concurrency: 4 }, () => {
  test('64 requests that lose it at once begin one new session', async (t) => {
    const stage = await forgetful(t);
    const client = await connect(t, stage);
    await client.call();
    stage.lose();
    const ids = Array.from({ length: 64 }, (_, n) => client.ask('tools/call', { name: 'tool', arguments: { text: `${n}` } }));
    for (const [n, id] of ids.entries()) assert.equal((await client.answer(id)).result.content[0].text, `${n}`);
    assert.deepEqual([stage.of('initialize').length, stage.of('notifications/initialized').length], [2, 2]);
    assert.equal(stage.of('tools/call').filter(({ headers }) => headers['mcp-session-id'] === 'session-2').length, 64);
  });

  test('64 requests share why there is no new one, and the next one asks again', async (t) => {
    const stage = await forgetful(t, {
      initialize: async (x) => {
        if (x.count !== 2) return x.result({ protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'stage', version: '1' } });
        // Until all have been refused.
        await stage.until('tools/call', 65, 20_000);
        await pause(500);
        return x.status(500);
      },
    });
    const client = await connect(t, stage);
    await client.call();
    stage.lose();
    const ids = Array.from({ length: 64 }, () => client.ask('tools/call', { name: 'tool' }));
    for (const id of ids) assertBridgeError(await client.answer(id), /HTTP 500: it refuses initialize/, { mayHaveRun: false });
    assert.equal(stage.of('initialize').length, 2);
    assert.equal((await client.call()).result.content[0].text, 'done');
    assert.equal(stage.of('initialize').length, 3);
  });

  test('no request is sent in the new session before the server knows all that it has to', async (t) => {
    const order = [];
    let isReady = true;
    const stage = await forgetful(t, {
      'notifications/initialized': async (x) => {
        if (x.headers['mcp-session-id'] === 'session-2') await pause(300);
        isReady = true;
        x.status(202);
      },
      'resources/subscribe': (x) => x.result({}),
      'tools/call': (x) => {
        order.push(x.message.params.arguments.text);
        return isReady ? x.result({}) : x.error(400, -32000, 'Server not initialized', { id: null });
      },
    });
    const client = await connect(t, stage);
    await client.request('resources/subscribe', { uri: 'a:1' });
    stage.lose();
    isReady = false;
    const first = client.ask('tools/call', { name: 'tool', arguments: { text: 'first' } });
    await stage.until('notifications/initialized', 2);
    const second = client.ask('tools/call', { name: 'tool', arguments: { text: 'second' } });
    await pause(50);
    assert.deepEqual(order, []);
    assert.deepEqual((await client.answer(first)).result, {});
    assert.deepEqual((await client.answer(second)).result, {});
    assert.equal(stage.of('initialize').length, 2);
    assert.deepEqual(stage.kinds.slice(stage.kinds.indexOf('initialize', 1)).filter((kind) => kind !== 'GET').slice(0, 3), ['initialize', 'notifications/initialized', 'resources/subscribe']);
  });

  test('a new session is begun to its end though the request that found it lost is cancelled', async (t) => {
    let goOn;
    const stage = await forgetful(t, { 'notifications/initialized': (x) => (x.count === 2 ? void (goOn = () => x.status(202)) : x.status(202)), 'resources/subscribe': (x) => x.result({}) });
    const client = await connect(t, stage);
    await client.request('resources/subscribe', { uri: 'a:1' });
    stage.lose();
    const first = client.ask('tools/call', { name: 'tool' });
    await stage.until('notifications/initialized', 2);
    client.cancel(first);
    const second = client.ask('tools/call', { name: 'tool' });
    await client.request('ping', {}, { deadline: 300 }).catch(() => client.cancelled.add(client.lastId));
    goOn();
    assert.equal((await client.answer(second)).result.content[0].text, 'done');
    const told = stage.seen.filter((x) => x.headers['mcp-session-id'] === 'session-2' && x.kind !== 'GET' && x.kind !== 'ping').map(({ kind }) => kind);
    assert.deepEqual(told, ['notifications/initialized', 'resources/subscribe', 'tools/call']);
    assert.equal(stage.of('initialize').length, 2);
  });

  test("the client's response to what the server asks in the meantime is not held back", async (t) => {
    const stage = await forgetful(t, {
      'logging/setLevel': (x) => {
        if (x.headers['mcp-session-id'] === 'session-1') return x.result({});
        // The answer depends on the client's.
        stage.on.response = (response) => (response.status(202), stream.end(event({ jsonrpc: '2.0', id: x.message.id, result: {} })));
        const stream = x.events(event({ jsonrpc: '2.0', id: 's1', method: 'roots/list' }));
        return undefined;
      },
    });
    const client = await connect(t, stage);
    await client.request('logging/setLevel', { level: 'debug' });
    stage.lose();
    const id = client.ask('tools/call', { name: 'tool' });
    await client.take(({ id, method }) => id === 's1' && method === 'roots/list');
    client.send({ jsonrpc: '2.0', id: 's1', result: { roots: [] } });
    assert.equal((await client.answer(id)).result.content[0].text, 'done');
  });

  test('a new initialize whose connection breaks is sent again', async (t) => {
    const stage = await forgetful(t, { initialize: (x) => (x.count === 2 ? x.cut() : x.count === 3 ? x.status(503) : x.result({ protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'stage', version: '1' } })) });
    const client = await connect(t, stage);
    await client.call();
    stage.lose();
    assert.equal((await client.call()).result.content[0].text, 'done');
    assert.equal(stage.of('initialize').length, 4);
  });

  test('a new initialize that the server refuses with an error: the error says so', async (t) => {
    const stage = await forgetful(t, { initialize: (x) => (x.count === 2 ? x.error(200, -32000, 'full') : x.result({ protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'stage', version: '1' } })) });
    const client = await connect(t, stage);
    await client.call();
    stage.lose();
    assertBridgeError(await client.call(), /the session cannot be continued: the MCP server refuses a new one: "full"; restart the server in the client/, { mayHaveRun: false });
  });

  test('again while the new one is begun: what is refused twice is an error, and the next request is served', async (t) => {
    const stage = await forgetful(t, { 'notifications/initialized': (x) => ((x.count === 2 && stage.lose()), x.status(202)) });
    const client = await connect(t, stage);
    await client.call();
    stage.lose();
    assertBridgeError(await client.call(), /404/, { httpStatus: 404, mayHaveRun: false });
    assert.equal((await client.call()).result.content[0].text, 'done');
    assert.equal(stage.of('initialize').length, 3);
  });

  test('a subscription that the client gave up is not repeated, one that it took up again is once', async (t) => {
    const stage = await forgetful(t);
    const client = await connect(t, stage);
    for (const [method, uri] of [['subscribe', 'a:1'], ['subscribe', 'a:2'], ['subscribe', 'a:2'], ['unsubscribe', 'a:1'], ['unsubscribe', 'a:2'], ['subscribe', 'a:1']]) await client.request(`resources/${method}`, { uri });
    stage.lose();
    await client.call();
    const repeated = stage.seen.filter((x) => x.headers['mcp-session-id'] === 'session-2' && x.kind.startsWith('resources/'));
    assert.deepEqual(repeated.map(({ kind, message }) => [kind, message.params.uri]), [['resources/subscribe', 'a:1']]);
  });
});
