// A server with all that the MCP conformance suite asks for, on the MCP TypeScript SDK: revisions 2025-11-25 (with sessions) and 2026-07-28.
// `startConformanceServer` serves streamable HTTP, `serveOn` stdio.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { localhostHostValidation, NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { acceptedContent, createMcpHandler, createRequestStateCodec, MissingRequiredClientCapabilityError, ProtocolError, Server } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const wav = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';
const text = (value) => ({ type: 'text', text: value });
const image = { type: 'image', data: png, mimeType: 'image/png' };
const resource = (uri, mimeType, value) => ({ type: 'resource', resource: { uri, mimeType, text: value } });
const said = (...content) => ({ content: content.map((part) => (typeof part === 'string' ? text(part) : part)) });
const object = (properties = {}, required = Object.keys(properties)) => ({ type: 'object', properties, required });
const string = { type: 'string' };

const state = createRequestStateCodec({ key: 'a key that is long enough for HMAC-SHA256' });
const form = (message, requestedSchema) => ({ method: 'elicitation/create', params: { mode: 'form', message, requestedSchema } });
const sampling = (prompt, maxTokens) => ({ method: 'sampling/createMessage', params: { messages: [{ role: 'user', content: text(prompt) }], maxTokens } });
const roots = { method: 'roots/list', params: {} };
const nameForm = form('What is your name?', object({ name: string }));
const required = async (inputRequests, sealed) => ({ resultType: 'input_required', inputRequests, ...(sealed && { requestState: await state.mint(sealed) }) });

/** The capabilities that a request declared, or its session. */
const declared = (server, ctx) => ctx.mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'] ?? server.getClientCapabilities() ?? {};

/** Asks for `input` under one key, and again until `done` makes a result of the responses. */
const asking = (key, request, done) => async (_, ctx) => {
  const response = ctx.mcpReq.inputResponses?.[key];
  return (response && done(response, ctx)) || required({ [key]: request });
};

const elicited = (message, schema) => async (args, ctx) => {
  const { action, content } = await ctx.mcpReq.elicitInput({ message: args.message ?? message, requestedSchema: schema });
  return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
};

const defaults = { name: { ...string, default: 'John Doe' }, age: { type: 'integer', default: 30 }, score: { type: 'number', default: 95.5 }, status: { ...string, enum: ['active', 'inactive', 'pending'], default: 'active' }, verified: { type: 'boolean', default: true } };
const titled = (word) => [1, 2, 3].map((n) => ({ const: `value${n}`, title: `${['First', 'Second', 'Third'][n - 1]} ${word}` }));
const options = ['option1', 'option2', 'option3'];
const enums = {
  untitledSingle: { ...string, enum: options }, titledSingle: { ...string, oneOf: titled('Option') },
  legacyEnum: { ...string, enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
  untitledMulti: { type: 'array', items: { ...string, enum: options } }, titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
};
const schema2020 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object',
  $defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: string, city: string } } },
  properties: { name: string, address: { $ref: '#/$defs/address' }, contactMethod: { ...string, enum: ['phone', 'email'] }, phone: string, email: string },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] }, then: { required: ['phone'] }, else: { required: ['email'] }, additionalProperties: false,
};

