// Streams: what a server sends of its own accord, the GET stream, resumption, cancellation and --request-timeout.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const progress = (n) => event({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: n } });
const isProgress = ({ method }) => method === 'notifications/progress';

describe('the server speaks', { concurrency: 8 }, () => {
  for (const method of ['sampling/createMessage', 'elicitation/create', 'roots/list', 'ping']) {
    test(`${method} on the stream of a call; the client's response is POSTed`, async (t) => {
      const stage = await startStage(t, {
        on: {
          'tools/call': (x) => {
            x.events(progress(1), event({ jsonrpc: '2.0', id: 77, method, params: {} }));
            stage.on.response = (reply) => {
              reply.status(202);
              x.response.end(event({ jsonrpc: '2.0', id: x.message.id, result: reply.message.result }));
            };
          },
        },
      });
      const client = await connect(t, stage);
      const id = client.ask('tools/call', { name: 'tool' });
      await client.take((message) => message.method === method);
      client.send({ jsonrpc: '2.0', id: 77, result: { ok: true } });
      assert.deepEqual((await client.answer(id)).result, { ok: true });
      assert.ok(client.lines.findIndex(({ message }) => isProgress(message)) < client.lines.findIndex(({ message }) => message.method === method), 'a stream stays in order');
      assert.equal(stage.of('response')[0].headers['mcp-session-id'], 'session-1');
    });
  }

  for (const [name, refuse, told] of [
    ['500', (x) => x.status(500), /^hdr-bridge: .*a response was not delivered: .*500.*$/m],
    ['400 and a JSON-RPC error', (x) => x.error(400, -32000, 'Bad Request: nobody asked', { id: null }), /^hdr-bridge: .*a response was not delivered: .*400: it says "Bad Request: nobody asked".*$/m],
    ['401 and a JSON-RPC error', (x) => x.error(401, -32001, 'who are you?', { id: null }), /^hdr-bridge: .*a response was not delivered: .*401.*$/m],
  ]) {
    test(`a client's response that is answered with ${name} is a line on stderr`, async (t) => {
      const stage = await startStage(t, { on: { response: refuse } });
      const client = await connect(t, stage);
      client.send({ jsonrpc: '2.0', id: 'nobody', result: {} });
      await stage.until('response');
      await client.call();
      for (let n = 0; n < 100 && !told.test(client.stderr); n += 1) await new Promise((done) => setTimeout(done, 10));
      assert.match(client.stderr, told);
      assert.equal(stage.of('response').length, 1);
    });
  }
});

describe('the GET stream', { concurrency: 8 }, () => {
  test('is opened after initialized and relayed', async (t) => {
    const stage = await startStage(t, { on: { GET: (x) => x.events(event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })) } });
    const client = await connect(t, stage);
    await client.take(({ method }) => method === 'notifications/tools/list_changed');
    assert.ok(stage.kinds.indexOf('GET') > stage.kinds.indexOf('initialize'));
  });

  test('is open before the first call, so that nothing is lost that the server asks on it', async (t) => {
    const stage = await startStage(t);
    stage.on.GET = async (x) => {
      await pause(300);
      stage.opened = x.events();
    };
    stage.on['tools/call'] = (x) => {
      stage.opened?.write(event({ jsonrpc: '2.0', id: 77, method: 'sampling/createMessage', params: {} }));
      stage.on.response = (reply) => {
        reply.status(202);
        x.result(reply.message.result);
      };
    };
    const client = await connect(t, stage);
    const id = client.ask('tools/call', { name: 'tool' });
    await client.take(({ method }) => method === 'sampling/createMessage');
    client.send({ jsonrpc: '2.0', id: 77, result: { ok: true } });
    assert.deepEqual((await client.answer(id)).result, { ok: true });
  });

  test('that the server does not answer holds calls up for a second', async (t) => {
    const stage = await startStage(t, { on: { GET: () => {} } });
    const client = await connect(t, stage);
    await client.call();
    const waited = stage.of('tools/call')[0].at - stage.of('GET')[0].at;
    assert.ok(waited > 950 && waited < 1700, `${waited} ms`);
  });

  test('405: never again in this session', async (t) => {
    const stage = await startStage(t);
    const client = await connect(t, stage);
    await stage.until('GET');
    await pause(1500);
    await client.call();
    assert.equal(stage.of('GET').length, 1);
  });

  test('is resumed with the last id after retry', async (t) => {
    const stage = await startStage(t, { on: { GET: (x) => (x.count === 1 ? x.events(event({ jsonrpc: '2.0', method: 'x/1' }, { id: 'e1', retry: 300 })).end() : x.events(event({ jsonrpc: '2.0', method: 'x/1' }, { id: 'e1' }), event({ jsonrpc: '2.0', method: 'x/2' }, { id: 'e2' }))) } });
    const client = await connect(t, stage);
    await client.take(({ method }) => method === 'x/2');
    const [first, second] = stage.of('GET');
    assert.equal(first.headers['last-event-id'], undefined);
    assert.equal(second.headers['last-event-id'], 'e1');
    assert.ok(second.at - first.at >= 250 && second.at - first.at < 900, `${second.at - first.at} ms`);
    assert.equal(client.lines.filter(({ message }) => message.method === 'x/1').length, 1, 'an event seen twice is written once');
  });
});

