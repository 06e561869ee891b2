// The MCP conformance suite. Its server scenarios: an adapter from HTTP before hdr-bridge, and before the same server's own stdio transport.
// Its client scenarios that need no sign-in: the SDK's stdio client whose command is hdr-bridge.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startAdapter } from './bridge-conformance-adapter.mjs';
import { serveOn, startConformanceServer } from './bridge-conformance-server.mjs';
import { bin } from './helper.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const suite = ['--import', path('bridge-conformance-node20.mjs'), path('node_modules/@modelcontextprotocol/conformance/dist/index.js')];

/** Runs the suite; answers which checks succeeded and which failed, as sorted `scenario check`, and what it printed. */
async function conformance(t, ...args) {
  const results = mkdtempSync(join(tmpdir(), 'hdr-conformance-'));
  t.after(() => rmSync(results, { recursive: true }));
  const child = spawn(process.execPath, [...suite, ...args, '--output-dir', results], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const found = { SUCCESS: [], FAILURE: [], said: out + err };
  // Scenarios of OAuth have a folder of their own.
  for (const folder of readdirSync(results).filter((name) => name !== 'auth')) {
    const scenario = folder.replace(/^server-(.*)-20\d\d-\d\d-.*$/, '$1').replace(/-20\d\d-\d\d-\d\dT.*$/, '');
    for (const { id, status } of JSON.parse(readFileSync(join(results, folder, 'checks.json'), 'utf8'))) found[status]?.push(`${scenario} ${id}`);
  }
  for (const status of ['SUCCESS', 'FAILURE']) found[status].sort();
  return found;
}

/** The server's own stdio transport, in this process. */
const own = () => serveOn();
const bridge = (url) => () => spawn(join(bin, 'hdr-bridge'), [url], { stdio: ['pipe', 'pipe', 'inherit'] });

/**
 * What cannot pass with revision 2026-07-28 before any stdio server. The suite sends wrong headers, or bodies that only the header says a revision
 * of, and wants HTTP statuses: all that ends at the adapter, for stdio has neither headers nor statuses. What passes all the same is not compared.
 */
const aboutHttp = /^http-header-validation |^http-custom-header-server-validation |^server-stateless sep-2575-(http-server|request-meta-invalid|server-unsupported-version)/;
/** The server has no tasks, which are an extension. */
const extension = /^tasks-/;

describe('server scenarios', { concurrency: 4 }, () => {
  for (const [revision, checks] of [['2025-11-25', 80], ['2026-07-28', 111]]) {
    test(revision, async (t) => {
      const server = await startConformanceServer();
      t.after(() => server.close());
      const run = async (start) => {
        const adapter = await startAdapter(start);
        t.after(() => adapter.close());
        const found = await conformance(t, 'server', '--url', adapter.url, '--requirements', revision);
        const compared = (checks) => checks.filter((check) => !extension.test(check) && !aboutHttp.test(check));
        return { said: found.said, passed: compared(found.SUCCESS), failed: compared(found.FAILURE) };
      };
      const [alone, through] = await Promise.all([run(own), run(bridge(server.url))]);
      assert.deepEqual(through.failed, [], through.said);
      assert.deepEqual(through.passed, alone.passed);
      assert.deepEqual(alone.failed, []);
      assert.equal(through.passed.length, checks);
    });
  }
});

/** The client scenarios but those of OAuth, which the client leaves alone, and how many checks of each succeed. */
const clientScenarios = {
  '2025-11-25': { initialize: 1, tools_call: 2, 'sse-retry': 3, 'elicitation-sep1034-client-defaults': 5, 'json-schema-2020-12-preservation': 9 },
  '2026-07-28': {
    tools_call: 2, 'request-metadata': 6, 'sep-2322-client-request-state': 5, 'http-standard-headers': 9, 'http-custom-headers': 18, 'http-invalid-tool-headers': 12,
    'json-schema-ref-no-deref': 1, 'json-schema-2020-12-preservation': 9,
  },
};

describe('client scenarios', () => {
  for (const [revision, scenarios] of Object.entries(clientScenarios)) {
    test(revision, async (t) => {
      // The bridge does not sign in for a client.
      const command = `case $MCP_CONFORMANCE_SCENARIO in auth/*) exit 1;; esac; exec ${process.execPath} ${path('bridge-conformance-client.mjs')}`;
      const { SUCCESS, FAILURE, said } = await conformance(t, 'client', '--command', command, '--requirements', revision);
      assert.deepEqual(FAILURE, [], said);
      const counts = {};
      for (const check of SUCCESS) counts[check.split(' ')[0]] = (counts[check.split(' ')[0]] ?? 0) + 1;
      assert.deepEqual(counts, scenarios);
    });
  }
});
