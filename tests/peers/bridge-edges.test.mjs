// What hostile or clumsy peers bring about: requests that end before they were sent, cancelled members of batches, streams that never end.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect, startClient } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** What a busy machine adds to the times that an idle one keeps. */
const slack = 250;

const batchOf = (...members) => `${JSON.stringify(members.map((member) => ({ jsonrpc: '2.0', ...member })))}\n`;

describe('mayHaveRun', { concurrency: 4 }, () => {
  test('at a signal it is false for what waits in the queue, for headers or for a connection', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': () => {} } });
    const client = await connect(t, stage);
    const sent = Array.from({ length: 100 }, () => client.ask('tools/call', { name: 'tool' }));
    await stage.until('tools/call', 100);
    const queued = [client.ask('tools/call', { name: 'tool' }), client.ask('tools/list')];
    await client.request('ping', {}, { deadline: 500 }).catch(() => client.cancelled.add(client.lastId));
    client.child.kill('SIGTERM');
    for (const id of sent) assertBridgeError(await client.answer(id), /signal.*carried out/, { mayHaveRun: true });
    for (const id of queued) assertBridgeError(await client.answer(id), /signal(?!.*carried out)/, { mayHaveRun: false });

    const down = await startStage(t);
    await down.close();
    for (const options of [{}, { helper: ['sleep', '60'] }]) {
      const waiting = startClient(t, down.url, options);
      const id = waiting.ask('initialize', {});
      await pause(300);
      waiting.child.kill('SIGTERM');
      assertBridgeError(await waiting.answer(id), /signal/, { mayHaveRun: false });
    }
  });

  test('it is false again for what the server refused to carry out', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.status(429, { 'Retry-After': '20' }) } });
    const client = await connect(t, stage);
    const id = client.ask('tools/call', { name: 'tool' });
    await stage.until('tools/call');
    while (!/429/.test(client.stderr)) await pause(10);
    client.child.kill('SIGTERM');
    assertBridgeError(await client.answer(id), /signal/, { mayHaveRun: false });
  });
});

describe('cancelled', { concurrency: 4 }, () => {
  test('while the server wants to be asked again later: it is not asked again, and nothing is written', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.status(429, { 'Retry-After': '1' }) } });
    const client = await connect(t, stage);
    const id = client.ask('tools/call', { name: 'tool' });
    await stage.until('tools/call');
    while (!/429/.test(client.stderr)) await pause(10);
    client.cancel(id);
    await pause(1500);
    await client.request('ping');
    assert.equal(stage.of('tools/call').length, 1);
    assert.ok(!client.lines.some(({ message }) => message.id === id));
  });

  test('a safe request whose connection breaks is not repeated', async (t) => {
    let call;
    const stage = await startStage(t, { on: { 'tools/list': (x) => void (call = x) } });
    const client = await connect(t, stage);
    const id = client.ask('tools/list');
    await stage.until('tools/list');
    client.cancel(id);
    await stage.until('notifications/cancelled');
    call.cut();
    await pause(500);
    await client.request('ping');
    assert.equal(stage.of('tools/list').length, 1);
    assert.ok(!client.lines.some(({ message }) => message.id === id));
  });

  test('of two requests with one id the later one, then the earlier one', async (t) => {
    const calls = [];
    const stage = await startStage(t, { on: { 'x/twice': (x) => void calls.push(x) } });
    const client = await connect(t, stage);
    client.ask('x/twice', { n: 1 }, { id: 'same' });
    await stage.until('x/twice', 1);
    client.ask('x/twice', { n: 2 }, { id: 'same' });
    await stage.until('x/twice', 2);
    client.cancel('same');
    await stage.until('notifications/cancelled', 1);
    calls[1].cut();
    calls[0].result({ n: 1 });
    assert.deepEqual((await client.answer('same')).result, { n: 1 });
    await client.request('ping');
    await pause(300);
    assert.equal(client.lines.filter(({ message }) => message.id === 'same').length, 1);
  });

  test('after the end of stdin nothing is waited for', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': () => {} } });
    const client = await connect(t, stage);
    const id = client.ask('tools/call', { name: 'tool' });
    await stage.until('tools/call');
    client.cancel(id);
    const ended = performance.now();
    client.child.stdin.end();
    assert.equal((await client.exit()).code, 0);
    assert.ok(performance.now() - ended < 3000, `${performance.now() - ended} ms`);
    assert.equal(stage.of('notifications/cancelled').length, 1);
    assert.ok(!client.lines.some(({ message }) => message.id === id));
  });

  test('four uploads that are cancelled do not keep a response from the server', async (t) => {
    const stage = await startStage(t, { on: { GET: (x) => x.events(event({ jsonrpc: '2.0', id: 's1', method: 'roots/list' })) } });
    const client = await connect(t, stage);
    await client.take(({ id }) => id === 's1');
    const serve = stage.serve.bind(stage);
    let begun = 0;
    const held = [];
    stage.serve = async (request, response) => {
      if (request.headers['content-length'] > 1 << 20) {
        begun += 1;
        await new Promise((goOn) => held.push(goOn));
      }
      return serve(request, response);
    };
    const ids = Array.from({ length: 4 }, () => client.ask('tools/call', { name: 'tool', arguments: { text: 'x'.repeat(8 << 20) } }));
    while (begun < 4) await pause(10);
    for (const id of ids) client.cancel(id);
    client.send({ jsonrpc: '2.0', id: 's1', result: { roots: [] } });
    await stage.until('response', 1, 30_000);
    assert.equal(stage.of('notifications/cancelled').length, 0);
    for (const goOn of held) goOn();
    await stage.until('notifications/cancelled', 4, 30_000);
  });
});

