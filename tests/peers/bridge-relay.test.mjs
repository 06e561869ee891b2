// How messages go through the bridge: bytes, ids, batches, order, the limits of what is in flight, and what lines are refused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect, startClient } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

describe('bytes', { concurrency: 8 }, () => {
  test('a line is one body, unchanged; its CR, empty lines and the end of the last line are not part of it', async (t) => {
    const stage = await startStage(t);
    const client = await connect(t, stage);
    const lines = ['{ "jsonrpc":"2.0","id":"é\\u00e9", "method":"x/one","a":1,"a":1e400 }', '{"jsonrpc":"2.0","method":"x/two","id":12345678901234567890123}'];
    client.send(`${lines[0]}\r\n\r\n\n${lines[1]}`);
    client.child.stdin.end();
    const [one, two] = [await stage.until('x/one'), await stage.until('x/two')];
    assert.deepEqual([one.body, two.body], lines);
    for (const { headers, body } of [one, two]) {
      assert.equal(headers['content-length'], String(Buffer.byteLength(body)));
      assert.equal(headers['transfer-encoding'], undefined);
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers.accept, 'application/json, text/event-stream');
      assert.match(headers['user-agent'], /^hdr-bridge\/\d/);
      for (const name of ['expect', 'accept-encoding', 'cookie']) assert.equal(headers[name], undefined);
    }
    await client.exit();
    assert.ok(client.lines.some(({ text }) => text.includes('"id":12345678901234567890123') || text.includes('"id":1.2345678901234568e+22')), 'the last line was answered');
  });

  test('an answer is one line with its bytes; only line ends between tokens are gone', async (t) => {
    const odd = (id) => `{\r\n  "jsonrpc": "2.0",\n "id": ${id},\n "result": { "n": 12345678901234567890, "x": 1e400, "d": 1, "d": 2, "s": "\\u00e9\\/ \\r\\n" }\n}`;
    const stage = await startStage(t, {
      on: {
        'x/json': (x) => x.json(odd(x.message.id)),
        'x/sse': (x) => x.events(`: comment\nevent: message\ndata: ${odd(x.message.id).replaceAll('\r', '').replaceAll('\n', '\ndata: ')}\n\n`).end(),
      },
    });
    const client = await connect(t, stage);
    for (const method of ['x/json', 'x/sse']) {
      const id = client.ask(method);
      await client.answer(id);
      const { text } = client.lines.find(({ message }) => message.id === id);
      assert.equal(text, odd(id).replaceAll(/[\r\n]/g, ''), method);
    }
  });

  test('an event stream with a byte order mark, lone CRs and ignored fields, split at every byte', async (t) => {
    const stage = await startStage(t, {
      on: {
        'tools/call': async (x) => {
          const message = JSON.stringify({ jsonrpc: '2.0', id: x.message.id, result: { text: 'é', content: [] } });
          const response = x.events();
          response.socket.setNoDelay(true);
          const bytes = Buffer.from(`\ufeff: hello\revent: ping\rdata: {"not":"ours"}\r\rid: 1\0\rretry: x\rdata\r\revent: message\rdata: ${message}\r\r`);
          for (const byte of bytes) {
            response.write(Buffer.of(byte));
            await pause(0);
          }
          response.end();
        },
      },
    });
    const client = await connect(t, stage);
    const { result } = await client.call();
    assert.equal(result.text, 'é');
    assert.ok(!client.lines.some(({ text }) => text.includes('not')), 'an event of another name is ignored');
  });

  test('gzip that was not asked for is decoded', async (t) => {
    const { gzipSync } = await import('node:zlib');
    const stage = await startStage(t, {
      on: { 'tools/call': (x) => x.status(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, gzipSync(JSON.stringify({ jsonrpc: '2.0', id: x.message.id, result: { zipped: true } }))) },
    });
    const client = await connect(t, stage);
    assert.deepEqual((await client.call()).result, { zipped: true });
  });
});

