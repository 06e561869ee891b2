// When headers are asked for, what counts as a refusal, and that no credential leaves its origin.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertBridgeError, connect, startClient } from './bridge-client.mjs';
import { startStage } from './bridge-stage.mjs';

const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } };
const challenge = 'Bearer realm="stage", error="invalid_token", error_description="it was revoked"';

/** A headersHelper of another vendor: a script whose run number is its token (`step` 0: the same one each time); `runs()` says how often it ran. */
function foreignHelper(t, { step = 1, fail = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hdr-peers-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [script, count] = [join(folder, 'helper'), join(folder, 'count')];
  writeFileSync(count, '');
  const print = fail ? 'echo "no ticket" >&2; exit 1' : `n=$(wc -l <"${count}"); echo "{\\"Authorization\\":\\"Bearer t$((n * ${step} + 1 - ${step}))\\"}"`;
  writeFileSync(script, `#!/bin/sh\necho run >>"${count}"\n${print}\n`);
  chmodSync(script, 0o700);
  return { command: [script], runs: () => readFileSync(count, 'utf8').split('\n').length - 1 };
}

/** A stage that refuses every request without its current `token`, as `refuse` says. */
async function guarded(t, options) {
  const stage = await startStage(t, { token: 't1', refuse: (x) => x.status(401, { 'WWW-Authenticate': challenge }), ...options });
  stage.guard = (x) => {
    if (x.headers.authorization === `Bearer ${stage.token}`) return false;
    stage.refuse(x);
    return true;
  };
  return stage;
}

describe('refusals', { concurrency: 8 }, () => {
  for (const [name, act] of [['401', (x) => x.status(401, { 'WWW-Authenticate': challenge })], ['401 without a challenge', (x) => x.status(401)], ['403 with invalid_token', (x) => x.status(403, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })]]) {
    for (const format of ['json', 'sse']) {
      test(`${name}, then fine: the helper is asked once more, the call is sent once more (${format})`, async (t) => {
        const helper = foreignHelper(t);
        const stage = await guarded(t, { format });
        stage.refuse = act;
        const client = await connect(t, stage, { helper: helper.command });
        assert.ok((await client.call()).result);
        stage.token = 't2';
        assert.ok((await client.call('tool', { text: 'again' })).result);
        const sent = stage.of('tools/call').map(({ headers }) => headers.authorization);
        assert.deepEqual(sent, ['Bearer t1', 'Bearer t1', 'Bearer t2']);
        assert.equal(helper.runs(), 2);
        assert.equal(stage.of('initialize').length, 1, 'the session lives on');
      });
    }
  }

  test('401 for good at initialize: an error that says why', async (t) => {
    const helper = foreignHelper(t);
    const stage = await guarded(t);
    stage.token = 'never';
    const client = startClient(t, stage.url, { helper: helper.command });
    assertBridgeError(await client.request('initialize', params), /401.*it was revoked/, { httpStatus: 401 });
    assert.deepEqual([stage.of('initialize').length, helper.runs()], [2, 2]);
    assert.ok(!client.stderr.includes('t1') && !client.lines.some(({ text }) => /Bearer t\d/.test(text)), 'no token is shown');
  });

  test('the same token again: the error, and the request is not sent with it once more', async (t) => {
    const helper = foreignHelper(t, { step: 0 });
    const stage = await guarded(t);
    const client = await connect(t, stage, { helper: helper.command });
    stage.token = 'other';
    assertBridgeError(await client.call(), /401/, { httpStatus: 401 });
    assert.equal(stage.of('tools/call').length, 1);
  });

  test('401 without a helper: the error', async (t) => {
    const stage = await guarded(t);
    const client = await connect(t, stage, { headers: { Authorization: 'Bearer t1' } });
    stage.token = 'other';
    assertBridgeError(await client.call(), /401/, { httpStatus: 401 });
    assert.equal(stage.of('tools/call').length, 1);
  });

  test('403 before the first 2xx is a refusal, afterwards it is none', async (t) => {
    const helper = foreignHelper(t);
    const stage = await guarded(t, { session: undefined });
    stage.token = 't2';
    stage.refuse = (x) => x.status(403);
    const client = await connect(t, stage, { helper: helper.command });
    assert.equal(helper.runs(), 2);
    stage.token = 't3';
    assertBridgeError(await client.call(), /403/, { httpStatus: 403 });
    assert.equal(helper.runs(), 2);
  });

  test('insufficient_scope asks nobody and names the scopes', async (t) => {
    const helper = foreignHelper(t);
    const stage = await guarded(t);
    const client = await connect(t, stage, { helper: helper.command });
    stage.token = 'other';
    stage.refuse = (x) => x.status(403, { 'WWW-Authenticate': 'Bearer error="insufficient_scope", scope="files:write mail:send"' });
    assertBridgeError(await client.call(), /files:write mail:send/, { httpStatus: 403 });
    assert.equal(helper.runs(), 1);
  });

  test('64 requests refused at once cost one run of the helper', async (t) => {
    const helper = foreignHelper(t);
    const stage = await guarded(t);
    const client = await connect(t, stage, { helper: helper.command });
    stage.token = 't2';
    const ids = Array.from({ length: 64 }, () => client.ask('tools/call', { name: 'tool' }));
    for (const id of ids) assert.ok((await client.answer(id)).result);
    assert.equal(helper.runs(), 2);
    assert.ok(stage.of('tools/call').length <= 128);
  });

  test('3 runs a minute after refusals, then the error says how long', async (t) => {
    const helper = foreignHelper(t);
    const stage = await guarded(t);
    const client = await connect(t, stage, { helper: helper.command });
    for (const token of ['t2', 't3', 't4']) {
      stage.token = token;
      assert.ok((await client.call()).result, token);
    }
    stage.token = 't5';
    assertBridgeError(await client.call(), /\d+ ?s|minute/, { httpStatus: 401 });
    assert.equal(helper.runs(), 4);
  });

  test('the GET stream and DELETE carry the headers, and a refused GET renews them', async (t) => {
    const helper = foreignHelper(t);
    const stage = await guarded(t, { on: { 'notifications/initialized': (x) => ((stage.token = 't2'), x.status(202)), GET: (x) => x.events(': open\n\n') } });
    const client = await connect(t, stage, { helper: helper.command });
    await stage.until('GET', 2);
    assert.ok((await client.call()).result);
    client.child.stdin.end();
    await client.exit();
    assert.deepEqual(stage.of('DELETE').map(({ headers }) => headers.authorization), ['Bearer t2']);
  });
});

