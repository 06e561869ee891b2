// Measures hdr-bridge beside Node's own HTTP client, supergateway and mcp-remote: run.mjs EXECUTABLE NODE_MODULES ROUNDS. Loopback, one tool, JSON answers.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { programs } from './programs.mjs';
import { table } from './table.mjs';

const [bridge, modules, rounds] = process.argv.slice(2);
const inFlight = 64;

/** How long each phase of a round takes, in ms. */
const phase = { warm: 300, sequential: 1000, parallel: 1500 };

/** After how many ms a session has failed. */
const patience = 60_000;

const median = (numbers) => numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)];

/** Calls again and again for so many ms, `lines` at a time; answers the ms that each call took. */
async function callFor(client, milliseconds, lines) {
  const [taken, end] = [[], performance.now() + milliseconds];
  const line = async () => {
    for (let from = performance.now(); from < end; from = performance.now()) {
      await client.call(16);
      taken.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: lines }, line));
  return taken;
}

/** Starts a program and opens a session; answers its client, and what that took in ms. */
async function opened(start) {
  const from = performance.now();
  const client = start();
  const late = setTimeout(() => client.fail(new Error(`no answer in ${patience / 1000} s`)), patience);
  try {
    await client.open();
    return { client, late, took: performance.now() - from };
  } catch (error) {
    clearTimeout(late);
    await client.close();
    throw error;
  }
}

/** How long a program takes from its start to its first answer, in ms. */
async function measureStart(start) {
  const all = [];
  while (all.length < 3 || (all.length < 15 && median(all) < 100)) {
    const { client, late, took } = await opened(start);
    clearTimeout(late);
    await client.close();
    all.push(took);
  }
  return median(all);
}

/** One round of one program. */
async function measure(start) {
  const { client, late } = await opened(start);
  try {
    await sleep(300);
    const idle = client.memory()?.now;
    await callFor(client, phase.warm, 1);
    const p50 = median(await callFor(client, phase.sequential, 1));
    const sequential = client.memory()?.now;
    await callFor(client, phase.warm, inFlight);
    const [cpu, since] = [client.processor(), performance.now()];
    const { length } = await callFor(client, phase.parallel, inFlight);
    const perSecond = (length * 1000) / (performance.now() - since);
    const processor = (client.processor() - cpu) / length;
    const parallel = client.memory()?.peak;
    for (let turn = 0; turn < 3; turn += 1) await Promise.all(Array.from({ length: inFlight }, () => client.call(1 << 20)));
    return { p50, perSecond, processor, idle, sequential, parallel, large: client.memory()?.peak };
  } finally {
    clearTimeout(late);
    await client.close();
  }
}

const home = mkdtempSync(join(tmpdir(), 'hdr-bench-'));
const server = fork(fileURLToPath(new URL('server.mjs', import.meta.url)), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
try {
  const [line] = await once(server.stdout, 'data');
  const starts = programs(line.toString().trim(), { bridge, modules, home });
  const results = Object.fromEntries(Object.keys(starts).map((name) => [name, []]));
  const leftOut = (name) => (error) => void console.error(`${name}: left out: ${error.message}`);
  const firsts = {};
  // Before this process has grown, which makes each start longer.
  for (const [name, start] of Object.entries(starts)) {
    firsts[name] = await measureStart(start).catch(leftOut(name));
    if (firsts[name] === undefined) delete results[name];
  }
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const [name, start] of Object.entries(starts)) {
      if (results[name]) {
        results[name] = await measure(start).then((result) => [...results[name], { start: firsts[name], ...result }], leftOut(name));
      }
    }
  }
  const medians = (rows) => Object.fromEntries(Object.keys(rows[0]).map((figure) => [figure, rows[0][figure] === undefined ? undefined : median(rows.map((row) => row[figure]))]));
  console.log(table(Object.fromEntries(Object.entries(results).filter(([, rows]) => rows).map(([name, rows]) => [name, medians(rows)])), loadavg()[0]));
} finally {
  server.disconnect();
  rmSync(home, { recursive: true, force: true });
}