describe('batches', { concurrency: 4 }, () => {
  const legacy = { revision: '2025-03-26' };

  test('a member that is cancelled is owed no answer, the others are', async (t) => {
    let batch;
    const stage = await startStage(t, { ...legacy, on: { batch: (x) => void (batch = x) } });
    const client = await connect(t, stage);
    client.send(batchOf({ id: 'b1', method: 'x/1' }, { id: 'b2', method: 'x/2' }));
    await stage.until('batch');
    client.notify('notifications/cancelled', { requestId: 'b2' });
    await stage.until('notifications/cancelled');
    batch.json([{ jsonrpc: '2.0', id: 'b1', result: {} }]);
    assert.deepEqual((await client.take(Array.isArray)).message, [{ jsonrpc: '2.0', id: 'b1', result: {} }]);
    await client.request('ping');
    assert.ok(!client.lines.some(({ text }) => text.includes('"b2"')), 'nothing is written for it');
  });

  test('a cancellation within a batch cancels', async (t) => {
    let call;
    const stage = await startStage(t, { ...legacy, on: { 'x/slow': (x) => void (call = x), batch: (x) => x.status(202) } });
    const client = await connect(t, stage);
    const id = client.ask('x/slow');
    await stage.until('x/slow');
    client.cancelled.add(id);
    client.send(batchOf({ method: 'notifications/cancelled', params: { requestId: id } }, { method: 'notifications/x' }));
    await stage.until('batch');
    call.cut();
    await client.request('ping');
    await pause(200);
    assert.ok(!client.lines.some(({ message }) => message.id === id));
  });

  test('one error without an id is the answer to each request of a batch', async (t) => {
    for (const status of [200, 400]) {
      const stage = await startStage(t, { ...legacy, on: { batch: (x) => x.json('{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no batches"}}', { status }) } });
      const client = await connect(t, stage);
      client.send(batchOf({ id: 'b1', method: 'x/1' }, { method: 'x/2' }, { id: 3.0, method: 'x/3' }));
      const error = (id) => ({ jsonrpc: '2.0', id, error: { code: -32600, message: 'no batches' } });
      assert.deepEqual((await client.take(Array.isArray)).message, [error('b1'), error(3)]);
    }
  });

  test('a list of tools in a batch is cut as any other', async (t) => {
    const tools = ['read', 'write'].map((name) => ({ name, inputSchema: { type: 'object' } }));
    const answers = (ids) => ids.map((id) => ({ jsonrpc: '2.0', id, result: id === 'list' ? { tools } : {} }));
    const stage = await startStage(t, { ...legacy, on: { batch: (x) => (x.count === 1 ? x.json(answers(['other', 'list'])) : x.events(event(answers(['list'])), event(answers(['other'])[0])).end()) } });
    const client = await connect(t, stage, { options: ['--ignore-tool', 'write'] });
    for (const first of [true, false]) {
      client.send(batchOf({ id: 'list', method: 'tools/list' }, { id: 'other', method: 'x/1' }));
      const { message } = await client.take(Array.isArray);
      assert.deepEqual(message.find(({ id }) => id === 'list').result.tools, [tools[0]], `first: ${first}`);
    }
    await client.answer('other');
  });

  test('one of revision 2026-07-28 carries the revision and no session', async (t) => {
    const stage = await startStage(t);
    const client = await connect(t, stage);
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    client.send(batchOf({ id: 'm', method: 'x/1', params: { _meta } }));
    await client.take(Array.isArray);
    const { headers } = stage.of('batch')[0];
    assert.deepEqual([headers['mcp-protocol-version'], headers['mcp-session-id']], ['2026-07-28', undefined]);
  });
});