describe('the helper', { concurrency: 8 }, () => {
  test('fails: its message is the error, and the next request asks again', async (t) => {
    const helper = foreignHelper(t, { fail: true });
    const stage = await startStage(t);
    const client = startClient(t, stage.url, { helper: helper.command });
    assertBridgeError(await client.request('initialize', params), /helper|exit/);
    assertBridgeError(await client.request('initialize', params), /helper|exit/);
    assert.equal(stage.seen.length, 0);
    assert.ok(helper.runs() >= 2);
  });

  test('a server that is down never causes a run', async (t) => {
    const helper = foreignHelper(t);
    const stage = await guarded(t);
    const client = await connect(t, stage, { helper: helper.command });
    const { guard } = stage;
    for (const status of [429, 500, 502, 503]) {
      stage.guard = (x) => (x.status(status), true);
      assertBridgeError(await client.call(), new RegExp(status));
    }
    stage.guard = guard;
    assert.ok((await client.call()).result);
    assert.equal(helper.runs(), 1);
  });

  test('its header and -H: one line on the wire, the helper wins', async (t) => {
    const helper = foreignHelper(t);
    const stage = await startStage(t);
    const client = await connect(t, stage, { helper: helper.command, headers: { authorization: 'Basic no', 'X-Key': 'secret' } });
    await client.call();
    for (const { request } of stage.seen) {
      assert.deepEqual(request.rawHeaders.filter((_, n) => /^authorization$/i.test(request.rawHeaders[n - 1] ?? '')), ['Bearer t1']);
      assert.equal(request.headers['x-key'], 'secret');
    }
  });
});

