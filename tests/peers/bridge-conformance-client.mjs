// The client of the conformance suite's client scenarios: the MCP TypeScript SDK's stdio client, whose command is hdr-bridge of HDR_BIN.
// `node bridge-conformance-client.mjs URL`, with what the suite says in the environment.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const { HDR_BIN, MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_PROTOCOL_VERSION: revision, MCP_CONFORMANCE_CONTEXT: context = '{}' } = process.env;
const call = (name, args = {}) => (client) => client.callTool({ name, arguments: args });
const callListed = (choose) => async (client, tools) => {
  for (const { name } of tools.filter(choose)) await client.callTool({ name, arguments: {} });
};

/** What is done in a scenario after the tools are listed. */
const acts = {
  tools_call: call('add_numbers', { a: 5, b: 3 }),
  'sse-retry': call('test_reconnection'),
  'elicitation-sep1034-client-defaults': call('test_client_elicitation_defaults'),
  'sep-2322-client-request-state': async (client) => {
    for (const name of ['echo_state', 'no_state', 'unrelated']) await client.callTool({ name: `test_mrtr_${name}`, arguments: {} });
    // Its answer names no result type, which this client does not accept.
    await client.callTool({ name: 'test_mrtr_no_result_type', arguments: {} }).catch(() => {});
  },
  'http-standard-headers': async (client, tools) => {
    await callListed(() => true)(client, tools);
    for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri });
    for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name, arguments: {} });
  },
  'http-custom-headers': async (client) => {
    for (const { name, arguments: args } of JSON.parse(context).toolCalls) await client.callTool({ name, arguments: args });
  },
  'http-invalid-tool-headers': callListed(() => true),
  'json-schema-2020-12-preservation': (client, [focal, echo]) => client.callTool({ name: echo.name, arguments: { schema: focal.inputSchema } }),
};

const client = new Client(
  { name: 'conformance', version: '1.0.0' },
  { capabilities: { elicitation: { form: { applyDefaults: true } } }, versionNegotiation: { mode: revision >= '2026' ? { pin: revision } : 'legacy' } },
);
client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
await client.connect(new StdioClientTransport({ command: `${HDR_BIN}/hdr-bridge`, args: [process.argv[2]] }));
const { tools } = scenario === 'request-metadata' ? {} : await client.listTools();
await acts[scenario]?.(client, tools);
await client.close();