describe('streams', { concurrency: 4 }, () => {
  test('notifications that are answered with streams without an end keep nothing waiting', async (t) => {
    const stage = await startStage(t, { on: { 'notifications/initialized': (x) => void x.events(': open\n\n'), 'notifications/x': (x) => void x.events(event({ jsonrpc: '2.0', method: 'x/seen' })) } });
    const client = startClient(t, stage.url);
    await client.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } });
    const sent = performance.now();
    client.notify('notifications/initialized');
    await client.request('ping');
    await client.call();
    assert.ok(performance.now() - sent < 1500, 'its status is all that is waited for');
    for (let n = 0; n < 8; n += 1) client.notify('notifications/x');
    for (let n = 0; n < 8; n += 1) await client.take(({ method }) => method === 'x/seen');
    client.notify('notifications/last');
    await stage.until('notifications/last');
  });

  test('half an event that is never completed keeps no large answer waiting', async (t) => {
    const stage = await startStage(t, { on: { GET: (x) => void x.events('data: {"half":'), 'tools/call': (x) => x.result({ text: 'x'.repeat(30 << 20) }) } });
    const client = await connect(t, stage);
    await stage.until('GET');
    assert.equal((await client.call('tool', {}, { deadline: 30_000 })).result.text.length, 30 << 20);
  });

  test('a server that never closes a stream does not use up all connections', async (t) => {
    const stage = await startStage(t, { format: 'sse', on: { 'x/open': (x) => void x.events(event({ jsonrpc: '2.0', id: x.message.id, result: {} })) } });
    const client = await connect(t, stage);
    for (let n = 0; n < 100; n += 1) assert.deepEqual((await client.request('x/open')).result, {});
    const open = await new Promise((done, failed) => stage.server.getConnections((error, count) => (error ? failed(error) : done(count))));
    assert.ok(open <= 16 + 6, `${open} connections are open`);
  });

  test('an event that comes again in each connection is not a new one', async (t) => {
    const again = event({ jsonrpc: '2.0', method: 'x/again' }, { id: 'p1', retry: 10 });
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.events(again).end(), GET: (x) => (x.headers['last-event-id'] ? x.events(again).end() : x.status(405)) } });
    const client = await connect(t, stage);
    assertBridgeError(await client.call(), /ended its stream/, { mayHaveRun: true });
    assert.equal(stage.of('GET').filter(({ headers }) => headers['last-event-id']).length, 10);
    assert.equal(client.lines.filter(({ message }) => message.method === 'x/again').length, 1);
  });

  test('after the end of stdin no stream is opened, and what waits for one gets an error', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.events(event('', { id: 'p1', retry: 400 })).end() } });
    const client = await connect(t, stage);
    await stage.until('GET');
    const id = client.ask('tools/call', { name: 'tool' });
    await stage.until('tools/call');
    const ended = performance.now();
    client.child.stdin.end();
    assertBridgeError(await client.answer(id), /ended its stream/, { mayHaveRun: true });
    assert.equal((await client.exit()).code, 0);
    assert.ok(performance.now() - ended < 2000 + slack);
    assert.equal(stage.of('GET').length, 1);
  });

  test('a GET that is answered with something else than a stream is not asked for for ever', async (t) => {
    const stage = await startStage(t, { on: { GET: (x) => x.status(200, { 'Content-Type': 'text/html' }, 'data: {"jsonrpc":"2.0","method":"x/page"}\n\n') } });
    const client = await connect(t, stage);
    await stage.until('GET');
    await client.call();
    assert.ok(!client.lines.some(({ message }) => message.method === 'x/page'), 'a page is no stream');
  });

  test('a server that closes its stream at once and asks for no pause gets one', async (t) => {
    const stage = await startStage(t, { on: { GET: (x) => x.events(': nothing\n', 'retry: 0\n\n').end() } });
    const client = await connect(t, stage);
    await stage.until('GET', 2);
    await pause(1000);
    assert.ok(stage.of('GET').length <= 13, `${stage.of('GET').length} times in a second`);
    await client.call();
  });

  test('line ends within a string or a number are no JSON', async (t) => {
    const bodies = ['{"jsonrpc":"2.0","id":1,"result":{"a":"x\ny"}}', '{"jsonrpc":"2.0","id":1,"result":{"a":1\r\n2}}'];
    for (const format of ['json', 'sse']) {
      const answer = (x, body) => (format === 'json' ? x.json(body) : x.events(body.split(/\r\n|\n/).map((line) => `data: ${line}\r\n`).join(''), '\r\n').end());
      const stage = await startStage(t, { on: { 'x/torn': (x) => answer(x, bodies[x.count - 1].replace('"id":1', `"id":${x.message.id}`)) } });
      const client = await connect(t, stage);
      for (let n = 0; n < bodies.length; n += 1) assertBridgeError(await client.request('x/torn'), /no JSON-RPC message/, { mayHaveRun: true });
    }
  });

  test('CRLF as an escape stays in its string, and as an end of line is not part of it', async (t) => {
    const stage = await startStage(t, { on: { 'x/lines': (x) => x.events(`data: {"jsonrpc":"2.0","id":${x.message.id},\r\ndata: "result":{"a":"x\\r\\ny","b":\r\ndata: "\\u0000"}}\r\n\r\n`).end() } });
    const client = await connect(t, stage);
    const id = client.ask('x/lines');
    assert.deepEqual((await client.answer(id)).result, { a: 'x\r\ny', b: '\0' });
    assert.ok(client.lines.some(({ text }) => text === `{"jsonrpc":"2.0","id":${id},"result":{"a":"x\\r\\ny","b":"\\u0000"}}`));
  });
});