describe('resumption of a call', { concurrency: 8 }, () => {
  const answered = (x, result) => event({ jsonrpc: '2.0', id: x.message.id, result });

  for (const how of ['closed', 'cut', 'polling']) {
    test(`${how} after an event with an id: GET with Last-Event-ID after retry`, async (t) => {
      let call;
      const stage = await startStage(t, {
        on: {
          'tools/call': async (x) => {
            call = x;
            const first = how === 'polling' ? event('', { id: 'p1', retry: 200 }) : event({ jsonrpc: '2.0', method: 'x/1' }, { id: 'p1', retry: 200 });
            x.events(first);
            await pause(30);
            if (how === 'cut') x.cut();
            else x.response.end();
          },
          GET: (x) => {
            if (x.headers['last-event-id'] === undefined) return x.status(405);
            if (x.count < 3) return x.events(event({ jsonrpc: '2.0', method: 'x/2' }, { id: 'p2' })).end();
            return x.events(answered(call, { resumed: true })).end();
          },
        },
      });
      const client = await connect(t, stage);
      await stage.until('GET');
      assert.deepEqual((await client.call()).result, { resumed: true });
      assert.deepEqual(stage.of('GET').map(({ headers }) => headers['last-event-id']), [undefined, 'p1', 'p2']);
      assert.equal(stage.of('tools/call').length, 1);
    });
  }

  test('10 connections without a new event: an error', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.events(event('', { id: 'p1', retry: 20 })).end(), GET: (x) => (x.headers['last-event-id'] ? x.events(': nothing\n\n').end() : x.status(405)) } });
    const client = await connect(t, stage);
    assertBridgeError(await client.call('tool', {}, { deadline: 20_000 }), /stream|event/, { mayHaveRun: true });
    assert.equal(stage.of('GET').filter(({ headers }) => headers['last-event-id']).length, 10);
    assert.equal(stage.of('tools/call').length, 1);
  });
});

describe('cancellation', { concurrency: 8 }, () => {
  test('legacy: it is POSTed when its request is written, and a late answer is relayed', async (t) => {
    let call;
    const stage = await startStage(t, { on: { 'tools/call': (x) => void (call = x) } });
    const client = await connect(t, stage);
    await client.request('ping');
    const serve = stage.serve.bind(stage);
    let goOn;
    const begun = new Promise((done) => {
      stage.serve = async (request, response) => {
        if (request.headers['content-length'] > 1 << 20) {
          done();
          await new Promise((read) => (goOn = read));
        }
        return serve(request, response);
      };
    });
    const id = client.ask('tools/call', { name: 'tool', arguments: { text: 'x'.repeat(32 << 20) } });
    await begun;
    client.cancel(id);
    await client.request('ping');
    assert.equal(stage.of('notifications/cancelled').length, 0);
    goOn();
    await stage.until('notifications/cancelled');
    await stage.until('tools/call');
    call.result({ late: true });
    assert.deepEqual((await client.answer(id)).result, { late: true });
  });

  for (const format of ['json', 'sse']) {
    test(`legacy: an end without an answer is silence (${format})`, async (t) => {
      let call;
      const stage = await startStage(t, { format, on: { 'tools/call': (x) => ((call = x), format === 'sse' && x.events(': wait\n\n')) } });
      const client = await connect(t, stage);
      const id = client.ask('tools/call', { name: 'tool' });
      await stage.until('tools/call');
      client.cancel(id);
      await stage.until('notifications/cancelled');
      call.cut();
      await client.request('ping');
      await pause(300);
      assert.ok(!client.lines.some(({ message }) => message.id === id), 'nothing is written for it');
      assert.equal(stage.of('tools/call').length, 1, 'it is not repeated');
    });
  }

  test('in the queue: taken out, nothing is sent', async (t) => {
    const held = [];
    const stage = await startStage(t, { on: { 'x/held': (x) => void held.push(x) } });
    const client = await connect(t, stage);
    const ids = Array.from({ length: 100 }, () => client.ask('x/held'));
    const queued = client.ask('tools/call', { name: 'tool' });
    await stage.until('x/held', 100);
    client.cancel(queued);
    await client.answer(client.ask('ping', {}, { id: 'p' }), 200).catch(() => {});
    for (const one of held) one.result({});
    for (const id of ids) await client.answer(id);
    assert.deepEqual([stage.of('tools/call').length, stage.of('notifications/cancelled').length], [0, 0]);
    if (!client.lines.some(({ message }) => message.id === 'p')) await client.answer('p');
  });
});

describe('--request-timeout', { concurrency: 8 }, () => {
  test('passed: an error, and the server is told', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': () => {} } });
    const client = await connect(t, stage, { options: ['--request-timeout', '400ms'] });
    const sent = performance.now();
    const id = client.ask('tools/call', { name: 'tool' });
    assertBridgeError(await client.answer(id), /timeout|400 ?ms|time/);
    assert.ok(performance.now() - sent < 1500);
    assert.equal((await stage.until('notifications/cancelled')).message.params.requestId, id);
    assert.equal(stage.of('tools/call').length, 1);
  });

  test('each notification begins it anew', async (t) => {
    const stage = await startStage(t, {
      on: {
        'tools/call': async (x) => {
          x.events();
          for (let n = 0; n < 5; n += 1) {
            await pause(250);
            x.response.write(progress(n));
          }
          x.response.end(event({ jsonrpc: '2.0', id: x.message.id, result: {} }));
        },
      },
    });
    const client = await connect(t, stage, { options: ['--request-timeout', '600ms'] });
    assert.deepEqual((await client.call()).result, {});
    assert.equal(client.lines.filter(({ message }) => isProgress(message)).length, 5);
  });
});
