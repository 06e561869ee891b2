// Revision 2026-07-28: no session, the headers that mirror the body, and errors that must not look like a modern server's.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect, modernMeta, startClient } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const revision = '2026-07-28';
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const modern = (t, options) => startStage(t, { revision, session: undefined, ...options });
const tool = (properties, more = {}) => ({ name: 'tool', inputSchema: { type: 'object', properties }, ...more });

describe('headers', { concurrency: 8 }, () => {
  test('the revision, the method and the name are mirrored; a session is neither kept nor ended', async (t) => {
    const stage = await modern(t);
    const headers = { 'Mcp-Session-Id': 'unwanted' };
    stage.on['server/discover'] = (x) => x.result({ supportedVersions: [revision], capabilities: {} }, headers);
    const client = await connect(t, stage);
    await client.request('server/discover');
    await client.call('a tool', { text: 'x' });
    await client.request('prompts/get', { name: 'prompt' });
    await client.request('resources/read', { uri: 'file:///a%20b' });
    await client.request('x/other', { name: 'no' });
    client.child.stdin.end();
    assert.equal((await client.exit()).code, 0);
    const seen = stage.seen.map(({ kind, headers }) => [kind, headers['mcp-method'], headers['mcp-name'], headers['mcp-protocol-version'], headers['mcp-session-id']]);
    assert.deepEqual(seen, [
      ['server/discover', 'server/discover', undefined, revision, undefined],
      ['tools/call', 'tools/call', 'a tool', revision, undefined],
      ['prompts/get', 'prompts/get', 'prompt', revision, undefined],
      ['resources/read', 'resources/read', 'file:///a%20b', revision, undefined],
      ['x/other', 'x/other', undefined, revision, undefined],
    ]);
  });

  const values = [
    ['plain text', 'plain text'], ['', ''], [' padded', '=?base64?IHBhZGRlZA==?='], ['end ', '=?base64?ZW5kIA==?='], ['é', '=?base64?w6k=?='],
    ['line\nbreak', '=?base64?bGluZQpicmVhaw==?='], ['=?base64?x?=', '=?base64?PT9iYXNlNjQ/eD89?='], ['a\tb', 'a\tb'], ['=?base64?', '=?base64?'],
    [true, 'true'], [false, 'false'], [42, '42'], [-7, '-7'], [null, undefined],
  ];
  test('annotated arguments, encoded where they must be', async (t) => {
    const types = { string: 'string', boolean: 'boolean', number: 'integer', object: 'string' };
    const properties = Object.fromEntries(values.map(([value], n) => [`p${n}`, { type: types[typeof value], 'x-mcp-header': `P${n}` }]));
    properties.nested = { type: 'object', properties: { deep: { type: 'string', 'x-mcp-header': 'Deep' } } };
    properties.absent = { type: 'string', 'x-mcp-header': 'Absent' };
    const stage = await modern(t, { tools: [tool(properties)] });
    const client = await connect(t, stage);
    await client.request('tools/list');
    const args = { ...Object.fromEntries(values.map(([value], n) => [`p${n}`, value])), nested: { deep: 'inside' } };
    await client.call('tool', args);
    const { headers, request } = stage.of('tools/call')[0];
    for (const [n, [value, sent]] of values.entries()) assert.equal(headers[`mcp-param-p${n}`], sent, JSON.stringify(value));
    assert.equal(headers['mcp-param-deep'], 'inside');
    assert.equal(headers['mcp-param-absent'], undefined);
    assert.ok(!request.rawHeaders.some((name) => /mcp-param-absent/i.test(name)));
  });

  test('the names of other revisions are not mirrored, and a tool name is encoded', async (t) => {
    const stage = await modern(t);
    const client = await connect(t, stage);
    await client.call('naïve');
    assert.equal(stage.of('tools/call')[0].headers['mcp-name'], '=?base64?bmHDr3Zl?=');
  });

  test('a tool with an annotation that is not valid is cut out of the list, the other bytes stay', async (t) => {
    const bad = {
      empty: { a: { type: 'string', 'x-mcp-header': '' } },
      'no token': { a: { type: 'string', 'x-mcp-header': 'a b' } },
      twice: { a: { type: 'string', 'x-mcp-header': 'X' }, b: { type: 'string', 'x-mcp-header': 'x' } },
      type: { a: { type: 'array', items: {}, 'x-mcp-header': 'X' } },
      'in items': { a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'X' } } },
    };
    const good = ['{"name" :"first","inputSchema":{"type":"object"},"n":1e400}', '{"name":"last","inputSchema":{"type":"object","properties":{"a":{"type":"string","x-mcp-header":"A"}}}}'];
    const listed = [good[0], ...Object.entries(bad).map(([name, properties]) => JSON.stringify({ name, inputSchema: { type: 'object', properties } })), good[1]];
    const stage = await modern(t, { on: { 'tools/list': (x) => x.json(`{"jsonrpc":"2.0","id":${x.message.id},"result":{"tools":[${listed.join(', ')}],"x":1.0}}`) } });
    const client = await connect(t, stage);
    const id = client.ask('tools/list');
    const { result } = await client.answer(id);
    assert.deepEqual(result.tools.map(({ name }) => name), ['first', 'last']);
    const { text } = client.lines.find(({ message }) => message.id === id);
    for (const kept of [...good, '"x":1.0']) assert.ok(text.includes(kept), text);
    for (const name of Object.keys(bad)) assert.match(client.stderr, new RegExp(`^hdr-bridge: .*${name}`, 'm'));
  });

  test('--ignore-tool cuts tools out, in any revision', async (t) => {
    const tools = ['read_a', 'write_a', 'write_b'].map((name) => ({ name, inputSchema: { type: 'object' } }));
    const stage = await startStage(t, { tools });
    const client = await connect(t, stage, { options: ['--ignore-tool', 'write_*'] });
    assert.deepEqual((await client.request('tools/list')).result.tools, [tools[0]]);
  });
});