/** The tools: what each does, and its input schema where it has arguments. */
const tools = (server, changed, calls) => ({
  test_simple_text: [() => said('This is a simple text response for testing.')],
  test_image_content: [() => said(image)],
  test_audio_content: [() => said({ type: 'audio', data: wav, mimeType: 'audio/wav' })],
  test_embedded_resource: [() => said(resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'))],
  test_multiple_content_types: [() => said('Multiple content types test:', image, resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'))],
  test_error_handling: [() => ({ isError: true, ...said('This tool intentionally returns an error for testing') })],
  test_tool_with_logging: [async (_, { mcpReq }) => {
    for (const step of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await mcpReq.log('info', step);
      await sleep(20);
    }
    return said('logged');
  }],
  test_logging_tool: [async (_, { mcpReq }) => {
    await mcpReq.log('info', 'only for who asked for it');
    return said('logged');
  }],
  test_tool_with_progress: [async (_, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
      await sleep(20);
    }
    return said('done');
  }],
  test_reconnection: [async (_, { http }) => {
    http?.closeSSE?.();
    await sleep(100);
    return said('after a gap');
  }],
  test_sampling: [async ({ prompt }, ctx) => said(`LLM response: ${(await ctx.mcpReq.requestSampling(sampling(prompt, 100).params)).content.text}`), object({ prompt: string })],
  test_elicitation: [elicited('', object({ username: string, email: string })), object({ message: string })],
  test_elicitation_sep1034_defaults: [elicited('defaults', object(defaults, []))],
  test_elicitation_sep1330_enums: [elicited('enums', object(enums, []))],
  test_streaming_elicitation: [asking('user_name', nameForm, () => said('streamed'))],
  slow: [async (_, { mcpReq: { signal } }) => {
    calls.started += 1;
    await once(signal, 'abort');
    calls.cancelled += 1;
    return said('never read');
  }],
  test_missing_capability: [(_, ctx) => {
    if (!declared(server, ctx).sampling) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
    return said('sampling was declared');
  }],
  test_trigger_tool_change: [() => changed('tools')],
  test_trigger_prompt_change: [() => changed('prompts')],
  json_schema_2020_12_tool: [(args) => said(JSON.stringify(args)), schema2020],
  test_headers: [({ region }) => said(String(region)), object({ region: { ...string, 'x-mcp-header': 'Region' } }, [])],
  test_input_required_result_elicitation: [asking('user_name', nameForm, ({ content }) => content?.name && said(`Hello, ${content.name}!`))],
  test_input_required_result_sampling: [asking('capital_question', sampling('What is the capital of France?', 100), ({ content }) => said(content.text))],
  test_input_required_result_list_roots: [asking('client_roots', roots, (response) => said(`Roots: ${response.roots.map(({ uri }) => uri).join(', ')}`))],
  test_input_required_result_request_state: [async (_, { mcpReq }) => (mcpReq.requestState() === 'confirm' ? said('state-ok') : required({ confirm: form('Please confirm', object({ ok: { type: 'boolean' } })) }, 'confirm'))],
  test_input_required_result_tampered_state: [async (_, { mcpReq }) => (mcpReq.requestState() === 'sealed' ? said('state-ok') : required({ confirm: form('Please confirm', object({ ok: { type: 'boolean' } })) }, 'sealed'))],
  test_input_required_result_multiple_inputs: [async (_, { mcpReq }) => {
    const asked = { user_name: nameForm, greeting: sampling('Generate a greeting', 50), client_roots: roots };
    return Object.keys(asked).every((key) => mcpReq.inputResponses?.[key]) ? said('all three') : required(asked, 'many');
  }],
  test_input_required_result_multi_round: [async (_, { mcpReq }) => {
    const round = mcpReq.requestState();
    if (round === 'two') return said(`done: ${acceptedContent(mcpReq.inputResponses, 'step2')?.color}`);
    if (round === 'one') return required({ step2: form('Step 2: What is your favorite color?', object({ color: string })) }, 'two');
    return required({ step1: form('Step 1: What is your name?', object({ name: string })) }, 'one');
  }],
  test_input_required_result_capabilities: [async (_, ctx) => {
    const { elicitation, sampling: samples } = declared(server, ctx);
    return required({ ...(elicitation && { user_name: nameForm }), ...(samples && { greeting: sampling('Generate a greeting', 50) }) });
  }],
});

const contents = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: png },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
};

const user = (...contents) => ({ messages: contents.map((content) => ({ role: 'user', content: typeof content === 'string' ? text(content) : content })) });
const prompts = {
  test_simple_prompt: [() => user('This is a simple prompt for testing.')],
  test_prompt_with_arguments: [({ arg1, arg2 }) => user(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`), ['arg1', 'arg2']],
  test_prompt_with_embedded_resource: [({ resourceUri }) => user(resource(resourceUri, 'text/plain', 'Embedded resource content for testing.'), 'Please process the embedded resource above.'), ['resourceUri']],
  test_prompt_with_image: [() => user(image, 'Please analyze the image above.')],
  test_input_required_result_prompt: [asking('user_context', form('What context should the prompt use?', object({ context: string })), ({ content }) => user(content.context))],
};

const one = (table, name) => {
  if (!Object.hasOwn(table, name)) throw new ProtocolError(-32602, `unknown: ${name}`, { uri: name });
  return table[name];
};

/** A server of its own for each session or request; `notify` tells all who listen what list has changed, where there is one who tells. */
function build(notify, calls = {}) {
  const capabilities = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: { listChanged: true }, logging: {}, completions: {} };
  const server = new Server({ name: 'conformance', version: '1.0.0' }, { capabilities, requestState: { verify: state.verify } });
  const changed = async (list) => {
    if (notify?.()) notify()[`${list}Changed`]();
    else await server[list === 'tools' ? 'sendToolListChanged' : 'sendPromptListChanged']();
    return said('changed');
  };
  const table = tools(server, changed, calls);
  const on = (method, act) => server.setRequestHandler(method, ({ params }, ctx) => act(params ?? {}, ctx));
  on('tools/list', () => ({ tools: Object.entries(table).map(([name, [, inputSchema = object()]]) => ({ name, description: `The tool ${name}`, inputSchema })) }));
  on('tools/call', ({ name, arguments: args }, ctx) => one(table, name)[0](args ?? {}, ctx));
  on('resources/list', () => ({ resources: Object.entries(contents).map(([uri, { mimeType }]) => ({ uri, name: uri.slice(7), description: uri, mimeType })) }));
  on('resources/templates/list', () => ({ resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', description: 'A template', mimeType: 'application/json' }] }));
  on('resources/read', ({ uri }) => {
    const id = /^test:\/\/template\/(.+)\/data$/.exec(uri)?.[1];
    const filled = id && { mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) };
    return { contents: [{ uri, ...(filled ?? one(contents, uri)) }] };
  });
  on('resources/subscribe', () => ({}));
  on('resources/unsubscribe', () => ({}));
  on('prompts/list', () => ({ prompts: Object.entries(prompts).map(([name, [, names = []]]) => ({ name, description: name, arguments: names.map((each) => ({ name: each, description: each, required: true })) })) }));
  on('prompts/get', ({ name, arguments: args }, ctx) => one(prompts, name)[0](args ?? {}, ctx));
  on('completion/complete', () => ({ completion: { values: [], total: 0, hasMore: false } }));
  return server;
}

/** Events of all sessions, kept to be sent again. */
function eventStore() {
  const events = [];
  return {
    async storeEvent(stream, message) {
      return `${stream}_${events.push({ stream, message }) - 1}`;
    },
    async replayEventsAfter(last, { send }) {
      const cut = last.lastIndexOf('_');
      const [stream, after] = [last.slice(0, cut), Number(last.slice(cut + 1))];
      for (const [index, event] of events.entries()) if (index > after && event.stream === stream && event.message.jsonrpc) await send(`${stream}_${index}`, event.message);
      return stream;
    },
  };
}

/** Starts it on a free loopback port; answers { url, requests, calls, close }: the HTTP requests, and how many calls of `slow` began and were cancelled. */
export async function startConformanceServer() {
  const [sessions, requests, calls] = [new Map(), [], { started: 0, cancelled: 0 }];
  const handler = createMcpHandler(() => build(() => handler.notify, calls), { legacy: 'reject' });
  const modern = toNodeHandler(handler);
  const legacy = async (request, response) => {
    const id = request.headers['mcp-session-id'];
    if (id && !sessions.has(id)) return response.writeHead(404).end();
    if (id) return sessions.get(id).handleRequest(request, response);
    const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, eventStore: eventStore(), retryInterval: 200, onsessioninitialized: (id) => sessions.set(id, transport) });
    await build(undefined, calls).connect(transport);
    return transport.handleRequest(request, response);
  };
  const isLocal = localhostHostValidation();
  const listener = createServer((request, response) => {
    if (!isLocal(request, response)) return undefined;
    requests.push({ method: request.method, headers: request.headers });
    return (request.headers['mcp-protocol-version'] >= '2026' ? modern : legacy)(request, response);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const close = async () => {
    await handler.close();
    listener.closeAllConnections();
    await new Promise((done) => listener.close(done));
  };
  return { url: `http://127.0.0.1:${listener.address().port}/mcp`, requests, calls, close };
}

/** Serves stdio in this process; answers { stdin, stdout } as a child process has them. */
export function serveOn() {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  serveStdio(() => build(), { transport: new StdioServerTransport(stdin, stdout) });
  stdin.on('end', () => stdout.end());
  return { stdin, stdout };
}
