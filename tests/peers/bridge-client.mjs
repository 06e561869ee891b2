// A stdio MCP client of the program under test. It holds every line against what was asked: each request is to be answered exactly once.
// The program is hdr-bridge of HDR_BIN, or the command of HDR_BRIDGE: a JSON array in which URL stands for the server's address.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const command = process.env.HDR_BRIDGE ? JSON.parse(process.env.HDR_BRIDGE) : [join(resolve(process.env.HDR_BIN ?? '.'), 'hdr-bridge'), 'URL'];

/** Whether the program under test is another one than hdr-bridge. */
export const isPeer = Boolean(process.env.HDR_BRIDGE);

/** The `_meta` of a request of revision 2026-07-28. */
export const modernMeta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'peer', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

const isAnswer = (message) => message !== null && !Array.isArray(message) && message.method === undefined;

class StdioClient {
  constructor(url, { options = [], headers = {}, helper = [], env = {}, revision = '2025-11-25' }) {
    const [program, ...rest] = command.map((word) => (word === 'URL' ? url : word));
    const flag = isPeer ? '--header' : '-H';
    const given = Object.entries(headers).flatMap(([name, value]) => [flag, `${name}: ${value}`]);
    const last = helper.length > 0 ? ['--', ...helper] : [];
    this.revision = revision;
    this.child = spawn(program, [...rest, ...given, ...options, ...last], { env: { HOME: tmpdir(), PATH: process.env.PATH, ...env }, cwd: tmpdir() });
    this.child.stdin.on('error', () => {});
    this.child.on('error', (error) => (this.stderr += error.message));
    this.closed = once(this.child, 'close').then(([code, signal]) => ({ code, signal, at: performance.now() }));
    // The end of the process, and of its streams: who holds stdout back sees the second later.
    this.ended = once(this.child, 'exit').then(([code, signal]) => ({ code, signal, at: performance.now() }));
    this.open = true;
    this.closed.then(() => (this.open = false));
    this.lines = [];
    this.asked = new Map();
    this.cancelled = new Set();
    this.lastId = 0;
    this.stderr = '';
    this.child.stderr.on('data', (chunk) => (this.stderr += chunk));
    // A test may close stdout.
    this.#collect().catch(() => {});
  }

