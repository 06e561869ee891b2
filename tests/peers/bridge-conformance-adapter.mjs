// A test adapter from streamable HTTP to a stdio server: it relays the messages as they are, and adds only what HTTP has and stdio has not
// (sessions, streams, statuses). So that the conformance suite, which speaks HTTP alone, can test a stdio server.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { localhostHostValidation } from '@modelcontextprotocol/node';

/** The status of an error of revision 2026-07-28. */
const statuses = { '-32601': 404, '-32020': 400, '-32021': 400, '-32022': 400 };
const subscriptionId = 'io.modelcontextprotocol/subscriptionId';

/** One stdio server with its `stdin` and `stdout`, and the HTTP exchanges that wait for its lines. */
class StdioServer {
  constructor({ stdin, stdout }, modern) {
    Object.assign(this, { stdin, modern, exchanges: [], stream: undefined, missed: [] });
    stdin.on('error', () => {});
    this.closed = once(stdout, 'close');
    createInterface({ input: stdout }).on('line', (line) => this.#receive(line));
  }

  write(body) {
    this.stdin.write(`${body.trim()}\n`);
  }

  #receive(line) {
    const message = JSON.parse(line);
    if (message.method === undefined) return this.#answer(message, line);
    const exchange = this.#exchangeOf(message);
    if (exchange) return this.#event(exchange, line);
    return this.stream ? this.stream.write(`data: ${line}\n\n`) : this.missed.push(line);
  }

  /** The stream that a message of the server belongs to: stdio does not say it. */
  #exchangeOf({ method, params }) {
    const { [subscriptionId]: subscription } = params?._meta ?? {};
    if (subscription !== undefined) return this.exchanges.find(({ message }) => message.id === subscription);
    if (method === 'notifications/progress') return this.exchanges.find(({ message }) => message.params?._meta?.progressToken === params.progressToken);
    return this.exchanges.findLast(({ message }) => message.method !== 'subscriptions/listen');
  }

  #event(exchange, line) {
    if (!exchange.response.headersSent) exchange.response.writeHead(200, { 'Content-Type': 'text/event-stream', ...exchange.headers });
    exchange.response.write(`data: ${line}\n\n`);
  }

  #answer({ id, error }, line) {
    const index = this.exchanges.findIndex(({ message }) => message.id === id);
    if (index === -1) return;
    const [exchange] = this.exchanges.splice(index, 1);
    const { response, headers } = exchange;
    if (response.headersSent) this.#event(exchange, line);
    else response.writeHead((this.modern && statuses[error?.code]) || 200, { 'Content-Type': 'application/json', ...headers }).write(line);
    response.end();
  }

  /** Relays a POST; an exchange of the client that is closed is cancelled where the revision says so. */
  post(body, message, response, headers) {
    const exchange = { message, response, headers };
    const isRequest = message.method !== undefined && message.id !== undefined;
    // The answer may come at once.
    if (isRequest) this.exchanges.push(exchange);
    this.write(body);
    if (!isRequest) return response.writeHead(202).end();
    return response.on('close', () => {
      const place = this.exchanges.indexOf(exchange);
      if (place === -1) return;
      this.exchanges.splice(place, 1);
      if (this.modern) this.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: message.id } }));
    });
  }

  /** Takes a GET stream for what belongs to no request. */
  listen(response) {
    this.stream = response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    for (const line of this.missed.splice(0)) response.write(`data: ${line}\n\n`);
    response.on('close', () => (this.stream = undefined));
  }

  async close() {
    this.stdin.end();
    await this.closed;
  }
}

/** Starts the adapter on a free loopback port; `startServer` starts a stdio server. Answers { url, close }. */
export async function startAdapter(startServer) {
  const [sessions, modern, all] = [new Map(), [], []];
  const start = (isModern) => {
    const server = new StdioServer(startServer(), isModern);
    all.push(server);
    return server;
  };
  // Clients of revision 2026-07-28 share a process, except where two have a request with the same id in flight. What does not name its revision
  // gets a process of its own: a stdio server takes the revision of a connection from its first message.
  const modernServer = ({ id, params }) => {
    if (!params?._meta?.['io.modelcontextprotocol/protocolVersion']) return start(true);
    const free = modern.find(({ exchanges }) => !exchanges.some(({ message }) => message.id === id));
    if (free) return free;
    modern.push(start(true));
    return modern.at(-1);
  };
  const isLocal = localhostHostValidation();
  const listener = createServer(async (request, response) => {
    if (!isLocal(request, response)) return undefined;
    const body = await text(request);
    const session = request.headers['mcp-session-id'];
    const server = sessions.get(session);
    if (session && !server) return response.writeHead(404).end();
    if (request.method === 'GET') return server ? server.listen(response) : response.writeHead(405).end();
    if (request.method === 'DELETE') {
      sessions.delete(session);
      await server?.close();
      return response.writeHead(server ? 200 : 405).end();
    }
    const message = JSON.parse(body);
    if (server) return server.post(body, message, response, {});
    if (request.headers['mcp-protocol-version'] >= '2026') return modernServer(message).post(body, message, response, {});
    if (message.method !== 'initialize') return response.writeHead(400).end();
    const id = randomUUID();
    sessions.set(id, start(false));
    return sessions.get(id).post(body, message, response, { 'Mcp-Session-Id': id });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const close = async () => {
    listener.closeAllConnections();
    await Promise.all([new Promise((done) => listener.close(done)), ...all.map((server) => server.close())]);
  };
  return { url: `http://127.0.0.1:${listener.address().port}/mcp`, close };
}
