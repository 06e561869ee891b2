// Answers that are none: whatever the server says, the request gets exactly one answer, and it says what was wrong.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const json = { 'Content-Type': 'application/json' };

/** What the server does, and what the error says. */
const faults = {
  '202 to a request': [(x) => x.status(202), /202/, { httpStatus: 202 }],
  '204 to a request': [(x) => x.status(204), /204/, { httpStatus: 204 }],
  'an empty 200': [(x) => x.status(200, json), /empty/],
  'an empty 200 without a type': [(x) => x.status(200), /its body is empty/],
  HTML: [(x) => x.status(200, { 'Content-Type': 'text/html; charset=utf-8' }, '<html>Sign in</html>'), /text\/html/],
  'another type': [(x) => x.status(200, { 'Content-Type': 'application/octet-stream' }, 'abc'), /octet-stream/],
  'invalid JSON': [(x) => x.status(200, json, '{"jsonrpc":"2.0","id":'), /JSON/],
  'JSON that is no message': [(x) => x.status(200, json, '"text"'), /JSON|message|answer/],
  'another id': [(x) => x.json({ jsonrpc: '2.0', id: 'nobody', result: {} }), /its answer has the id of no request/, { mayHaveRun: true }],
  'a result with id null': [(x) => x.json({ jsonrpc: '2.0', id: null, result: {} }), /its answer has the id of no request/, { mayHaveRun: true }],
  'invalid JSON in an event': [(x) => x.events('data: {"jsonrpc":\n\n').end(), /JSON|stream/],
  'another id in an event': [(x) => x.events(event({ jsonrpc: '2.0', id: 'nobody', result: {} })).end(), /id|answer|stream/],
  'events without a message': [(x) => x.events(': nothing\n\n').end(), /stream/],
  '404 without a session': [(x) => x.status(404, { 'Content-Type': 'text/plain' }, 'not found'), /404/, { httpStatus: 404 }],
  '400 without JSON': [(x) => x.status(400, {}, 'bad'), /400/, { httpStatus: 400 }],
  500: [(x) => x.status(500, { 'Content-Type': 'text/html' }, '<html>'), /500/, { httpStatus: 500 }],
  '500 with JSON that is no message': [(x) => x.status(500, json, '{"error":"internal"}'), /500/, { httpStatus: 500 }],
  'too many header fields': [(x) => x.status(200, Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`X-${n}`, 'x'])), '{}'), /header/],
  'a header block beyond 64 KiB': [(x) => x.status(200, { 'X-Long': 'x'.repeat(80_000) }, '{}'), /header/],
  'no HTTP': [(x) => x.request.socket.end('hello\r\n\r\n'), /HTTP/],
};

describe('one answer to each', { concurrency: 8 }, () => {
  for (const [name, [act, message, data]] of Object.entries(faults)) {
    test(name, async (t) => {
      const stage = await startStage(t, { session: undefined, on: { 'tools/call': act } });
      const client = await connect(t, stage);
      assertBridgeError(await client.call(), message, data);
      assert.deepEqual((await client.request('ping')).result, {}, 'the next request is served');
      assert.equal(stage.of('tools/call').length, 1, 'a tool call is not repeated');
    });
  }
});

describe("the server's own error", { concurrency: 8 }, () => {
  for (const status of [200, 400, 403, 404, 405, 409, 422, 500, 503]) {
    test(`in the body of ${status} is the answer`, async (t) => {
      const stage = await startStage(t, { session: undefined, on: { 'tools/call': (x) => x.error(status, -32050, 'its own', { data: { n: 1 } }) } });
      const client = await connect(t, stage);
      const id = client.ask('tools/call', { name: 'tool' });
      assert.deepEqual(await client.answer(id), { jsonrpc: '2.0', id, error: { code: -32050, message: 'its own', data: { n: 1 } } });
      assert.equal(stage.of('tools/call').length, 1);
    });
  }

  for (const [name, head] of [['id null', '"id": null, '], ['no id', '']]) {
    test(`with ${name} gets the id of its request, the rest is unchanged`, async (t) => {
      const stage = await startStage(t, { session: undefined, on: { 'tools/call': (x) => x.json(`{${head}"jsonrpc":"2.0","error":{"code":-32602,"message":"n\\u006f","data":1e400}}`, { status: 400 }) } });
      const client = await connect(t, stage);
      client.ask('tools/call', { name: 'tool' }, { id: 'mine' });
      await client.answer('mine');
      const { text } = client.lines.find(({ message }) => message.id === 'mine');
      assert.ok(text.includes('"error":{"code":-32602,"message":"n\\u006f","data":1e400}'), text);
    });
  }

  test('an error with id null in an event stream', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.events(event({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'no' } })).end() } });
    const client = await connect(t, stage);
    assert.equal((await client.call()).error.code, -32700);
  });

  test('a content type in capitals, with parameters', async (t) => {
    const stage = await startStage(t, {
      on: {
        'x/json': (x) => x.status(200, { 'Content-Type': 'Application/JSON; Charset=UTF-8' }, JSON.stringify({ jsonrpc: '2.0', id: x.message.id, result: {} })),
        'x/sse': (x) => x.status(200, { 'Content-Type': 'TEXT/Event-Stream;charset=utf-8' }, event({ jsonrpc: '2.0', id: x.message.id, result: {} })),
      },
    });
    const client = await connect(t, stage);
    for (const method of ['x/json', 'x/sse']) assert.deepEqual((await client.request(method)).result, {}, method);
  });

  test('an answer is written when it is there, though the stream stays open', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.events(event({ jsonrpc: '2.0', id: x.message.id, result: {} })) } });
    const client = await connect(t, stage);
    assert.deepEqual((await client.call()).result, {});
  });

  test('an answer twice in one stream is written once', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.events(event({ jsonrpc: '2.0', id: x.message.id, result: { n: 1 } }), event({ jsonrpc: '2.0', id: x.message.id, result: { n: 2 } })).end() } });
    const client = await connect(t, stage);
    assert.deepEqual((await client.call()).result, { n: 1 });
    await client.request('ping');
  });
});