describe('messages', { concurrency: 4 }, () => {
  test('a NUL is no JSON, but as an escape it is', async (t) => {
    const stage = await startStage(t);
    const client = await connect(t, stage);
    client.send('{"jsonrpc":"2.0","id":"n","method":"x/\0"}\n');
    const { message } = await client.take(({ id }) => id === null);
    assert.equal(message.error.code, -32700);
    assert.deepEqual((await client.call('tool', { text: 'a\0b' })).result.content[0].text, 'a\0b');
  });

  test("a client's response that is too long is not taken for a request", async (t) => {
    const stage = await startStage(t, { on: { 'x/held': () => {} } });
    const client = await connect(t, stage, { options: ['--max-message', '2000'] });
    const id = client.ask('x/held');
    await stage.until('x/held');
    client.send({ jsonrpc: '2.0', id, result: { text: 'x'.repeat(3000) } });
    const { message } = await client.take(({ error }) => error?.code === -32600);
    assert.equal(message.id, null);
    client.child.kill('SIGTERM');
    assertBridgeError(await client.answer(id), /signal/);
  });

  test('an answer to a request that waits in the queue is not given to it', async (t) => {
    const stage = await startStage(t, { on: { 'x/held': () => {} } });
    const client = await connect(t, stage);
    for (let n = 0; n < 99; n += 1) client.ask('x/held');
    stage.on['x/stray'] = (x) => x.events(event({ jsonrpc: '2.0', id: 'queued', result: { stray: true } }), event({ jsonrpc: '2.0', id: x.message.id, result: {} })).end();
    await stage.until('x/held', 99);
    const stray = client.ask('x/stray');
    client.ask('tools/call', { name: 'tool', arguments: { text: 'own' } }, { id: 'queued' });
    await client.answer(stray);
    assert.equal((await client.answer('queued')).result.content?.[0].text, 'own');
    client.child.kill('SIGTERM');
    await client.exit();
  });
});

