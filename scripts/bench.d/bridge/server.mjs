// An MCP server on loopback that answers at once; prints its URL. The answer to a call is a text of `arguments.length` characters.
import { createServer } from 'node:http';

const json = (message) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));

const results = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'bench', version: '1' } }),
  'tools/list': () => ({ tools: [{ name: 'text', inputSchema: { type: 'object' } }] }),
  'tools/call': ({ arguments: { length } }) => ({ content: [{ type: 'text', text: 'x'.repeat(length) }] }),
};

function answer(text, response) {
  const { id, method, params } = JSON.parse(text);
  if (id === undefined || method === undefined) return response.writeHead(202).end();
  const make = results[method];
  const body = json(make ? { id, result: make(params) } : { id, error: { code: -32601, message: 'no such method' } });
  const session = method === 'initialize' ? { 'Mcp-Session-Id': 'bench' } : {};
  return response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length, ...session }).end(body);
}

const server = createServer((request, response) => {
  if (request.method !== 'POST') return response.writeHead(request.method === 'GET' ? 405 : 200).end();
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  return request.on('end', () => answer(Buffer.concat(chunks), response));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
process.on('disconnect', () => process.exit());
