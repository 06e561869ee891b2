// What is measured: each is started before a server, takes messages, and answers them by their ids.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

/** Ticks of the clock that the kernel counts processor time in, per second. */
const ticks = 100;

/** A line that is longer is not read to the end. */
const readable = 4096;

class Client {
  waiting = new Map();
  lastId = 0;

  /** Sends a request; answers when its answer is there. */
  ask(method, params) {
    const id = (this.lastId += 1);
    const answered = new Promise((accept, reject) => this.waiting.set(id, { accept, reject }));
    this.send(Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`));
    return answered;
  }

  call(length) {
    return this.ask('tools/call', { name: 'text', arguments: { length } });
  }

  /** Opens a session. */
  async open() {
    await this.ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } });
    this.send(Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}\n'));
  }

  /** Takes one message of the server. */
  receive(text) {
    // Of long answers, which are as long as was asked for, the id is enough, at one of the ends.
    const ends = text.length > readable ? `${text.subarray(0, 200)}${text.subarray(-200)}` : text;
    const id = Number(/"id":(\d+)/.exec(ends)?.[1]);
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    if (/"error":/.test(ends)) waiting.reject(new Error(`it answers ${text.subarray(0, 300)}`));
    else waiting.accept();
  }

  /** Fails what waits. */
  fail(error) {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/** A program that is an MCP server on its stdin and stdout. */
class StdioClient extends Client {
  constructor(command, args, env) {
    super();
    this.child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.gone = once(this.child, 'exit');
    this.child.on('error', (error) => this.fail(error));
    this.child.on('exit', (code, signal) => this.fail(new Error(`it ended with ${signal ?? code}: ${this.errors}`)));
    this.child.stdin.on('error', () => {});
    this.errors = '';
    this.child.stderr.on('data', (chunk) => (this.errors = (this.errors + chunk).slice(-300)));
    let parts = [];
    this.child.stdout.on('data', (chunk) => {
      let from = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, end));
        this.receive(parts.length === 1 ? parts[0] : Buffer.concat(parts));
        parts = [];
        from = end + 1;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
    });
  }

  send(line) {
    this.child.stdin.write(line);
  }

  /** Processor time in ms. */
  processor() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
  }

  /** Resident memory in bytes: what it is now, and the most that it was. */
  memory() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const [now, peak] = ['VmRSS', 'VmHWM'].map((name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]) * 1024);
    return { now, peak };
  }

  async close() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 500);
    await this.gone;
    clearTimeout(timer);
  }
}

/** What no client can be without: Node's HTTP client with connections that are kept, a POST for each message and its answer read. */
class FloorClient extends Client {
  constructor(url) {
    super();
    this.url = url;
    this.agent = new Agent({ keepAlive: true });
  }

  send(line) {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', 'Content-Length': line.length };
    const post = request(this.url, { method: 'POST', agent: this.agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => this.receive(Buffer.concat(chunks)));
    });
    post.on('error', (error) => this.fail(error));
    post.end(line);
  }

  processor() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }

  memory() {
    return undefined;
  }

  async close() {
    this.agent.destroy();
  }
}

/** By name, what starts each before the server at `url`. */
export function programs(url, { bridge, modules, home }) {
  const env = { HOME: home, PATH: process.env.PATH };
  const node = (script, ...args) => () => new StdioClient(process.execPath, [`${modules}/${script}`, ...args], env);
  return {
    floor: () => new FloorClient(url),
    'hdr-bridge': () => new StdioClient(bridge, [url], env),
    supergateway: node('supergateway/dist/index.js', '--streamableHttp', url, '--logLevel', 'none'),
    'mcp-remote': node('mcp-remote/dist/proxy.js', url, '--allow-http', '--silent'),
    'floor-again': () => new FloorClient(url),
  };
}
