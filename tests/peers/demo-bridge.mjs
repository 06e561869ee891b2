// The part of the demo with hdr-bridge: a client that knows only stdio servers, a server that demands a client certificate, a token revoked in mid-session.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { authority, missing } from './certificates.mjs';
import { environment, good, home, say, secret } from './demo-stage.mjs';
import { bearerGuard, certificateGuard, startServer } from './mcp-server.mjs';

/** The server, HTTPS for who has a certificate of its authority; the files are in HOME. */
function serve({ introspect }) {
  const { ca, signed } = authority(home);
  const { cert, key } = signed('server', 'IP:127.0.0.1');
  signed('client', 'DNS:client.example.com');
  const guard = certificateGuard(bearerGuard({ introspect }));
  return startServer({ '/mcp': guard }, { cert, key, ca, requestCert: true, rejectUnauthorized: true });
}

/** The SDK's client before a stdio server, which is started with `env` and without a shell. */
async function connect([command, ...args], env) {
  const client = new Client({ name: 'demo', version: '1.0.0' });
  const transport = new StdioClientTransport({ command, args, env, cwd: home });
  await client.connect(transport);
  const whoami = async () => (await client.callTool({ name: 'whoami', arguments: {} })).content[0].text;
  return { whoami, close: () => client.close() };
}

/** What ends a request of a client that trusts the server and has no certificate. */
async function refusal(url) {
  const request = https.get(url, { ca: readFileSync(join(home, 'ca.pem')) });
  const outcome = await new Promise((done) => request.on('response', done).on('error', done));
  if (!/certificate required/.test(outcome.message)) throw new Error(`hdr-bridge: the server takes requests without a certificate: ${outcome}`);
  return 'certificate required';
}

/** The tokens that were asked for, which must be `expected`. */
function asked(provider, expected) {
  const tokens = provider.tokens.filter(({ client }) => client === 'demo-bridge');
  if (tokens.length !== expected) throw new Error(`hdr-bridge: the authorization server was asked ${tokens.length} times instead of ${expected}`);
  return tokens;
}

async function show(provider) {
  if (missing) return say('left out', missing);
  const server = await serve(provider);
  const url = `${server.origin}/mcp`;
  const helper = ['hdr-bearer-refresh', '--issuer', provider.issuer, '--client-id', 'demo-bridge', '--client-secret', 'file:~/bridge.key'];
  const line = ['hdr-bridge', '--cert', '~/client.pem', '--key', '~/client.key', '--ca-cert', '~/ca.pem', '--', ...helper];
  let client;
  try {
    say('stdio server', line.join(' '));
    say('its env', `API_URL=${url}`);
    good('no certificate', `refused: ${await refusal(url)}`);

    client = await connect(line, { ...environment, API_URL: url });
    const before = await client.whoami();
    const [token] = asked(provider, 1);
    good('tool whoami', `accepted: ${before}; 1 token request so far`);

    await provider.revoke(token.answer.access_token);
    const from = server.requests.length;
    const after = await client.whoami();
    asked(provider, 2);
    // The client has sent one message, in the session that it had.
    const posts = server.requests.slice(from).filter(({ method }) => method === 'POST').map(({ accepted }) => accepted);
    if (after !== before || posts.join() !== 'false,true') throw new Error(`hdr-bridge: the session did not go on: ${posts}`);
    good('token revoked', '401, another token, the call sent again in the same session; the client saw its answer alone; 2 token requests so far');
  } finally {
    await client?.close();
    await server.close();
  }
}

export const bridge = { name: 'hdr-bridge', secret: secret('bridge.key'), show };
