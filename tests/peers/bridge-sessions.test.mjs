// Sessions of the revisions up to 2025-11-25: their headers, a session that the server lost, and HTTP+SSE.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertBridgeError, connect, isPeer, startClient } from './bridge-client.mjs';
import { event, startStage } from './bridge-stage.mjs';

const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } };

describe('headers of a session', { concurrency: 8 }, () => {
  for (const [revision, version] of [['2024-11-05', undefined], ['2025-03-26', undefined], ['2025-06-18', '2025-06-18'], ['2025-11-25', '2025-11-25']]) {
    for (const format of ['json', 'sse']) {
      test(`${revision} with ${format} answers`, async (t) => {
        const stage = await startStage(t, { revision, format, session: revision === '2024-11-05' ? undefined : 'session-1' });
        const client = await connect(t, stage);
        if (stage.session) await stage.until('GET');
        assert.equal((await client.call('tool', { text: 'hi' })).result.content[0].text, 'hi');
        client.child.stdin.end();
        assert.equal((await client.exit()).code, 0);
        const [first] = stage.of('initialize');
        assert.equal(first.headers['mcp-session-id'], undefined);
        for (const kind of ['notifications/initialized', 'tools/call', 'GET', 'DELETE']) {
          for (const { headers } of stage.of(kind)) {
            assert.equal(headers['mcp-session-id'], stage.session, kind);
  
          }
        }
        if (stage.session) assert.equal(stage.of('DELETE').length, 1);
        if (stage.session) assert.equal(stage.of('GET')[0].headers.accept, 'text/event-stream');
      });
    }
  }

  test("the revision is the result's, not the one that was asked for", async (t) => {
    const stage = await startStage(t, { revision: '2025-06-18' });
    const client = startClient(t, stage.url);
    await client.request('initialize', params);
    client.notify('notifications/initialized');
    await client.call();
    assert.equal(stage.of('tools/call')[0].headers['mcp-protocol-version'], '2025-06-18');
  });

  test('a notification that is answered with 200 and a body disturbs nothing', async (t) => {
    const stage = await startStage(t, { on: { 'notifications/initialized': (x) => x.json({ jsonrpc: '2.0', id: 'server', result: {} }), 'x/note': (x) => x.events(event({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 1 } })).end() } });
    const client = await connect(t, stage);
    client.notify('x/note');
    await client.take(({ method }) => method === 'notifications/message');
    await client.call();
    assert.ok(!client.lines.some(({ message }) => message.id === 'server'));
  });
});

/** A stage that knows one session at a time; `lose()` makes it forget the current one. `refuse` answers whoever shows another. */
async function forgetful(t, refuse, options = {}) {
  const stage = await startStage(t, { ...options, session: 'session-1' });
  const plain = stage.on;
  const guarded = (sound) => (x) => (x.headers['mcp-session-id'] === stage.session ? sound(x) : refuse(x));
  stage.on = {};
  for (const kind of ['tools/call', 'tools/list', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'notifications/initialized', 'notifications/x', 'response']) {
    stage.on[kind] = guarded(plain[kind] ?? ((x) => (x.message.id === undefined || x.kind === 'response' ? x.status(202) : x.result({ content: [], kind }))));
  }
  Object.assign(stage.on, Object.fromEntries(Object.entries(plain).filter(([kind]) => !(kind in stage.on))));
  let number = 1;
  stage.lose = () => (stage.session = `session-${(number += 1)}`);
  return stage;
}

const refusals = {
  404: (x) => x.status(404),
  '404 with a JSON-RPC error': (x) => x.error(404, -32001, 'Session not found', { id: null }),
  '400 with id null': (x) => x.error(400, -32000, 'Bad Request: No valid session ID provided', { id: null }),
  '400 without id': (x) => x.json('{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: Server not initialized"}}', { status: 400 }),
};

