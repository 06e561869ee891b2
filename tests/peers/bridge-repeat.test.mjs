// What is repeated and what is not (methods that are safe, tools that say they are), and kept connections.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect, startClient } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } };

/** Ways in which a server fails after it has read the request. */
const failures = {
  'closed without an answer': (x) => x.cut(),
  reset: (x) => x.cut({ reset: true }),
  'a short body': (x) => {
    x.response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 1000 });
    x.response.write('{"jsonrpc":', () => x.cut());
  },
  'events without an id, then the end': (x) => x.events(event({ jsonrpc: '2.0', method: 'x/1' })).end(),
  'events without an id, then a cut': (x) => {
    x.events();
    x.response.write(event({ jsonrpc: '2.0', method: 'x/1' }), () => x.cut());
  },
  502: (x) => x.status(502, { 'Content-Type': 'text/html' }, '<html>Bad gateway</html>'),
  503: (x) => x.status(503),
  504: (x) => x.status(504),
};

const safe = ['ping', 'tools/list', 'resources/list', 'resources/templates/list', 'prompts/list', 'resources/read', 'prompts/get', 'completion/complete', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'];

describe('it failed after the request was written', { concurrency: 8 }, () => {
  for (const [name, fail] of Object.entries(failures)) {
    test(`${name}: a safe method is tried twice more, a tool call never`, async (t) => {
      const stage = await startStage(t, { on: { 'tools/list': (x) => (x.count < 3 ? fail(x) : x.result({ tools: [] })), 'tools/call': fail, 'resources/read': fail } });
      const client = await connect(t, stage);
      assert.deepEqual((await client.request('tools/list')).result, { tools: [] });
      assertBridgeError(await client.call(), /may have been carried out/, { mayHaveRun: true });
      assertBridgeError(await client.request('resources/read', { uri: 'a:1' }), /./);
      assert.deepEqual(['tools/list', 'tools/call', 'resources/read'].map((kind) => stage.of(kind).length), [3, 1, 3]);
      assert.equal(new Set(stage.of('tools/list').map(({ body }) => body)).size, 1);
    });
  }

  test('it cannot be sent again: the first attempt may have been carried out all the same', async (t) => {
    const stage = await startStage(t);
    stage.on['tools/list'] = async (x) => {
      x.cut();
      await stage.close();
    };
    const client = await connect(t, stage, { options: ['--request-timeout', '1s'] });
    assertBridgeError(await client.request('tools/list'), /--request-timeout is over/, { mayHaveRun: true });
    assert.equal(stage.of('tools/list').length, 1);
  });

  test('every safe method, and no other', async (t) => {
    const once = (x) => (x.count === 1 ? x.cut() : x.result({}));
    const other = ['tools/call', 'x/other', 'tasks/cancel'];
    const stage = await startStage(t, { on: Object.fromEntries([...safe, ...other].map((method) => [method, once])) });
    const client = await connect(t, stage);
    for (const method of safe) assert.deepEqual((await client.request(method, { name: 'n', uri: 'a:1' })).result, {}, method);
    for (const method of other) assertBridgeError(await client.request(method, { name: 'n' }), /carried out/, { mayHaveRun: true });
  });

  test('initialize, too', async (t) => {
    const stage = await startStage(t);
    stage.on.initialize = (x) => {
      if (x.count === 1) return x.cut();
      delete stage.on.initialize;
      return x.result({ protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'stage', version: '1' } });
    };
    await connect(t, stage);
    assert.equal(stage.of('initialize').length, 2);
  });

  const tools = [
    { name: 'reads', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
    { name: 'same', inputSchema: { type: 'object' }, annotations: { readOnlyHint: false, idempotentHint: true } },
    { name: 'writes', inputSchema: { type: 'object' }, annotations: { readOnlyHint: false } },
    { name: 'silent', inputSchema: { type: 'object' } },
  ];
  for (const [options, repeated] of [[[], ['reads', 'same']], [['--repeat', 'none'], []]]) {
    test(`a call of a tool that is listed as read-only or idempotent ${options.join(' ')}`, async (t) => {
      const stage = await startStage(t, { tools, on: { 'tools/call': (x) => (x.message.params._again || stage.of('tools/call').filter(({ message }) => message.params.name === x.message.params.name).length > 1 ? x.result({}) : x.cut()) } });
      const client = await connect(t, stage, { options });
      await client.request('tools/list');
      const outcome = {};
      for (const { name } of tools) outcome[name] = Boolean((await client.call(name)).result);
      assert.deepEqual(Object.keys(outcome).filter((name) => outcome[name]), repeated);
    });
  }

  test('500 and 501 are never repeated', async (t) => {
    for (const status of [500, 501]) {
      const stage = await startStage(t, { on: { 'tools/list': (x) => x.status(status) } });
      const client = await connect(t, stage);
      assertBridgeError(await client.request('tools/list'), new RegExp(status), { httpStatus: status });
      assert.equal(stage.of('tools/list').length, 1);
    }
  });
});

describe('the server is busy', { concurrency: 8 }, () => {
  for (const status of [429, 503]) {
    test(`${status} with Retry-After: any method, once, and said on stderr`, async (t) => {
      const stage = await startStage(t, { on: { 'tools/call': (x) => (x.count === 1 ? x.status(status, { 'Retry-After': '1' }) : x.result({ served: true })) } });
      const client = await connect(t, stage);
      const sent = performance.now();
      assert.deepEqual((await client.call()).result, { served: true });
      assert.ok(performance.now() - sent >= 950);
      assert.equal(stage.of('tools/call').length, 2);
      assert.match(client.stderr, new RegExp(`^hdr-bridge: .*${status}.*$`, 'm'));
    });

    test(`${status} with Retry-After beyond 30 s, or twice: the error, transient`, async (t) => {
      const stage = await startStage(t, { on: { 'tools/call': (x) => x.status(status, { 'Retry-After': '31' }), 'x/twice': (x) => x.status(status, { 'Retry-After': '0' }) } });
      const client = await connect(t, stage);
      assertBridgeError(await client.call(), new RegExp(status), { httpStatus: status, transient: true });
      assertBridgeError(await client.request('x/twice'), new RegExp(status), { httpStatus: status, transient: true });
      assert.deepEqual([stage.of('tools/call').length, stage.of('x/twice').length], [1, 2]);
    });
  }

  test('the date form of Retry-After', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => (x.count === 1 ? x.status(503, { 'Retry-After': new Date(Date.now() + 2000).toUTCString() }) : x.result({})) } });
    const client = await connect(t, stage);
    assert.deepEqual((await client.call()).result, {});
    assert.equal(stage.of('tools/call').length, 2);
  });
});