describe('HeaderMismatch', { concurrency: 8 }, () => {
  test('-32020 to a call: the tools are listed (all pages), and the call is made once more', async (t) => {
    const stage = await modern(t, {
      on: {
        'tools/list': (x) => (x.message.params.cursor === undefined ? x.result({ tools: [], nextCursor: 'page 2' }) : x.result({ tools: [tool({ region: { type: 'string', 'x-mcp-header': 'Region' } })] })),
        'tools/call': (x) => (x.headers['mcp-param-region'] === 'eu' ? x.result({ ok: true }) : x.error(400, -32020, 'HeaderMismatch')),
      },
    });
    const client = await connect(t, stage);
    const sent = { name: 'tool', arguments: { region: 'eu' }, _meta: { progressToken: 'p' } };
    assert.deepEqual((await client.request('tools/call', sent)).result, { ok: true });
    assert.deepEqual(stage.kinds, ['tools/call', 'tools/list', 'tools/list', 'tools/call']);
    const [first, second] = stage.of('tools/list');
    assert.deepEqual(first.message.params._meta, modernMeta);
    assert.equal(second.message.params.cursor, 'page 2');
    assert.notEqual(first.message.id, stage.of('tools/call')[0].message.id);
    assert.equal(client.lines.length, 1, 'nothing but the answer is written');
  });

  test('-32020 twice, -32021, -32022 and 404 with -32601 are relayed', async (t) => {
    const codes = { 'tools/call': [400, -32020, 2], 'x/capability': [400, -32021, 1], 'x/version': [400, -32022, 1], 'x/unknown': [404, -32601, 1] };
    const stage = await modern(t, { on: Object.fromEntries(Object.entries(codes).map(([method, [status, code]]) => [method, (x) => x.error(status, code, 'no')])) });
    const client = await connect(t, stage);
    for (const [method, [, code, times]] of Object.entries(codes)) {
      assert.equal((await client.request(method, { name: 'tool' })).error.code, code, method);
      assert.equal(stage.of(method).length, times, method);
    }
  });
});

