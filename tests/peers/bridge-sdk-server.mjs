// The MCP TypeScript SDK's own servers on a free loopback port: streamable HTTP with sessions and an event store at /mcp, HTTP+SSE at /sse.
// Their tools make a server do what it may do in a session: ask the client, report progress, be cancelled, close a stream before its answer.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CreateMessageResultSchema, ElicitResultSchema, SubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const said = (text) => ({ content: [{ type: 'text', text }] });
const schema = { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] };

/** A server with its tools; `started` and `cancelled` get the names of those that wait to be cancelled, and were. */
function build({ started, cancelled }) {
  const mcp = new McpServer({ name: 'sdk', version: '1.0.0' }, { capabilities: { resources: { subscribe: true }, logging: {} } });
  const { server } = mcp;
  const subscribed = [];
  const tool = (name, act) => mcp.registerTool(name, { description: name }, act);
  const sampling = { messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }], maxTokens: 9 };
  // What a tool asks by `sendRequest` goes on the stream of its call, the rest on the GET stream.
  tool('sample', async ({ sendRequest }) => said((await sendRequest({ method: 'sampling/createMessage', params: sampling }, CreateMessageResultSchema)).content.text));
  tool('elicit', async ({ sendRequest }) => said((await sendRequest({ method: 'elicitation/create', params: { message: 'which?', requestedSchema: schema } }, ElicitResultSchema)).content.color));
  tool('roots', async () => said((await server.listRoots()).roots[0].uri));
  tool('progress', async ({ _meta, sendNotification }) => {
    for (let progress = 1; progress <= 3; progress += 1) {
      await sendNotification({ method: 'notifications/progress', params: { progressToken: _meta.progressToken, progress, total: 3 } });
      // The SDK's client forgets the progress that it reads at one go with the answer.
      await sleep(30);
    }
    return said('done');
  });
  tool('slow', async ({ signal }) => {
    started.push('slow');
    await once(signal, 'abort');
    cancelled.push('slow');
    return said('never read');
  });
  tool('resumed', async ({ closeSSEStream }) => {
    closeSSEStream?.();
    await sleep(100);
    return said('after a gap');
  });
  tool('touch', async () => {
    for (const uri of subscribed) await server.sendResourceUpdated({ uri });
    return said('touched');
  });
  mcp.registerResource('note', 'note:1', {}, () => ({ contents: [{ uri: 'note:1', text: 'text' }] }));
  server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    subscribed.push(params.uri);
    return {};
  });
  return mcp;
}

/** Starts it; answers { origin, requests, started, cancelled, forget, close }. `forget` loses all sessions, as a server that was started anew. */
export async function startSdkServer() {
  const [sessions, streams, requests, calls] = [new Map(), new Map(), [], { started: [], cancelled: [] }];
  const open = async () => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, eventStore: new InMemoryEventStore(), retryInterval: 200, onsessioninitialized: (id) => sessions.set(id, transport) });
    await build(calls).connect(transport);
    return transport;
  };
  const routes = {
    '/mcp': async (request, response) => {
      const id = request.headers['mcp-session-id'];
      if (id && !sessions.has(id)) return response.writeHead(404).end();
      return (sessions.get(id) ?? (await open())).handleRequest(request, response);
    },
    '/sse': async (request, response) => {
      if (request.method !== 'GET') return response.writeHead(405).end();
      const transport = new SSEServerTransport('/messages', response);
      streams.set(transport.sessionId, transport);
      return build(calls).connect(transport);
    },
    '/messages': (request, response, url) => streams.get(url.searchParams.get('sessionId')).handlePostMessage(request, response),
  };
  const listener = createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    requests.push({ method: request.method, path: url.pathname, headers: request.headers });
    return routes[url.pathname](request, response, url);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const close = () => {
    listener.closeAllConnections();
    return new Promise((done) => listener.close(done));
  };
  return { origin: `http://127.0.0.1:${listener.address().port}`, requests, ...calls, forget: () => sessions.clear(), close };
}