describe('hdr-bearer-refresh in-process', { concurrency: 8 }, () => {
  test('a revoked token is replaced once, and no call is lost', async (t) => {
    const endpoint = await startStage(t, { on: { POST: (x) => x.json({ access_token: `t${endpoint.seen.length}`, token_type: 'Bearer', expires_in: 3600 }) } });
    const secret = join(mkdtempSync(join(tmpdir(), 'hdr-peers-')), 'secret');
    writeFileSync(secret, 'hidden-client-secret', { mode: 0o600 });
    t.after(() => rmSync(join(secret, '..'), { recursive: true, force: true }));
    const stage = await guarded(t);
    const helper = ['hdr-bearer-refresh', '--token-url', `${endpoint.origin}/token`, '--client-id', 'peer', '--client-secret', `file:${secret}`, '--cache-dir', join(secret, '..', 'cache')];
    const client = await connect(t, stage, { helper });
    stage.token = 't2';
    const ids = Array.from({ length: 20 }, () => client.ask('tools/call', { name: 'tool' }));
    for (const id of ids) assert.ok((await client.answer(id)).result);
    assert.equal(endpoint.seen.length, 2);
    for (const { headers, body } of stage.seen) assert.ok(!JSON.stringify(headers).includes('hidden') && !body.includes('hidden'));
    assert.ok(endpoint.seen.every(({ headers }) => headers['mcp-session-id'] === undefined));
  });
});

describe('the credentials of --sign sigv4', { concurrency: 2 }, () => {
  /** A command that prints credentials which last `seconds`, and what counts its runs. */
  const exporter = (t, seconds) => {
    const folder = mkdtempSync(join(tmpdir(), 'hdr-bridge-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const Expiration = new Date(Date.now() + seconds * 1000).toISOString();
    const credentials = { Version: 1, AccessKeyId: 'AKIDEXAMPLE', SecretAccessKey: 'secret', SessionToken: 'token', Expiration };
    writeFileSync(join(folder, 'credentials'), JSON.stringify(credentials));
    writeFileSync(join(folder, 'export'), `echo run >> ${folder}/runs\nsleep 0.2\ncat ${folder}/credentials\n`);
    const options = ['--sign', 'sigv4', '--region', 'us-east-1', '--service', 'execute-api', '--command', `sh ${folder}/export`];
    return { options, runs: () => readFileSync(join(folder, 'runs'), 'utf8').trimEnd().split('\n').length };
  };

  test('with less than five minutes to live are read once, not for each request', async (t) => {
    const { options, runs } = exporter(t, 120);
    const stage = await startStage(t);
    const client = await connect(t, stage, { options });
    const ids = Array.from({ length: 20 }, () => client.ask('ping'));
    for (const id of ids) assert.deepEqual((await client.answer(id)).result, {});
    assert.equal(runs(), 1);
  });

  test('that the server calls expired are read once for all requests, and three times a minute at most', async (t) => {
    const { options, runs } = exporter(t, 3600);
    const expired = (x) => x.status(403, { 'x-amzn-errortype': 'ExpiredTokenException' });
    const stage = await startStage(t, { on: { ping: expired } });
    const client = await connect(t, stage, { options });
    const ids = Array.from({ length: 20 }, () => client.ask('ping'));
    const often = /the MCP server refuses each new credential: 3 were made after refusals in the last minute;/;
    for (const id of ids) await client.answer(id);
    for (let more = 0; more < 4; more += 1) await client.request('ping');
    assertBridgeError(await client.request('ping'), often, { transient: true, mayHaveRun: false });
    assert.equal(runs(), 4);
  });
});
