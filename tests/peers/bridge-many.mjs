// Sends many messages through the bridge and looks at its memory and its descriptors: `HDR_BIN=FOLDER node bridge-many.mjs [COUNT]`, 1,000,000 unless told.
import { readFileSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { event } from './bridge-stage.mjs';

const inFlight = 32;

/** Resident memory of a process, in KiB. */
const resident = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** How many descriptors a process has open. */
const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** What a call goes through, by the first of these numbers that divides it; all others are answered with JSON. */
const kinds = { 1000: 'lost', 500: 'resumed', 250: 'subscribed', 100: 'cancelled', 50: 'asked', 10: 'events' };
const kindOf = (n) => kinds[Object.keys(kinds).map(Number).sort((a, b) => b - a).find((each) => n % each === 0)];

/** The server's part. */
class Many {
  constructor(stage) {
    this.stage = stage;
    this.cancelled = new Map();
    stage.forget = true;
    stage.guard = (x) => {
      const session = x.headers['mcp-session-id'];
      if (session === undefined || session === stage.session) return false;
      x.status(404);
      return true;
    };
    stage.on['tools/call'] = (x) => this.call(x);
    stage.on['notifications/cancelled'] = (x) => {
      const id = x.message.params.requestId;
      this.end(id);
      x.status(202);
    };
    stage.on.GET = (x) => {
      const last = x.headers['last-event-id'];
      if (last?.startsWith('r')) return x.events(event(this.result(Number(last.slice(1))), { id: `${last}-2` })).end();
      this.stream = x.events(': open\n\n');
      return undefined;
    };
  }

  result(id) {
    return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: `n ${id - first}` }] } };
  }

  /** Ends the stream of a call that is cancelled, whichever of the two comes first. */
  end(id, stream) {
    if (!this.cancelled.has(id)) return this.cancelled.set(id, stream);
    (stream ?? this.cancelled.get(id))?.end();
    return this.cancelled.delete(id);
  }

  call(x) {
    const { id } = x.message;
    switch (kindOf(id - first)) {
      case 'lost':
        if (this.lost !== id) {
          this.lost = id;
          this.stage.session = `session-${id}`;
          return x.status(404);
        }
        return x.json(this.result(id));
      case 'resumed':
        return x.events(event('', { id: `r${id}`, retry: 1 })).end();
      case 'cancelled':
        return this.end(id, x.events(': wait\n\n'));
      case 'asked': {
        const stream = this.stream?.writable ? this.stream : undefined;
        stream?.write(event({ jsonrpc: '2.0', id: `s${id}`, method: 'roots/list' }, { id: `s${id}` }));
        return x.json(this.result(id));
      }
      case 'events': {
        const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: id, progress: 1 } };
        return x.events(event(progress), event(this.result(id))).end();
      }
      default:
        return x.json(this.result(id));
    }
  }
}

/** The id of the call before the first. */
const first = 1_000_000_000;

/**
 * Makes `count` calls, 32 at a time, with a notification after each tenth: some answered by events, some cancelled, some on streams that break, some in
 * sessions that the server has lost. Answers the KiB and descriptors of the program after a quarter and at the end, and the calls a second. `report` is
 * told each of `marks`.
 */
export async function many(client, stage, count, report = () => {}, marks = []) {
  const _server = new Many(stage);
  const pid = client.child.pid;
  client.forget = new Map();
  client.onRequest = ({ id }) => client.send({ jsonrpc: '2.0', id, result: { roots: [] } });
  const asked = (id, method, params) => {
    const answered = new Promise((accept) => client.forget.set(id, accept));
    client.send({ jsonrpc: '2.0', id, method, params });
    return answered;
  };
  const started = performance.now();
  let [next, early, done] = [0, undefined, 0];
  const look = () => ({ kib: resident(pid), descriptors: descriptors(pid) });
  const line = async () => {
    while (next < count) {
      const n = (next += 1);
      const id = first + n;
      const kind = kindOf(n);
      const answered = asked(id, 'tools/call', { name: 'tool', arguments: { n } });
      if (n % 10 === 0) client.notify('notifications/progress', { progressToken: n, progress: 1 });
      if (kind === 'subscribed') {
        const uri = `file:///${n}`;
        await asked(`sub${n}`, 'resources/subscribe', { uri });
        await asked(`unsub${n}`, 'resources/unsubscribe', { uri });
        await asked(`level${n}`, 'logging/setLevel', { level: 'info' });
        await asked(`list${n}`, 'tools/list', {});
      }
      if (kind === 'cancelled') {
        client.notify('notifications/cancelled', { requestId: id });
        // The server has ended the stream, or has yet to begin it and ends it then.
        client.forget.delete(id);
      } else {
        const { result } = await answered;
        if (result?.content[0].text !== `n ${n}`) throw new Error(`call ${n} was answered with ${JSON.stringify(result)}`);
      }
      done += 1;
      if (done === Math.floor(count / 4)) early = look();
      if (marks.includes(done)) report({ calls: done, ...look() });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, line));
  return { early, late: look(), perSecond: Math.round((count * 1000) / (performance.now() - started)) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [{ connect }, { startStage }] = await Promise.all([import('./bridge-client.mjs'), import('./bridge-stage.mjs')]);
  const undo = [];
  const script = { after: (act) => undo.unshift(act) };
  const stage = await startStage(script);
  const client = await connect(script, stage);
  const count = Number(process.argv[2] ?? 1_000_000);
  console.log(await many(client, stage, count, console.log, [1000, 10_000, 100_000, 250_000, 500_000, 750_000, 1_000_000]));
  for (const act of undo) await act();
}
