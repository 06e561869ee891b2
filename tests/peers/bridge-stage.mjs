// A scripted MCP server over HTTP: a test says what one method or HTTP method gets, everything else is answered as a sound server would. It remembers all it was sent.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { text } from 'node:stream/consumers';

const eventStream = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' };

/** An SSE event; `data` is a message, or text as it stands. */
export function event(data, { id, retry, name } = {}) {
  const fields = [name && `event: ${name}`, id && `id: ${id}`, retry !== undefined && `retry: ${retry}`];
  const content = typeof data === 'string' ? data : JSON.stringify(data);
  return [...fields.filter(Boolean), `data: ${content}`, '', ''].join('\n');
}

/** One HTTP request, and the ways to answer it. */
class Exchange {
  constructor(stage, request, response, body) {
    Object.assign(this, { stage, request, response, body, at: performance.now() });
    this.method = request.method;
    this.headers = request.headers;
    // Who the client says that it is by its certificate, where it showed one.
    this.client = request.socket.getPeerCertificate?.()?.subject?.CN;
    try {
      this.message = JSON.parse(body);
    } catch {
      this.message = undefined;
    }
  }

  /** What it is counted as: a JSON-RPC method, `response`, `batch`, or the HTTP method of a request without a body. */
  get kind() {
    if (this.method !== 'POST') return this.method;
    if (Array.isArray(this.message)) return 'batch';
    return this.message?.method ?? 'response';
  }

  /** Answers with a status and a body as they stand. */
  status(code, headers = {}, body = '') {
    this.response.writeHead(code, headers).end(body);
  }

  /** Answers with one message, or text in its place. */
  json(message, { status = 200, headers } = {}) {
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    this.status(status, { 'Content-Type': 'application/json', ...headers }, body);
  }

  /** Begins an event stream and sends `chunks`; more goes to `response`. */
  events(...chunks) {
    this.response.writeHead(200, { ...eventStream, ...this.stage.sessionHeader(this) });
    this.response.flushHeaders();
    for (const chunk of chunks) this.response.write(chunk);
    return this.response;
  }

  /** Answers the request with a result, in the stage's format. */
  result(result, headers = {}) {
    const message = { jsonrpc: '2.0', id: this.message.id, result };
    if (this.stage.format === 'sse') return this.events(event(message)).end();
    return this.json(message, { headers: { ...this.stage.sessionHeader(this), ...headers } });
  }

  /** Answers with a JSON-RPC error. */
  error(status, code, message, { id = this.message?.id ?? null, data } = {}) {
    this.json({ jsonrpc: '2.0', id, error: { code, message, data } }, { status });
  }

  /** Closes the connection in the middle of whatever is going on; with `reset` by a TCP reset. */
  cut({ reset = false } = {}) {
    if (reset) this.request.socket.resetAndDestroy();
    else this.request.socket.destroy();
  }
}

/** What a sound server answers, by kind. */
const sound = {
  initialize: (x) => x.result({ protocolVersion: x.stage.revision, capabilities: x.stage.capabilities, serverInfo: { name: 'stage', version: '1' } }),
  'server/discover': (x) => x.result({ supportedVersions: ['2026-07-28'], capabilities: x.stage.capabilities, serverInfo: { name: 'stage', version: '1' } }),
  'tools/list': (x) => x.result({ tools: x.stage.tools }),
  'tools/call': (x) => x.result({ content: [{ type: 'text', text: String(x.message.params?.arguments?.text ?? 'done') }] }),
  GET: (x) => x.status(405),
  DELETE: (x) => x.status(200),
  response: (x) => x.status(202),
  batch: (x) => x.json(x.message.filter(({ id, method }) => method && id !== undefined).map(({ id }) => ({ jsonrpc: '2.0', id, result: {} }))),
};

class Stage {
  constructor(options) {
    Object.assign(this, { revision: '2025-11-25', format: 'json', session: 'session-1', on: {}, tools: [], capabilities: { tools: {}, resources: { subscribe: true }, logging: {} } }, options);
    this.seen = [];
    this.connections = 0;
    const create = this.tls ? createTlsServer : createServer;
    this.server = create({ keepAliveTimeout: 0, ...this.tls }, (request, response) => this.serve(request, response));
    this.server.on('connection', (socket) => {
      this.connections += 1;
      socket.on('error', () => {});
    });
  }

  sessionHeader(exchange) {
    return this.session && exchange.kind === 'initialize' ? { 'Mcp-Session-Id': this.session } : {};
  }

  async serve(request, response) {
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const exchange = new Exchange(this, request, response, body);
    if (!this.forget) this.seen.push(exchange);
    exchange.count = this.of(exchange.kind).length;
    if (await this.guard?.(exchange)) return;
    const act = this.on[exchange.kind] ?? this.on[exchange.method] ?? sound[exchange.kind];
    if (act) await act(exchange);
    else if (exchange.message?.id === undefined) exchange.status(202);
    else exchange.result({});
  }

  /** The requests of a kind, in the order in which they came. */
  of(kind) {
    return this.seen.filter((exchange) => exchange.kind === kind);
  }

  /** The kinds of all requests, in order. */
  get kinds() {
    return this.seen.map((exchange) => exchange.kind);
  }

  /** Waits until `count` requests of a kind have come. */
  async until(kind, count = 1, deadline = 5000) {
    const end = performance.now() + deadline;
    while (this.of(kind).length < count) {
      if (performance.now() > end) throw new Error(`${this.of(kind).length} of ${count} ${kind} came; all: ${this.kinds.join(', ')}`);
      await new Promise((done) => setTimeout(done, 5));
    }
    return this.of(kind)[count - 1];
  }

  async listen(port = 0) {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.origin = `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
    this.url = `${this.origin}/mcp`;
  }

  /** Closes the port and every connection, as a process that is killed. */
  async close() {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((done) => this.server.close(done));
  }
}

/**
 * Starts a stage until the test `t` is over. `on` maps a kind to what answers it; `revision`, `session`, `format` (`json` or `sse`), `tools` and
 * `capabilities` are those of the sound answers; `tls` has the options of Node's TLS server. A `guard` that is set sees each request first, and is true when it has answered; a stage that is
 * to `forget` remembers no further request.
 */
export async function startStage(t, options = {}) {
  const stage = new Stage(options);
  await stage.listen();
  t.after(() => stage.close());
  return stage;
}
