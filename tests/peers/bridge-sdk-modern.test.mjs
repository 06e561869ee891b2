// Revision 2026-07-28 with the MCP TypeScript SDK that speaks it: its stdio client, through hdr-bridge, to its own server.
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, test } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { startConformanceServer } from './bridge-conformance-server.mjs';
import { bin } from './helper.mjs';

const revision = '2026-07-28';

/** Waits until something is so, for at most ten seconds. */
async function until(isSo) {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    assert.ok(performance.now() < end, `not so after 10 s: ${isSo}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function start(t, mode = { pin: revision }, capabilities = { elicitation: {}, sampling: {}, roots: {} }) {
  const server = await startConformanceServer();
  t.after(() => server.close());
  const client = new Client({ name: 'modern', version: '1.0.0' }, { capabilities, versionNegotiation: { mode } });
  if (capabilities.elicitation) client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: 'Ada', color: 'blue' } }));
  if (capabilities.sampling) client.setRequestHandler('sampling/createMessage', () => ({ model: 'm', role: 'assistant', content: { type: 'text', text: 'Paris' } }));
  if (capabilities.roots) client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///root' }] }));
  await client.connect(new StdioClientTransport({ command: `${bin}/hdr-bridge`, args: [server.url], cwd: tmpdir() }));
  t.after(() => client.close());
  return { server, client };
}

const text = async (client, name, args = {}, options) => (await client.callTool({ name, arguments: args }, options)).content[0].text;

describe(revision, { concurrency: 4 }, () => {
  for (const [name, mode] of [['auto', 'auto'], ['pinned', { pin: revision }]]) {
    test(`discovery (${name}): the revision is agreed on, no session is begun`, async (t) => {
      const { server, client } = await start(t, mode);
      assert.equal(client.getNegotiatedProtocolVersion(), revision);
      assert.equal(await text(client, 'test_simple_text'), 'This is a simple text response for testing.');
      assert.equal(server.requests[0].headers['mcp-method'], 'server/discover');
      assert.ok(server.requests.every(({ method, headers }) => method === 'POST' && headers['mcp-protocol-version'] === revision && !headers['mcp-session-id']));
    });
  }

  test('an older client of the same server begins a session', async (t) => {
    const { server, client } = await start(t, 'legacy');
    assert.equal(client.getNegotiatedProtocolVersion(), '2025-11-25');
    assert.equal(await text(client, 'test_input_required_result_elicitation'), 'Hello, Ada!');
    assert.ok(server.requests.some(({ method, headers }) => method === 'GET' && headers['mcp-session-id']));
  });

  test('annotated arguments are mirrored', async (t) => {
    const { server, client } = await start(t);
    await client.listTools();
    assert.equal(await text(client, 'test_headers', { region: 'Zürich' }), 'Zürich');
    const { headers } = server.requests.at(-1);
    assert.deepEqual([headers['mcp-method'], headers['mcp-name'], headers['mcp-param-region']], ['tools/call', 'test_headers', '=?base64?WsO8cmljaA==?=']);
  });

  test('a server that needs input is called again with it: elicitation, sampling, roots, several rounds', async (t) => {
    const { client } = await start(t);
    const tools = ['elicitation', 'sampling', 'list_roots', 'multiple_inputs', 'multi_round'].map((name) => text(client, `test_input_required_result_${name}`));
    assert.deepEqual(await Promise.all(tools), ['Hello, Ada!', 'Paris', 'Roots: file:///root', 'all three', 'done: blue']);
  });

  test('progress comes before the answer', async (t) => {
    const { client } = await start(t);
    const seen = [];
    assert.equal(await text(client, 'test_tool_with_progress', {}, { onprogress: ({ progress }) => seen.push(progress) }), 'done');
    assert.deepEqual(seen, [0, 50, 100]);
  });

  test('subscriptions/listen brings changes until it is closed', async (t) => {
    const { client } = await start(t);
    let changes = 0;
    client.setNotificationHandler('notifications/tools/list_changed', () => (changes += 1));
    const subscription = await client.listen({ toolsListChanged: true });
    await text(client, 'test_trigger_tool_change');
    await until(() => changes === 1);
    await text(client, 'test_trigger_prompt_change');
    await subscription.close();
    assert.equal(await subscription.closed, 'local');
    await text(client, 'test_trigger_tool_change');
    assert.equal(changes, 1);
  });

  test('a cancelled call ends in the server with its exchange, and nothing is POSTed', async (t) => {
    const { server, client } = await start(t);
    const abort = new AbortController();
    const call = client.callTool({ name: 'slow', arguments: {} }, { signal: abort.signal });
    await until(() => server.calls.started === 1);
    abort.abort();
    await assert.rejects(call);
    await until(() => server.calls.cancelled === 1);
    assert.ok(server.requests.every(({ headers }) => headers['mcp-method'] !== 'notifications/cancelled'));
  });

  test("the server's errors come as they are", async (t) => {
    const { client } = await start(t, { pin: revision }, {});
    const error = (request) => request.then(() => assert.fail('no error'), ({ code, data }) => ({ code, data }));
    assert.deepEqual(await error(client.callTool({ name: 'test_missing_capability', arguments: {} })), { code: -32021, data: { requiredCapabilities: { sampling: {} } } });
    assert.deepEqual(await error(client.readResource({ uri: 'test://none' })), { code: -32602, data: { uri: 'test://none' } });
    const other = { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    const { code, data } = await error(client.callTool({ name: 'test_simple_text', arguments: {}, _meta: other }));
    assert.deepEqual([code, data.requested, data.supported.includes(revision)], [-32022, '2099-01-01', true]);
  });
});
