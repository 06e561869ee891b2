// A Claude Code plugin with one MCP server: scripts/package-plugin makes it, and its helper or its stdio server is run as Claude Code runs it.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { credentialLike, inProject, runHeadersHelper } from './client.mjs';

const script = fileURLToPath(new URL('../../scripts/package-plugin', import.meta.url));

/** Runs scripts/package-plugin; answers { code, stdout, stderr }. */
export const packagePlugin = (...args) =>
  new Promise((done) => execFile(script, args, (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr })));

const read = (root, path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** The manifest of the plugin in `root`, and the name and the entry of its only server. */
export function parts(root) {
  const [[server, entry], ...others] = Object.entries(read(root, '.mcp.json').mcpServers);
  if (others.length > 0) throw new Error('the plugin has more than one server');
  return { manifest: read(root, '.claude-plugin/plugin.json'), server, entry };
}

/** What a shell gets to see of a plugin's line: text is put in as it is, for a credential nothing; what is not set stays. */
export const expanded = (line, root, environment) =>
  line.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name, fallback) => {
    if (name === 'CLAUDE_PLUGIN_ROOT') return root;
    // It is no variable of a helper's, but known to the client.
    if (name === 'CLAUDE_PROJECT_DIR') return environment.CLAUDE_PROJECT_DIR ?? whole;
    return credentialLike.test(name) ? '' : (environment[name] ?? fallback ?? whole);
  });

/** Runs the helper of the plugin in `root`, by a client in the folder `project`; answers { url, headers }, or fails with the reason. */
export async function runPlugin(root, { environment, cwd = root, project = process.cwd() }) {
  const { manifest, server, entry } = parts(root);
  const told = { name: `plugin:${manifest.name}:${server}`, url: entry.url };
  const options = { cwd, environment: { ...environment, CLAUDE_PLUGIN_ROOT: root } };
  const line = expanded(entry.headersHelper, root, { ...environment, CLAUDE_PROJECT_DIR: project });
  const made = await inProject(project, () => runHeadersHelper(line, told, options));
  return { url: entry.url, headers: { ...entry.headers, ...made } };
}

/** Starts the stdio server of the plugin in `root`, without a shell, and lets it tell which credential was accepted. */
export async function runStdioPlugin(root, { environment, cwd = root }) {
  const { entry } = parts(root);
  const known = { ...environment, CLAUDE_PLUGIN_ROOT: root };
  const filled = (text) => text.replace(/\$\{(\w+)\}/g, (whole, name) => known[name] ?? whole);
  const env = Object.fromEntries(Object.entries(entry.env ?? {}).map(([name, value]) => [name, filled(value)]));
  const client = new Client({ name: 'plugin', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: filled(entry.command), args: entry.args.map(filled), env: { ...environment, ...env }, cwd }));
  try {
    return (await client.callTool({ name: 'whoami', arguments: {} })).content[0].text;
  } finally {
    await client.close();
  }
}
