// MCP clients that run a headersHelper as Claude Code and Codex do, and the SDK's client with the headers it printed.
import { spawn } from 'node:child_process';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const deadline = 10_000;
const outputLimit = 1 << 20;

/** Names that look like a credential: what a project's or a plugin's helper never gets to see. */
export const credentialLike = new RegExp(
  '(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|KEY|APIKEY|CREDENTIALS?|CREDS|COOKIE|AUTH|PAT)(_|$)|_PASS$|PGPASSWORD|SSHKEY' +
    '|^(ANTHROPIC_CUSTOM_HEADERS|KUBECONFIG|GNUPGHOME|XDG_CONFIG_HOME|DATABASE_URL|SENTRY_DSN|CLOUDSDK_CONFIG|AWS_(CONFIG|SHARED_CREDENTIALS)_FILE|SSH_AGENT_PID)$',
  'i',
);

/** The environment of a helper of project scope. */
export function scrubbed(environment, { name, url }) {
  const kept = Object.entries(environment).filter(([variable]) => !credentialLike.test(variable));
  const added = { CLAUDE_CODE_MCP_SERVER_NAME: name, CLAUDE_CODE_MCP_SERVER_URL: url, CLAUDE_CODE_ENTRYPOINT: 'cli' };
  return { ...Object.fromEntries(kept), ...added };
}

/** The output rules: one JSON object of strings, or an error that says what it is instead. */
function parse(stdout) {
  if (stdout.length === 0) throw new Error('the helper printed nothing');
  if (stdout.length > outputLimit) throw new Error('the helper printed more than 1 MiB');
  const value = JSON.parse(stdout);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('the helper must print a JSON object');
  for (const [name, text] of Object.entries(value)) if (typeof text !== 'string') throw new Error(`the value of ${name} is not a string`);
  return value;
}

/** Runs a shell's command line with spawn's `options`; answers its stdout, or fails with the reason. At the deadline `end` is called. */
function runLine(command, options, end) {
  return new Promise((accept, reject) => {
    const child = spawn('/bin/sh', ['-c', command], options);
    const output = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr']) child[name]?.on('data', (chunk) => output[name].push(chunk));
    const timer = setTimeout(() => {
      end(child);
      reject(new Error('the helper took more than 10 seconds'));
    }, deadline);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      child.stdin?.destroy();
      const stderr = Buffer.concat(output.stderr).toString().trim();
      if (code !== 0) return reject(new Error(`the helper ended with ${code ?? signal}: ${stderr}`));
      return accept(Buffer.concat(output.stdout));
    });
  });
}

/** Runs `command` (a headersHelper line) for a server as Claude Code does; answers the headers, or fails with the reason. */
export async function runHeadersHelper(command, server, { environment = process.env, cwd } = {}) {
  // stdin stays open and silent: a helper that reads it hangs until the deadline.
  const options = { cwd, env: scrubbed(environment, server), stdio: ['pipe', 'pipe', 'pipe'] };
  return parse(await runLine(command, options, (child) => child.kill('SIGTERM')));
}

/** Lets this process be Claude Code in the folder `project` while `run` runs; answers what that answers. */
export async function inProject(project, run) {
  const [title, folder] = [process.title, process.cwd()];
  process.title = 'claude';
  process.chdir(project);
  try {
    return await run();
  } finally {
    process.chdir(folder);
    process.title = title;
  }
}

/** Runs `command` (an http_headers_helper line) as Codex does, which tells it nothing of the server. */
export async function runHttpHeadersHelper(command, { environment = process.env, cwd } = {}) {
  const kept = ['HOME', 'USER', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'];
  const env = Object.fromEntries(kept.filter((name) => name in environment).map((name) => [name, environment[name]]));
  const options = { cwd, env, stdio: ['ignore', 'pipe', 'ignore'], detached: true };
  return parse(await runLine(command, options, (child) => process.kill(-child.pid, 'SIGKILL')));
}

/** Opens a session; a refusal is an error whose `code` is the HTTP status. `more` are options of the SDK's transport. */
export async function connect(url, headers, more = {}) {
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers }, ...more });
  const client = new Client({ name: 'peer-client', version: '1.0.0' });
  await client.connect(transport);
  return {
    id: transport.sessionId,
    whoami: async () => (await client.callTool({ name: 'whoami', arguments: {} })).content[0].text,
    terminate: () => transport.terminateSession(),
    close: () => client.close(),
  };
}

/** Connects with `headers`, calls `whoami` and ends the session. */
export async function whoami(url, headers) {
  const session = await connect(url, headers);
  try {
    const text = await session.whoami();
    await session.terminate();
    return text;
  } finally {
    await session.close();
  }
}
