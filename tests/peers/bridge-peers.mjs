// Runs the cases of hdr-bridge against mcp-remote and supergateway, and prints which fail and which leave a request unanswered:
// `node bridge-peers.mjs [CASE PATTERN]`. With HDR_BIN set hdr-bridge is a row, too. Not part of the tests.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const module = (path) => join(here, 'node_modules', path);

/** The commands, in which URL stands for the server's address. */
const programs = {
  ...(process.env.HDR_BIN && { 'hdr-bridge': undefined }),
  'mcp-remote': ['node', module('mcp-remote/dist/proxy.js'), 'URL', '--allow-http', '--silent'],
  supergateway: ['node', module('supergateway/dist/index.js'), '--streamableHttp', 'URL', '--logLevel', 'none'],
};

/** Cases about options of hdr-bridge alone. */
const ownOptions = /--max-message|--ignore-tool|--request-timeout|--repeat|--transport|in-process|over the limit|helper|4096/;

const files = readdirSync(here).filter((name) => /^bridge-.*\.test\.mjs$/.test(name) && !/sdk|conformance|python/.test(name));

/** Runs the cases against one command; answers { name: outcome }. */
async function outcomes(command, pattern) {
  const env = { ...process.env, ...(command && { HDR_BRIDGE: JSON.stringify(command) }) };
  const args = ['--test', '--test-reporter=tap', '--test-timeout=900000', ...(pattern ? [`--test-name-pattern=${pattern}`] : []), ...files.map((name) => join(here, name))];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const found = {};
  let current;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, verdict, name] = /^ *(ok|not ok) \d+ - (.*?)(?: # .*)?$/.exec(line) ?? [];
    if (name) {
      current = name;
      found[name] = verdict === 'ok' ? 'as specified' : 'otherwise';
    }
    if (current && /^ *type: 'suite'/.test(line)) delete found[current];
    if (found[current] === 'otherwise' && /UNANSWERED/.test(line)) found[current] = 'UNANSWERED';
  }
  return found;
}

const table = {};
for (const [program, command] of Object.entries(programs)) {
  console.error(`${program} …`);
  for (const [name, outcome] of Object.entries(await outcomes(command, process.argv[2]))) {
    if (!ownOptions.test(name)) (table[name] ??= {})[program] = outcome;
  }
}
console.log(`| case | ${Object.keys(programs).join(' | ')} |\n|---|${Object.keys(programs).map(() => '---|').join('')}`);
for (const [name, row] of Object.entries(table)) console.log(`| ${name} | ${Object.keys(programs).map((program) => row[program] ?? '').join(' | ')} |`);
const count = (program, outcome) => Object.values(table).filter((row) => row[program] === outcome).length;
for (const program of Object.keys(programs)) {
  console.log(`${program}: ${count(program, 'as specified')} of ${Object.keys(table).length} as specified, ${count(program, 'UNANSWERED')} leave a request unanswered`);
}