  async #collect() {
    let rest = Buffer.alloc(0);
    for await (const chunk of this.child.stdout) {
      await this.reading;
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        const text = rest.subarray(0, end).toString();
        rest = rest.subarray(end + 1);
        let message = null;
        try {
          message = JSON.parse(text);
        } catch {}
        this.#receive({ text, message, at: performance.now(), taken: false });
      }
    }
    if (rest.length > 0) this.lines.push({ text: rest.toString(), message: null, at: performance.now(), taken: false });
  }

  /** Reads stdout no further, until the function that it answers is called. */
  stopReading() {
    let goOn;
    this.reading = new Promise((done) => (goOn = done));
    return goOn;
  }

  /**
   * Keeps a line, unless it answers a request of `forget`: a map from ids to what is called with the answer, once. A request of the server goes to
   * `onRequest`, where that is set.
   */
  #receive(line) {
    const answered = line.message && this.forget?.get(line.message.id);
    if (this.onRequest && line.message?.method !== undefined && line.message.id !== undefined) {
      this.onRequest(line.message);
    } else if (answered) {
      this.forget.delete(line.message.id);
      answered(line.message);
    } else if (!this.forget || line.message?.method === undefined) {
      this.lines.push(line);
    }
  }

  /** Writes a message; text is written as it stands, with the line's end. */
  send(message) {
    this.child.stdin.write(typeof message === 'string' || Buffer.isBuffer(message) ? message : `${JSON.stringify(message)}\n`);
  }

  notify(method, params) {
    this.send({ jsonrpc: '2.0', method, params });
  }

  /** Waits for a line that `matches` and takes it; answers { text, message, at }. */
  async take(matches, deadline = 10_000, what = 'the line') {
    const end = performance.now() + deadline;
    for (;;) {
      const line = this.lines.find((line) => !line.taken && line.message !== null && matches(line.message));
      if (line) return Object.assign(line, { taken: true });
      if (performance.now() > end || !this.open) throw new Error(`UNANSWERED: ${what}${this.open ? '' : ' (the program is gone)'}; stderr: ${this.stderr.slice(-500)}`);
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  /** Sends a request and answers its id; a request of revision 2026-07-28 gets its `_meta`. */
  ask(method, params, { id = (this.lastId += 1) } = {}) {
    const own = this.revision === '2026-07-28' ? { ...params, _meta: { ...modernMeta, ...params?._meta } } : params;
    this.asked.set(id, (this.asked.get(id) ?? 0) + 1);
    this.send({ jsonrpc: '2.0', id, method, params: own });
    return id;
  }

  /** The answer to an id. */
  async answer(id, deadline) {
    const { message } = await this.take((message) => isAnswer(message) && message.id === id, deadline, `request ${JSON.stringify(id)}`);
    return message;
  }

  /** Sends a request and waits for its answer. */
  async request(method, params, { deadline, ...more } = {}) {
    return this.answer(this.ask(method, params, more), deadline);
  }

  /** Calls a tool. */
  call(name = 'tool', args = {}, more) {
    return this.request('tools/call', { name, arguments: args }, more);
  }

  /** Cancels a request, which is then owed no answer. */
  cancel(id) {
    this.cancelled.add(id);
    this.notify('notifications/cancelled', { requestId: id });
  }

  /** The first two messages of a session. */
  async initialize() {
    const answer = await this.request('initialize', { protocolVersion: this.revision, capabilities: { elicitation: {}, sampling: {}, roots: {} }, clientInfo: { name: 'peer', version: '1' } }, { deadline: isPeer ? 60_000 : undefined });
    this.notify('notifications/initialized');
    return answer;
  }

  /** Every line is JSON, and each request was answered exactly once; one that was cancelled at most once. */
  assertBalance() {
    const answers = new Map();
    for (const { text, message } of this.lines) {
      assert.notEqual(message, null, `stdout has a line that is no JSON: ${text.slice(0, 200)}`);
      for (const one of [message].flat()) if (isAnswer(one) && this.asked.has(one.id)) answers.set(one.id, (answers.get(one.id) ?? 0) + 1);
    }
    for (const [id, count] of this.asked) {
      const got = answers.get(id) ?? 0;
      const fits = this.cancelled.has(id) ? got <= count : got === count;
      assert.ok(fits, `${got < count ? 'UNANSWERED' : 'ANSWERED TWICE'}: request ${JSON.stringify(id)}, asked ${count}, answered ${got}; stderr: ${this.stderr.slice(-500)}`);
    }
  }

  /** Waits for the program's end. */
  async exit(deadline = 8000) {
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`still running after ${deadline} ms`)), deadline)));
    return Promise.race([this.closed, late]).finally(() => clearTimeout(timer));
  }

  /** Closes stdin, waits for the end and looks at the balance. */
  async finish() {
    this.child.stdin.end();
    try {
      await this.exit();
    } finally {
      this.child.kill('SIGKILL');
      await this.closed;
    }
    this.assertBalance();
  }
}

/** Starts the program before `url` until the test `t` is over. `options` are hdr-bridge's own; `headers` are given as -H; `helper` is what follows `--`. */
export function startClient(t, url, options = {}) {
  const client = new StdioClient(url, options);
  t.after(() => client.finish());
  return client;
}

/** Starts the program before a stage and opens a session (none in revision 2026-07-28). */
export async function connect(t, stage, options = {}) {
  const client = startClient(t, stage.url, { revision: stage.revision, ...options });
  if (client.revision !== '2026-07-28') await client.initialize();
  return client;
}

/** The answer is an error that the bridge made, and is as `expected` says: `message` matches, of `data` the members given are equal. */
export function assertBridgeError(answer, message, data = {}) {
  assert.ok(answer.error, `not an error: ${JSON.stringify(answer)}`);
  if (isPeer) return;
  assert.equal(answer.error.code, -31000, JSON.stringify(answer.error));
  assert.match(answer.error.message, /^hdr-bridge: /);
  // Without its own name, in which a pattern may find more than it should.
  assert.match(answer.error.message.replace(/^hdr-bridge: /, ' '), message);
  assert.equal(answer.error.data?.source, 'hdr-bridge');
  for (const [name, value] of Object.entries(data)) assert.equal(answer.error.data[name], value, `${name} of ${JSON.stringify(answer.error)}`);
}