describe('ids', { concurrency: 8 }, () => {
  test('a number is compared by its value, a string with strings alone', async (t) => {
    const stage = await startStage(t, {
      on: {
        'x/number': (x) => x.json('{"jsonrpc":"2.0","id":7.0,"result":{}}'),
        'x/string': (x) => x.json('{"jsonrpc":"2.0","id":"\\u0061","result":{}}'),
        'x/other': (x) => x.json('{"jsonrpc":"2.0","id":"9","result":{}}'),
      },
    });
    const client = await connect(t, stage);
    assert.deepEqual((await client.request('x/number', {}, { id: 7 })).result, {});
    assert.deepEqual((await client.request('x/string', {}, { id: 'a' })).result, {});
    assertBridgeError(await client.request('x/other', {}, { id: 9 }), /its answer has the id of no request/, { mayHaveRun: true });
  });

  test('two requests in flight with the same id are both answered, each with its own', async (t) => {
    const held = [];
    const stage = await startStage(t, {
      on: {
        'x/same': (x) => {
          held.push(x);
          if (held.length === 2) for (const one of held.toReversed()) one.result({ of: one.message.params.n });
        },
      },
    });
    const client = await connect(t, stage);
    client.ask('x/same', { n: 1 }, { id: 'same' });
    client.ask('x/same', { n: 2 }, { id: 'same' });
    const answers = [await client.answer('same'), await client.answer('same')];
    assert.deepEqual(answers.map(({ result }) => result.of).sort(), [1, 2]);
  });

  test('an answer to another request in flight is given to that one, and its own exchange gets an error', async (t) => {
    let slow;
    const stage = await startStage(t, {
      on: {
        'x/slow': (x) => void (slow = x),
        'x/quick': (x) => x.json({ jsonrpc: '2.0', id: slow.message.id, result: { for: 'slow' } }),
      },
    });
    const client = await connect(t, stage);
    const waiting = client.ask('x/slow');
    await stage.until('x/slow');
    assertBridgeError(await client.request('x/quick'), /its answer is to another request/, { mayHaveRun: true });
    assert.deepEqual((await client.answer(waiting)).result, { for: 'slow' });
    slow.result({ late: true });
  });
});

describe('batches', { concurrency: 8 }, () => {
  const batch = '[{"jsonrpc":"2.0","id":"b1","method":"ping"},{"jsonrpc":"2.0","method":"x/note"},{"jsonrpc":"2.0","id":"b2","method":"tools/call","params":{"name":"t"}}]';
  const ids = (message) => message.map(({ id }) => id).sort();

  test('a batch is one POST and is answered by an array', async (t) => {
    const stage = await startStage(t, { revision: '2025-03-26' });
    const client = await connect(t, stage);
    client.send(`${batch}\n`);
    const { message } = await client.take(Array.isArray);
    assert.deepEqual(ids(message), ['b1', 'b2']);
    assert.equal(stage.of('batch')[0].body, batch);
  });

  test('a batch is answered by events, one line each', async (t) => {
    const answer = (id) => event({ jsonrpc: '2.0', id, result: {} });
    const stage = await startStage(t, { revision: '2025-03-26', on: { batch: (x) => x.events(answer('b2'), answer('b1')).end() } });
    const client = await connect(t, stage);
    client.send(`${batch}\n`);
    await client.answer('b2');
    await client.answer('b1');
  });

  test('a batch that cannot be answered gets one line with an error for each request in it', async (t) => {
    const stage = await startStage(t, { revision: '2025-03-26', on: { batch: (x) => x.status(500) } });
    const client = await connect(t, stage);
    client.send(`${batch}\n`);
    const { message } = await client.take(Array.isArray);
    assert.deepEqual(ids(message), ['b1', 'b2']);
    for (const one of message) assertBridgeError(one, /500/, { httpStatus: 500 });
    assert.equal(stage.of('batch').length, 1);
  });
});

describe('order', { concurrency: 8 }, () => {
  test('after initialize nothing but responses and pings is sent until its answer is there', async (t) => {
    let opening;
    const stage = await startStage(t, { on: { initialize: (x) => void (opening = x) } });
    const client = startClient(t, stage.url);
    const first = client.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } });
    const list = client.ask('tools/list');
    client.ask('ping', {}, { id: 'p' });
    await stage.until('initialize');
    await client.answer('p');
    await pause(150);
    assert.deepEqual(stage.kinds.sort(), ['initialize', 'ping']);
    opening.result({ protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'stage', version: '1' } });
    await client.answer(first);
    await client.answer(list);
  });

  test('after initialized nothing is sent until its status has come, 2 seconds at most', async (t) => {
    const stage = await startStage(t, { on: { 'notifications/initialized': () => {} } });
    const client = await connect(t, stage);
    const sent = performance.now();
    const id = client.ask('tools/list');
    await stage.until('notifications/initialized');
    await pause(300);
    assert.equal(stage.of('tools/list').length, 0);
    await client.answer(id);
    const waited = stage.of('tools/list')[0].at - sent;
    assert.ok(waited > 1500 && waited < 3000, `${waited} ms`);
  });

  test('POSTs start in the order of the lines and do not wait for each other', async (t) => {
    const held = [];
    const stage = await startStage(t, { on: { 'x/held': (x) => void held.push(x) } });
    const client = await connect(t, stage);
    const ids = Array.from({ length: 20 }, (_, n) => client.ask('x/held', { n }));
    await stage.until('x/held', 20);
    for (const one of held.toReversed()) one.result({ n: one.message.params.n });
    for (const [n, id] of ids.entries()) assert.equal((await client.answer(id)).result.n, n);
  });
});