describe('a session that the server lost', { concurrency: 8 }, () => {
  for (const [name, refuse] of Object.entries(refusals)) {
    test(`${name}: a new one is opened once for all, and each refused message is sent once more`, async (t) => {
      const stage = await forgetful(t, refuse);
      const client = await connect(t, stage);
      await client.request('logging/setLevel', { level: 'info' });
      await client.request('logging/setLevel', { level: 'debug' });
      for (const uri of ['a:1', 'a:2']) await client.request('resources/subscribe', { uri });
      await client.request('resources/unsubscribe', { uri: 'a:1' });
      const before = stage.seen.length;
      stage.lose();
      const ids = [1, 2, 3].map((n) => client.ask('tools/call', { name: 'tool', arguments: { n } }));
      for (const id of ids) assert.equal((await client.answer(id)).result.kind, 'tools/call');
      const after = stage.seen.slice(before);
      const opening = after.filter(({ kind }) => kind === 'initialize');
      assert.equal(opening.length, 1);
      assert.equal(opening[0].body, stage.of('initialize')[0].body);
      assert.equal(opening[0].headers['mcp-session-id'], undefined);
      const renewed = after.filter(({ headers }) => headers['mcp-session-id'] === 'session-2').map(({ kind, message }) => [kind, message?.params?.level ?? message?.params?.uri].join(' ').trim());
      assert.deepEqual(renewed.filter((kind) => kind !== 'GET').sort(), ['logging/setLevel debug', 'notifications/initialized', 'resources/subscribe a:2', 'tools/call', 'tools/call', 'tools/call']);
      assert.equal(client.lines.filter(({ message }) => message.result?.protocolVersion).length, 1, "the second initialize's answer is swallowed");
    });
  }

  test('a notification of a lost session is sent once more, too', async (t) => {
    const stage = await forgetful(t, refusals[404]);
    const client = await connect(t, stage);
    await client.call();
    stage.lose();
    client.notify('notifications/x');
    await stage.until('notifications/x', 2);
    assert.equal(stage.of('initialize').length, 2);
    assert.equal(stage.of('notifications/x')[1].headers['mcp-session-id'], 'session-2');
  });

  test('a second loss of the same message is an error', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.status(404) } });
    const client = await connect(t, stage);
    assertBridgeError(await client.call(), /404/, { httpStatus: 404 });
    assert.equal(stage.of('tools/call').length, 2);
    assert.equal(stage.of('initialize').length, 2);
  });

  test('400 of another kind, and 404 without a session, lose nothing', async (t) => {
    const stage = await startStage(t, { on: { 'tools/call': (x) => x.error(400, -32602, 'session unknown'), 'x/other': (x) => x.error(400, -32000, 'Bad Request: no such thing', { id: null }) } });
    const client = await connect(t, stage);
    assert.equal((await client.call()).error.code, -32602);
    assert.equal((await client.request('x/other')).error.message, 'Bad Request: no such thing');
    const stateless = await startStage(t, { session: undefined, on: { 'tools/call': (x) => x.status(404) } });
    const second = await connect(t, stateless);
    assertBridgeError(await second.call(), /404/, { httpStatus: 404 });
    assert.deepEqual([stage, stateless].map((one) => one.of('initialize').length), [1, 1]);
    assert.deepEqual([stage, stateless].map((one) => one.of('tools/call').length), [1, 1]);
  });

  test('a new session of another revision: the error says to restart the server in the client', async (t) => {
    const stage = await forgetful(t, refusals[404]);
    const client = await connect(t, stage);
    await client.call();
    stage.lose();
    stage.revision = '2025-06-18';
    assertBridgeError(await client.call(), /restart/i);
    assert.equal(stage.of('tools/call').length, 2);
  });

  test('the server is killed and started anew in mid-session: what was in flight is answered, and the session goes on', async (t) => {
    const stage = await forgetful(t, refusals[404]);
    const client = await connect(t, stage);
    await client.call();
    const sound = stage.on['tools/call'];
    stage.on['tools/call'] = () => {};
    const lost = client.ask('tools/call', { name: 'tool' });
    await stage.until('tools/call', 2);
    const { port } = stage;
    await stage.close();
    assertBridgeError(await client.answer(lost), /may have|carried out/, { mayHaveRun: true });
    const next = client.ask('tools/call', { name: 'tool' });
    stage.lose();
    stage.on['tools/call'] = sound;
    await new Promise((done) => setTimeout(done, 300));
    await stage.listen(port);
    assert.equal((await client.answer(next)).result.kind, 'tools/call');
    assert.equal(stage.of('initialize').length, 2);
  });
});

