// Sends many messages through the bridge and looks at its memory: `HDR_BIN=FOLDER node bridge-many.mjs [COUNT]`, 1,000,000 unless told.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const inFlight = 32;

/** Resident memory of a process, in KiB. */
const resident = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/**
 * Makes `count` calls (each tenth by events with a progress notification), 32 at a time, with a notification after each tenth; answers the KiB that the
 * program held after a quarter and at the end, and the calls a second. `report` is told every tenth part.
 */
export async function many(client, stage, count, report = () => {}) {
  stage.on['tools/call'] = (x) => {
    const result = { content: [{ type: 'text', text: `n ${x.message.params.arguments.n}` }] };
    if (x.message.id % 10 !== 0) return x.json({ jsonrpc: '2.0', id: x.message.id, result });
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: x.message.id, progress: 1 } };
    return x.events(`data: ${JSON.stringify(progress)}\n\n`, `data: ${JSON.stringify({ jsonrpc: '2.0', id: x.message.id, result })}\n\n`).end();
  };
  stage.forget = true;
  client.forget = new Map();
  const started = performance.now();
  let [next, early, done] = [0, 0, 0];
  const line = async () => {
    while (next < count) {
      const n = (next += 1);
      const id = 1_000_000_000 + n;
      const answered = new Promise((accept) => client.forget.set(id, accept));
      client.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'tool', arguments: { n } } });
      if (n % 10 === 0) client.notify('notifications/progress', { progressToken: n, progress: 1 });
      const { result } = await answered;
      if (result?.content[0].text !== `n ${n}`) throw new Error(`call ${n} was answered with ${JSON.stringify(result)}`);
      done += 1;
      if (done === Math.floor(count / 4)) early = resident(client.child.pid);
      if (done % Math.ceil(count / 10) === 0) report(`${done} calls, ${resident(client.child.pid)} KiB`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, line));
  return { early, late: resident(client.child.pid), perSecond: Math.round((count * 1000) / (performance.now() - started)) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [{ connect }, { startStage }] = await Promise.all([import('./bridge-client.mjs'), import('./bridge-stage.mjs')]);
  const undo = [];
  const script = { after: (act) => undo.unshift(act) };
  const stage = await startStage(script);
  const client = await connect(script, stage);
  console.log(await many(client, stage, Number(process.argv[2] ?? 1_000_000), console.log));
  for (const act of undo) await act();
}