describe('limits', { concurrency: 8 }, () => {
  test('100 requests are in flight, the others wait in order', async (t) => {
    const held = [];
    const stage = await startStage(t, { on: { 'x/held': (x) => void held.push(x) } });
    const client = await connect(t, stage);
    const ids = Array.from({ length: 103 }, (_, n) => client.ask('x/held', { n }));
    await stage.until('x/held', 100);
    await pause(200);
    assert.equal(held.length, 100);
    held[50].result({});
    assert.equal((await stage.until('x/held', 101)).message.params.n, 100);
    for (let answered = 0; answered < 103; answered += 1) {
      const one = await stage.until('x/held', answered + 1);
      if (answered !== 50) one.result({});
    }
    for (const id of ids) await client.answer(id);
  });

  test("an elicitation's answer reaches a server for which 110 calls wait", async (t) => {
    const held = [];
    const stage = await startStage(t, {
      on: {
        'tools/call': (x) => {
          held.push(x);
          x.events(held.length === 1 ? event({ jsonrpc: '2.0', id: 'ask', method: 'elicitation/create', params: { message: 'go?' } }) : ': wait\n\n');
        },
        response: (x) => {
          x.status(202);
          stage.released = true;
          for (const one of held) one.response.end(event({ jsonrpc: '2.0', id: one.message.id, result: {} }));
        },
      },
    });
    const client = await connect(t, stage);
    const ids = Array.from({ length: 110 }, () => client.ask('tools/call', { name: 'slow' }));
    await stage.until('tools/call', 100);
    const { message } = await client.take(({ method }) => method === 'elicitation/create');
    client.send({ jsonrpc: '2.0', id: message.id, result: { action: 'accept' } });
    stage.on['tools/call'] = (x) => x.result({});
    for (const id of ids) await client.answer(id);
    assert.deepEqual(stage.of('response')[0].message.result, { action: 'accept' });
  });

  test('a line over the limit is refused with the id it has, and the next line is served', async (t) => {
    const stage = await startStage(t);
    const client = await connect(t, stage, { options: ['--max-message', '4096'] });
    const filler = 'x'.repeat(100_000);
    client.send(`{"jsonrpc":"2.0","id":"early","method":"tools/call","params":{"name":"${filler}"}}\n`);
    client.send(`{"jsonrpc":"2.0","method":"tools/call","params":{"name":"${filler}"},"id":"late"}\n`);
    assert.equal((await client.answer('early')).error.code, -32600);
    assert.equal((await client.answer(null)).error.code, -32600);
    await client.call();
    assert.equal(stage.of('tools/call').length, 1);
  });

  test('an answer over the limit is an error', async (t) => {
    for (const format of ['json', 'sse']) {
      const stage = await startStage(t, { format, on: { 'tools/call': (x) => x.result({ text: 'x'.repeat(100_000) }) } });
      const client = await connect(t, stage, { options: ['--max-message', '4096'] });
      assertBridgeError(await client.call(), /4096|large|limit/);
      assert.deepEqual((await client.request('ping')).result, {});
      assert.equal(stage.of('tools/call').length, 1, 'it is not asked for twice');
    }
  });

  test('what is no message is refused: no JSON, no UTF-8, no object', async (t) => {
    const stage = await startStage(t);
    const client = await connect(t, stage);
    const before = stage.seen.length;
    const codes = [];
    for (const line of ['{"jsonrpc":"2.0",}', Buffer.from([0x22, 0xff, 0x22]), '7', '"text"', '[]', '{"jsonrpc":"2.0","id":01,"method":"ping"}']) {
      client.send(Buffer.concat([Buffer.from(line), Buffer.from('\n')]));
      const { error } = await client.answer(null);
      codes.push(error.code);
    }
    assert.deepEqual(codes, [-32700, -32700, -32600, -32600, -32600, -32700]);
    await client.request('ping');
    assert.deepEqual(stage.kinds.slice(before).filter((kind) => kind !== 'notifications/initialized' && kind !== 'GET'), ['ping']);
  });
});
