// Streams that end, are replaced or carry too much while requests wait for their answers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const initialized = { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'stage', version: '1' } };

/** A stage that speaks HTTP+SSE. Each stream is a session of its own, which `initialize` begins. */
async function startOldStage(t, on = {}) {
  const stage = await startStage(t, { revision: '2024-11-05', session: undefined });
  const say = (x, result) => {
    x.status(202);
    stage.stream.write(event({ jsonrpc: '2.0', id: x.message.id, result }));
  };
  stage.isBegun = false;
  stage.on = {
    GET: (x) => {
      stage.isBegun = false;
      stage.stream = x.events(event(`/messages?stream=${x.count}`, { name: 'endpoint' }));
    },
    initialize: (x) => ((stage.isBegun = true), say(x, initialized)),
    'tools/call': (x) => say(x, { isBegun: stage.isBegun, url: x.request.url }),
    ...on,
  };
  return stage;
}

describe('HTTP+SSE', { concurrency: 4 }, () => {
  for (const order of ['after', 'before']) {
    test(`a request whose stream ended is answered, though its status comes ${order} another stream is opened`, async (t) => {
      let held;
      const stage = await startOldStage(t, { 'x/held': (x) => void (held = x) });
      const client = await connect(t, stage, { options: ['--transport', 'sse'] });
      await client.call();
      const lost = client.ask('x/held');
      await stage.until('x/held');
      stage.stream.destroy();
      if (order === 'before') {
        await new Promise((done) => setTimeout(done, 200));
        held.status(202);
      } else {
        // The stream's end may not be seen yet by the first of them.
        let answer;
        do answer = await client.call();
        while (answer.error);
        assert.deepEqual(answer.result, { isBegun: true, url: '/messages?stream=2' });
        held.status(202);
      }
      assertBridgeError(await client.answer(lost, 3000), /the MCP server closed its stream without an answer: the connection was closed; /, { mayHaveRun: true });
      assert.equal(stage.of('x/held').length, 1);
    });
  }

  test('a new session that fails leaves no stream without one', async (t) => {
    const stage = await startOldStage(t);
    const { initialize } = stage.on;
    stage.on.initialize = (x) => (x.count === 2 ? x.status(500) : initialize(x));
    const client = await connect(t, stage, { options: ['--transport', 'sse'] });
    await client.call();
    stage.stream.destroy();
    await new Promise((done) => setTimeout(done, 200));
    assertBridgeError(await client.call(), /HTTP 500: it refuses initialize/, { mayHaveRun: false });
    assert.deepEqual((await client.call()).result, { isBegun: true, url: '/messages?stream=3' });
    assert.deepEqual([stage.of('initialize').length, stage.of('GET').length, stage.of('tools/call').length], [3, 3, 2]);
  });

  test('requests that find the stream closed at once share one new session, and are sent in it', async (t) => {
    const stage = await startOldStage(t);
    const client = await connect(t, stage, { options: ['--transport', 'sse'] });
    await client.call();
    stage.stream.destroy();
    await new Promise((done) => setTimeout(done, 200));
    const ids = Array.from({ length: 16 }, () => client.ask('tools/call', { name: 'tool' }));
    for (const id of ids) assert.deepEqual((await client.answer(id)).result, { isBegun: true, url: '/messages?stream=2' });
    assert.deepEqual([stage.of('initialize').length, stage.of('GET').length], [2, 2]);
  });
});

test('what a server says that refuses a new session is told without the credentials in it', async (t) => {
  const stage = await startStage(t, { on: { initialize: (x) => (x.count === 2 ? x.error(200, -32000, `bad key ${x.headers['x-key']}`) : x.result({ ...initialized, protocolVersion: '2025-11-25' })), 'tools/call': (x) => x.status(404) } });
  const client = await connect(t, stage, { headers: { 'X-Key': 'k-0123456789abcdef' } });
  const answer = await client.call();
  assertBridgeError(answer, /the session cannot be continued: the MCP server refuses a new one: "bad key .+"; restart the server in the client/);
  assert.ok(!JSON.stringify(answer).includes('0123456789abcdef') && !client.stderr.includes('0123456789abcdef'), answer.error.message);
});

describe('resumption of a call', { concurrency: 4 }, () => {
  for (const status of [404, 405]) {
    test(`${status}: the server has nothing to go on with, and is asked once`, async (t) => {
      const stage = await startStage(t, { on: { 'tools/call': (x) => x.events(event('', { id: 'p1', retry: 20 })).end(), GET: (x) => x.status(x.headers['last-event-id'] ? status : 405) } });
      const client = await connect(t, stage);
      assertBridgeError(await client.call(), new RegExp(`the MCP server ended its stream without an answer: .*HTTP ${status}`), { mayHaveRun: true, httpStatus: status });
      assert.deepEqual([stage.of('GET').filter(({ headers }) => headers['last-event-id']).length, stage.of('tools/call').length], [1, 1]);
    });
  }

  test('404 after the session was lost: a request that may be repeated is, in a new session', async (t) => {
    const stage = await startStage(t, { on: { 'prompts/get': (x) => (x.headers['mcp-session-id'] === 'session-2' ? x.result({ messages: [] }) : x.count === 1 ? ((stage.session = 'session-2'), x.events(event('', { id: 'p1', retry: 20 })).end()) : x.status(404)), GET: (x) => x.status(x.headers['last-event-id'] ? 404 : 405) } });
    const client = await connect(t, stage);
    assert.deepEqual((await client.request('prompts/get', { name: 'prompt' })).result, { messages: [] });
    assert.deepEqual([stage.of('initialize').length, stage.of('prompts/get').length], [2, 3]);
  });

  test('a server that is gone is tried for half a minute, not ten times that', { timeout: 60_000 }, async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.events(event('', { id: 'p1', retry: 20 })) } });
    const client = await connect(t, stage);
    const id = client.ask('tools/call', { name: 'tool' });
    await stage.until('tools/call');
    await stage.close();
    assertBridgeError(await client.answer(id, 45_000), /cannot be reached/, { mayHaveRun: true, transient: true });
  });
});

test('an event over the limit on the GET stream is left out alone, and not asked for again', async (t) => {
  const large = event({ jsonrpc: '2.0', method: 'x/large', params: { text: 'x'.repeat(5000) } }, { id: 'e2', retry: 100 });
  const small = (n) => event({ jsonrpc: '2.0', method: `x/${n}` }, n === 4 ? {} : { id: `e${n}` });
  const stage = await startStage(t, { on: { GET: (x) => (x.count === 1 ? x.events(small(1) + large + small(3)).end() : x.count === 2 ? x.events(large).end() : x.events(small(4))) } });
  const client = await connect(t, stage, { options: ['--max-message', '4096'] });
  for (const n of [1, 3, 4]) await client.take(({ method }) => method === `x/${n}`);
  assert.deepEqual(stage.of('GET').map(({ headers }) => headers['last-event-id']), [undefined, 'e3', 'e2']);
  assert.equal(client.stderr.match(/^hdr-bridge: an event on the MCP server's stream is dropped: .*--max-message.*$/gm)?.length, 1, client.stderr);
});