describe('redirects', { concurrency: 8 }, () => {
  for (const status of [307, 308]) {
    test(`${status} of the same origin is followed with the same body, 3 times at most`, async (t) => {
      const stage = await startStage(t, { on: { 'tools/call': (x) => (x.request.url === '/other?x=1' ? x.result({ there: true }) : x.status(status, { Location: '/other?x=1' })), 'x/loop': (x) => x.status(status, { Location: '/mcp' }) } });
      const client = await connect(t, stage, { headers: { 'X-Key': 'secret' } });
      assert.deepEqual((await client.call()).result, { there: true });
      const [first, second] = stage.of('tools/call');
      assert.deepEqual([second.body, second.headers['x-key'], second.headers['mcp-session-id']], [first.body, 'secret', 'session-1']);
      assertBridgeError(await client.request('x/loop'), new RegExp(`${status}|redirect`));
      assert.equal(stage.of('x/loop').length, 4);
    });
  }

  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} to another origin: an error, and nothing goes there`, async (t) => {
      const elsewhere = await startStage(t);
      const stage = await startStage(t, { on: { 'tools/call': (x) => x.status(status, { Location: elsewhere.url }) } });
      const client = await connect(t, stage, { headers: { 'X-Key': 'secret' } });
      assertBridgeError(await client.call(), /redirect/, { httpStatus: status });
      assert.equal(elsewhere.connections, 0);
      assert.equal(stage.of('tools/call').length, 1);
    });
  }
});

describe('the connection fails before the request is written', { concurrency: 8 }, () => {
  test('refused, then up: any method', async (t) => {
    const stage = await startStage(t);
    const client = await connect(t, stage);
    await client.call();
    const { port } = stage;
    await stage.close();
    const id = client.ask('tools/call', { name: 'tool' });
    await pause(700);
    await stage.listen(port);
    assert.ok((await client.answer(id)).result);
    assert.equal(stage.of('tools/call').length, 2);
  });

  test('refused at the start, then up', async (t) => {
    const stage = await startStage(t);
    const { port } = stage;
    await stage.close();
    const client = startClient(t, stage.url);
    const id = client.ask('initialize', params);
    await pause(500);
    await stage.listen(port);
    assert.ok((await client.answer(id)).result);
    assert.equal(stage.of('initialize').length, 1);
  });

  test('a kept connection that the server closes costs no tool call', async (t) => {
    const stage = await startStage(t, { on: { 'x/close': (x) => (x.result({}), x.response.on('close', () => setTimeout(() => x.cut(), 20))) } });
    const client = await connect(t, stage);
    for (let round = 0; round < 5; round += 1) {
      await client.request('x/close');
      await pause(60);
      assert.ok((await client.call()).result);
    }
    assert.equal(stage.of('tools/call').length, 5);
  });
});