/** Lets a stage speak HTTP+SSE: initialize by POST is refused with `status`, GET names `endpoint`, and answers come on that stream. */
function speakEvents(stage, status, endpoint) {
  let stream;
  const answer = (x, result) => {
    x.status(202);
    stream.write(event({ jsonrpc: '2.0', id: x.message.id, result }, { name: 'message' }));
  };
  const atEndpoint = (act) => (x) => (x.request.url === endpoint ? act(x) : x.status(status));
  stage.on = {
    GET: (x) => void (stage.stream = stream = x.events(event(endpoint, { name: 'endpoint' }))),
    initialize: atEndpoint((x) => answer(x, { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'stage', version: '1' } })),
    'tools/call': atEndpoint((x) => answer(x, { old: true })),
    ...stage.on,
  };
}

describe('HTTP+SSE', { concurrency: 8 }, () => {
  for (const status of [400, 404, 405]) {
    test(`${status} to initialize: the endpoint of the GET stream is used`, async (t) => {
      const stage = await startStage(t, { revision: '2024-11-05', session: undefined });
      speakEvents(stage, status, '/messages?sessionId=1');
      const client = await connect(t, stage, { headers: { 'X-Key': 'secret' } });
      assert.deepEqual((await client.call()).result, { old: true });
      assert.equal(stage.of('initialize').length, 2);
      for (const { headers } of stage.seen) assert.equal(headers['x-key'], 'secret');
    });
  }

  test('--transport sse asks for the stream at once, --transport http never', async (t) => {
    const stage = await startStage(t, { revision: '2024-11-05', session: undefined });
    speakEvents(stage, 404, '/messages');
    const client = await connect(t, stage, { options: ['--transport', 'sse'] });
    assert.deepEqual((await client.call()).result, { old: true });
    assert.equal(stage.of('initialize').length, 1);
    const other = startClient(t, stage.url, { options: ['--transport', 'http'] });
    assertBridgeError(await other.request('initialize', params), /404/, { httpStatus: 404 });
  });

  for (const [name, body] of [['an object', '{"ok":true}'], ['a word', '"Accepted"'], ['a text', 'Accepted']]) {
    test(`${name} as the body of a POST is no answer`, async (t) => {
      const stage = await startStage(t, { revision: '2024-11-05', session: undefined });
      speakEvents(stage, 404, '/messages');
      const client = await connect(t, stage, { options: ['--transport', 'sse'] });
      stage.on['x/told'] = (x) => {
        x.json(body);
        setTimeout(() => stage.stream.write(event({ jsonrpc: '2.0', id: x.message.id, result: { told: true } }, { name: 'message' })), 50);
      };
      assert.deepEqual((await client.request('x/told')).result, { told: true });
    });
  }

  test('--request-timeout begins anew with each notification on the stream', async (t) => {
    const stage = await startStage(t, { revision: '2024-11-05', session: undefined });
    speakEvents(stage, 404, '/messages');
    const client = await connect(t, stage, { options: ['--transport', 'sse', '--request-timeout', '600ms'] });
    stage.on['x/slow'] = async (x) => {
      x.status(202);
      for (let n = 0; n < 4; n += 1) {
        await new Promise((done) => setTimeout(done, 300));
        stage.stream.write(event({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: n } }));
      }
      stage.stream.write(event({ jsonrpc: '2.0', id: x.message.id, result: { slow: true } }));
    };
    assert.deepEqual((await client.request('x/slow')).result, { slow: true });
  });

  test('an endpoint of another origin is refused', async (t) => {
    const elsewhere = await startStage(t);
    const stage = await startStage(t, { revision: '2024-11-05', session: undefined, on: { initialize: (x) => x.status(404) } });
    speakEvents(stage, 404, `${elsewhere.origin}/messages`);
    const client = startClient(t, stage.url, { headers: { 'X-Key': 'secret' } });
    assertBridgeError(await client.request('initialize', params), /origin|endpoint/);
    assert.equal(elsewhere.connections, 0);
  });

  test('400 with a JSON-RPC error is the answer, and no stream is asked for', async (t) => {
    const stage = await startStage(t, { on: { initialize: (x) => x.error(400, -32602, 'no') } });
    const client = startClient(t, stage.url);
    assert.equal((await client.request('initialize', params)).error.code, -32602);
    assert.deepEqual(stage.kinds, ['initialize']);
  });
});
