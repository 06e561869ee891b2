// Real MCP sessions whose server goes away, loses its sessions or revokes a token: what that costs in tokens, with the helper alone and inside hdr-tenant.
import assert from 'node:assert/strict';
import { delimiter } from 'node:path';
import { after, before, test } from 'node:test';
import { startClient } from './client-process.mjs';
import { bin, home, keyFile } from './helper.mjs';
import { bearerGuard, startServer } from './mcp-server.mjs';
import { client, startProvider } from './provider.mjs';

let provider;
before(async () => {
  keyFile('secret', 's3cret');
  const ways = ['alone', 'wrapped'].flatMap((way) => ['away', 'lost', 'revoked'].map((event) => `${event}-${way}`));
  provider = await startProvider({ clients: ways.map((id) => client(id, ['client_credentials'], { client_secret: 's3cret' })) });
});
after(() => provider.close());

/** A server with a session of a client whose tokens are those of `id`; answers { mcp, session, tokens }. */
async function connected(id, wrapper, t) {
  const mcp = await startServer({ '/mcp': bearerGuard({ introspect: provider.introspect }) });
  t.after(() => mcp.close());
  const line = `exec ${wrapper} hdr-bearer-refresh --token-url ${provider.tokenUrl} --client-id ${id} --client-secret file:~/secret`;
  const environment = { HOME: home, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const server = { name: id, url: `${mcp.origin}/mcp` };
  const session = await startClient('claude', { line, server, environment, cwd: home });
  t.after(() => session.close());
  const text = `access token of ${id}`;
  assert.equal((await session.call()).text, text);
  const tokens = () => provider.tokens.filter(({ client: asked }) => asked === id);
  return { mcp, session, text, tokens };
}

for (const [way, wrapper] of [['alone', ''], ['wrapped', "hdr-tenant -H 'X-A: a' --"]]) {
  test(`${way}: a server that is away for 15 s`, { concurrency: true }, async (t) => {
    const { mcp, session, text, tokens } = await connected(`away-${way}`, wrapper, t);
    const back = mcp.goAway(15_000);
    const after = await session.call();
    await back;
    assert.equal(after.text, text);
    assert.ok(after.runs >= 5, `${after.runs} runs`);
    assert.ok(tokens().length <= 2, `${tokens().length} tokens`);
    assert.equal((await session.call()).runs, after.runs);
  });

  test(`${way}: a session that the server has lost`, async (t) => {
    const { mcp, session, text, tokens } = await connected(`lost-${way}`, wrapper, t);
    mcp.forgetSessions();
    const after = await session.call();
    assert.deepEqual([after.text, after.runs], [text, 3]);
    assert.ok(tokens().length <= 2, `${tokens().length} tokens`);
  });

  test(`${way}: a token that is revoked`, async (t) => {
    const { session, text, tokens } = await connected(`revoked-${way}`, wrapper, t);
    await provider.revoke(tokens()[0].answer.access_token);
    const after = await session.call();
    assert.deepEqual([after.text, after.runs, tokens().length], [text, 2, 2]);
  });
}
