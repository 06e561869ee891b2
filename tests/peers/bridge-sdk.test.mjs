// The MCP TypeScript SDK's stdio client, through hdr-bridge, to the SDK's own servers: revision 2025-11-25 over streamable HTTP, and HTTP+SSE.
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { bin } from './helper.mjs';
import { startSdkServer } from './bridge-sdk-server.mjs';

/** Waits until something is so, for at most ten seconds. */
async function until(isSo) {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    assert.ok(performance.now() < end, `not so after 10 s: ${isSo}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** The SDK's client with hdr-bridge as its stdio server, until the test is over. */
async function connect(t, url) {
  const client = new Client({ name: 'sdk-client', version: '1.0.0' }, { capabilities: { sampling: {}, elicitation: {}, roots: {} } });
  client.setRequestHandler(CreateMessageRequestSchema, () => ({ model: 'm', role: 'assistant', content: { type: 'text', text: 'sampled' } }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { color: 'blue' } }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///root' }] }));
  const transport = new StdioClientTransport({ command: `${bin}/hdr-bridge`, args: [url], cwd: tmpdir() });
  await client.connect(transport);
  t.after(() => client.close());
  return client;
}

const text = async (client, name, options) => (await client.callTool({ name, arguments: {} }, undefined, options)).content[0].text;

for (const path of ['/mcp', '/sse']) {
  describe(path, { concurrency: 4 }, () => {
    const start = async (t) => {
      const server = await startSdkServer();
      t.after(() => server.close());
      return { server, client: await connect(t, server.origin + path) };
    };

    test('the server asks the client: sampling, elicitation, roots', async (t) => {
      const { client } = await start(t);
      assert.deepEqual([await text(client, 'sample'), await text(client, 'elicit'), await text(client, 'roots')], ['sampled', 'blue', 'file:///root']);
    });

    test('progress comes before the answer', async (t) => {
      const { client } = await start(t);
      const seen = [];
      assert.equal(await text(client, 'progress', { onprogress: ({ progress }) => seen.push(progress) }), 'done');
      assert.deepEqual(seen, [1, 2, 3]);
    });

    test('a subscription brings updates', async (t) => {
      const { client } = await start(t);
      const updated = new Promise((done) => client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => done(params.uri)));
      await client.subscribeResource({ uri: 'note:1' });
      await text(client, 'touch');
      assert.equal(await updated, 'note:1');
      assert.equal((await client.readResource({ uri: 'note:1' })).contents[0].text, 'text');
    });

    test('a cancelled call is cancelled in the server', async (t) => {
      const { client, server } = await start(t);
      const abort = new AbortController();
      const call = client.callTool({ name: 'slow', arguments: {} }, undefined, { signal: abort.signal });
      await until(() => server.started.length > 0);
      abort.abort();
      await assert.rejects(call);
      await until(() => server.cancelled.length > 0);
      assert.equal(await text(client, 'sample'), 'sampled');
    });

    test('20 calls at once', async (t) => {
      const { client } = await start(t);
      assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, () => text(client, 'elicit')))), new Set(['blue']));
    });
  });
}

describe('sessions of streamable HTTP', { concurrency: 4 }, () => {
  const start = async (t) => {
    const server = await startSdkServer();
    t.after(() => server.close());
    return { server, client: await connect(t, `${server.origin}/mcp`) };
  };

  test('a stream that the server closes before its answer is resumed', async (t) => {
    const { server, client } = await start(t);
    assert.equal(await text(client, 'resumed'), 'after a gap');
    assert.ok(server.requests.some(({ method, headers }) => method === 'GET' && headers['last-event-id']));
  });

  test('a session that the server forgot is opened anew, with its subscriptions', async (t) => {
    const { server, client } = await start(t);
    await client.subscribeResource({ uri: 'note:1' });
    server.forget();
    assert.equal(await text(client, 'sample'), 'sampled');
    // Updates come on the GET stream of the new session.
    const streams = () => new Set(server.requests.filter(({ method }) => method === 'GET').map(({ headers }) => headers['mcp-session-id'])).size;
    await until(() => streams() === 2);
    const updated = new Promise((done) => client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => done(params.uri)));
    assert.equal(await text(client, 'touch'), 'touched');
    assert.equal(await updated, 'note:1');
  });

  test('a client that closes ends the session', async (t) => {
    const { server, client } = await start(t);
    await text(client, 'sample');
    await client.close();
    assert.equal(server.requests.filter(({ method }) => method === 'DELETE').length, 1);
  });
});
