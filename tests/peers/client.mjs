// An MCP client that treats a headersHelper as Claude Code does, and the SDK's client with the headers it printed.
import { spawn } from 'node:child_process';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const deadline = 10_000;
const outputLimit = 1 << 20;

/** Names that look like a credential: what a project's or a plugin's helper never gets to see. */
const credentialLike = new RegExp(
  '(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|KEY|APIKEY|CREDENTIALS?|CREDS|COOKIE|AUTH|PAT)(_|$)|_PASS$|PGPASSWORD|SSHKEY' +
    '|^(KUBECONFIG|GNUPGHOME|XDG_CONFIG_HOME|DATABASE_URL|SENTRY_DSN|CLOUDSDK_CONFIG|AWS_(CONFIG|SHARED_CREDENTIALS)_FILE|SSH_AGENT_PID)$',
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
  for (const [name, text] of Object.entries(value)) if (typeof text !== 'string') throw new Error(`the value of ${name} is no string`);
  return value;
}

/** Runs `command` (a headersHelper line) for a server; answers the headers, or fails with the reason. */
export function runHeadersHelper(command, server, { environment = process.env, cwd } = {}) {
  return new Promise((accept, reject) => {
    // stdin stays open and silent: a helper that reads it hangs until the deadline.
    const child = spawn('/bin/sh', ['-c', command], { cwd, env: scrubbed(environment, server), stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => output[name].push(chunk));
    const timer = setTimeout(() => {
      child.kill('SIGTERM');
      reject(new Error('the helper took more than 10 seconds'));
    }, deadline);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      child.stdin.destroy();
      const stderr = Buffer.concat(output.stderr).toString().trim();
      if (code !== 0) return reject(new Error(`the helper ended with ${code ?? signal}: ${stderr}`));
      try {
        return accept(parse(Buffer.concat(output.stdout)));
      } catch (error) {
        return reject(error);
      }
    });
  });
}

/** Connects with `headers`, calls `whoami` and ends the session; a refusal is an error whose `code` is the HTTP status. */
export async function whoami(url, headers) {
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  const client = new Client({ name: 'peer-client', version: '1.0.0' });
  await client.connect(transport);
  try {
    const { content } = await client.callTool({ name: 'whoami', arguments: {} });
    await transport.terminateSession();
    return content[0].text;
  } finally {
    await client.close();
  }
}
