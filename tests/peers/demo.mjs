// What scripts/demo shows: each helper gives an MCP client its headers, the server accepts them, and refuses those of a wrong key; hdr-bridge serves a client
// that knows only stdio.
import { bearer } from './demo-bearer.mjs';
import { bridge } from './demo-bridge.mjs';
import { signed } from './demo-signed.mjs';
import { colour } from './demo-stage.mjs';
import { tenant } from './demo-tenant.mjs';
import { startServer } from './mcp-server.mjs';
import { client, startProvider } from './provider.mjs';

const demo = client('demo', ['client_credentials'], { client_secret: bearer.secret });
const bridged = client('demo-bridge', ['client_credentials'], { client_secret: bridge.secret });
const provider = await startProvider({ clients: [demo, bridged] });
const server = await startServer(Object.fromEntries([...signed, bearer, tenant].map((helper) => [helper.path, helper.guard(provider)])));
try {
  console.log(`An MCP server on ${server.origin} demands credentials; a client runs each headersHelper as Claude Code does.`);
  for (const helper of signed) {
    console.log(colour(1, helper.name));
    await helper.show(server.origin + helper.path);
  }
  console.log(`${colour(1, bearer.name)}, with an authorization server on ${provider.issuer}`);
  await bearer.show(server.origin + bearer.path, provider);
  console.log(`${colour(1, tenant.name)}, with hdr-jwt behind it`);
  await tenant.show(server.origin + tenant.path);
  console.log(`${colour(1, bridge.name)}, with hdr-bearer-refresh in it, before a server that demands a client certificate`);
  await bridge.show(provider);
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
} finally {
  await Promise.all([server.close(), provider.close()]);
}
