// The part of the demo with access tokens: one is asked for and shared, and replaced when the server refuses it.
import { runHeadersHelper } from './client.mjs';
import { startClient } from './client-process.mjs';
import { environment, good, home, say, sayHeaders, secret } from './demo-stage.mjs';
import { bearerGuard } from './mcp-server.mjs';

const line = (provider, file) => `exec hdr-bearer-refresh --issuer ${provider.issuer} --client-id demo --client-secret file:~/${file}`;

/** How often the authorization server was asked, which must be `expected` times. */
function asked(provider, expected) {
  const { length } = provider.tokens;
  if (length !== expected) throw new Error(`hdr-bearer-refresh: the authorization server was asked ${length} times instead of ${expected}`);
  return `${length} token request${length === 1 ? '' : 's'} so far`;
}

async function show(url, provider) {
  const command = line(provider, 'client.key');
  const settings = { line: command, server: { name: 'demo', url }, environment, cwd: home };
  const clients = [];
  const connected = async () => clients[clients.push(await startClient('claude', settings)) - 1];
  try {
    say('headersHelper', command);
    const one = await connected();
    const first = await one.call();
    sayHeaders(first.headers);
    good('tool whoami', `accepted: ${first.text}; ${asked(provider, 1)}`);

    const two = await connected();
    await two.call();
    good('another client', `accepted, from the cache; ${asked(provider, 1)}`);

    await provider.revoke(provider.tokens[0].answer.access_token);
    const { runs } = await two.call();
    good('token revoked', `401, helper run again (run ${runs}), another token, accepted; ${asked(provider, 2)}`);
    await one.call();
    good('first client', `401, helper run again, that token from the cache, accepted; ${asked(provider, 2)}`);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }

  secret('wrong-client.key');
  const refused = await runHeadersHelper(line(provider, 'wrong-client.key'), settings.server, settings).catch(({ message }) => message);
  const [, reason] = /^the helper ended with 4: hdr-bearer-refresh: (.*)$/.exec(refused) ?? [];
  if (!reason) throw new Error('hdr-bearer-refresh: the authorization server accepted a wrong secret');
  good('a wrong secret', `exit 4: ${reason}`);
}

export const bearer = {
  name: 'hdr-bearer-refresh',
  path: '/bearer',
  secret: secret('client.key'),
  guard: ({ introspect }) => bearerGuard({ introspect }),
  show,
};