test('a helper that is deaf to SIGTERM is killed with its group within 100 ms of a signal', async (t) => {
  const stage = await startStage(t);
  const client = startClient(t, stage.url, { helper: ['sh', '-c', 'trap : TERM INT HUP; while :; do sleep 48.13; done'] });
  const id = client.ask('initialize', {});
  await pause(400);
  const sent = performance.now();
  client.child.kill('SIGTERM');
  const { code, at } = await client.ended;
  assert.equal(code, 0);
  assert.ok(at - sent < 100 + slack, `${at - sent} ms`);
  assertBridgeError(await client.answer(id), /signal/, { mayHaveRun: false });
  const { execFileSync } = await import('node:child_process');
  assert.ok(!execFileSync('ps', ['-eo', 'args']).toString().includes('sleep 48.13'), 'the helper and its children are gone');
});

describe('notifications without a status', { concurrency: 2 }, () => {
  const elicitation = event({ jsonrpc: '2.0', id: 'ask', method: 'elicitation/create', params: { message: 'go?' } });

  /** A client whose call waits for an elicitation's answer, while the server leaves a dozen notifications without a status. */
  const crowded = async (t) => {
    const on = { 'tools/call': (x) => void x.events(elicitation), 'notifications/progress': () => {} };
    const stage = await startStage(t, { on });
    const client = await connect(t, stage);
    const id = client.ask('tools/call', { name: 'tool' });
    await client.take(({ method }) => method === 'elicitation/create');
    for (let progress = 0; progress < 12; progress += 1) client.notify('notifications/progress', { progressToken: 1, progress });
    await stage.until('notifications/progress', 4);
    return { stage, client, id };
  };

  test("hold up neither the answer to a request of the server nor a cancellation", async (t) => {
    const { stage, client, id } = await crowded(t);
    client.send({ jsonrpc: '2.0', id: 'ask', result: { action: 'accept' } });
    client.cancel(id);
    await Promise.all(['response', 'notifications/cancelled'].map((kind) => stage.until(kind, 1, 12_000)));
    assert.equal(stage.of('notifications/progress').length, 12);
  });

  test('are given up after 30 s, and told of', async (t) => {
    const { stage, client, id } = await crowded(t);
    const isTold = () => client.stderr.includes(`notifications/progress was not delivered: ${stage.origin} gave no status in 30 s: it leaves the POST without an answer; look at the log of the MCP server\n`);
    const end = performance.now() + 45_000;
    while (!isTold() && performance.now() < end) await pause(50);
    assert.ok(isTold(), client.stderr);
    client.cancel(id);
  });
});