describe('both eras', { concurrency: 8 }, () => {
  for (const status of [400, 404, 405, 406, 415, 422]) {
    test(`${status} without a JSON-RPC error to server/discover, then initialize`, async (t) => {
      const stage = await startStage(t, { on: { 'server/discover': (x) => x.status(status, { 'Content-Type': 'text/plain' }, 'what?') } });
      const client = startClient(t, stage.url, { revision });
      const sent = performance.now();
      assertBridgeError(await client.request('server/discover'), new RegExp(status), { httpStatus: status });
      assert.ok(performance.now() - sent < 2000);
      assert.deepEqual(stage.kinds, ['server/discover']);
      client.revision = '2025-11-25';
      await client.initialize();
      assert.ok((await client.call()).result);
      assert.equal(stage.of('tools/call')[0].headers['mcp-session-id'], 'session-1');
    });
  }

  test('a JSON-RPC error of a legacy server is relayed, then initialize opens a session', async (t) => {
    const stage = await startStage(t, { on: { 'server/discover': (x) => x.error(400, -32000, 'Bad Request: Server not initialized', { id: null }) } });
    const client = startClient(t, stage.url, { revision });
    const answer = await client.request('server/discover');
    assert.equal(answer.error.code, -32000);
    assert.deepEqual(stage.kinds, ['server/discover'], 'no session is lost that never was');
    client.revision = '2025-11-25';
    await client.initialize();
    assert.ok((await client.call()).result);
  });
});

describe('streams', { concurrency: 8 }, () => {
  test('a subscriptions/listen stream that breaks is a transient error and is not repeated', async (t) => {
    const stage = await modern(t, { on: { 'subscriptions/listen': (x) => (x.events(event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }, { id: 'e1' })), setTimeout(() => x.cut(), 100)) } });
    const client = await connect(t, stage);
    const id = client.ask('subscriptions/listen', { notifications: { toolsListChanged: true } });
    await client.take(({ method }) => method === 'notifications/tools/list_changed');
    assertBridgeError(await client.answer(id), /stream|closed|listen/, { transient: true });
    await pause(300);
    assert.deepEqual(stage.kinds, ['subscriptions/listen']);
  });

  test('a safe request whose stream breaks is repeated with another id, and answered with its own', async (t) => {
    const stage = await modern(t, { on: { 'tools/list': (x) => (x.count === 1 ? x.events(event('', { id: 'e1' })).end() : x.result({ tools: [] })) } });
    const client = await connect(t, stage);
    const id = client.ask('tools/list', {}, { id: 'mine' });
    assert.deepEqual((await client.answer(id)).result, { tools: [] });
    const [first, second] = stage.of('tools/list');
    assert.notEqual(second.message.id, first.message.id);
    assert.deepEqual({ ...second.message, id: 0 }, { ...first.message, id: 0 });
    assert.deepEqual(stage.kinds, ['tools/list', 'tools/list'], 'there is no GET');
  });

  test('a call is not resumed and not repeated', async (t) => {
    const stage = await modern(t, { on: { 'tools/call': (x) => x.events(event('', { id: 'e1', retry: 10 })).end() } });
    const client = await connect(t, stage);
    assertBridgeError(await client.call(), /carried out/, { mayHaveRun: true });
    assert.deepEqual(stage.kinds, ['tools/call']);
  });

  for (const format of ['json', 'sse']) {
    test(`cancelled: the exchange is closed, nothing is POSTed and nothing more is written (${format})`, async (t) => {
      const closed = [];
      const stage = await modern(t, {
        on: {
          'tools/call': (x) => {
            x.request.socket.on('close', () => closed.push(x));
            if (format === 'sse') x.events(event({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }));
          },
        },
      });
      const client = await connect(t, stage);
      const id = client.ask('tools/call', { name: 'tool' });
      await stage.until('tools/call');
      if (format === 'sse') await client.take(({ method }) => method === 'notifications/progress');
      client.cancel(id);
      await client.request('ping');
      await pause(200);
      assert.equal(closed.length, 1);
      assert.deepEqual(stage.kinds, ['tools/call', 'ping']);
      assert.ok(!client.lines.some(({ message }) => message.id === id));
    });
  }

  test('--request-timeout closes the exchange', async (t) => {
    const closed = [];
    const stage = await modern(t, { on: { 'tools/call': (x) => x.request.socket.on('close', () => closed.push(x)) } });
    const client = await connect(t, stage, { options: ['--request-timeout', '300ms'] });
    assertBridgeError(await client.call(), /time/);
    await pause(100);
    assert.equal(closed.length, 1);
    assert.deepEqual(stage.kinds, ['tools/call']);
  });
});
