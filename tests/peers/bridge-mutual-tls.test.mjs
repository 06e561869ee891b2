// A server that asks for a certificate: whose the bridge shows, and what it says when that is not accepted.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { authority, missing } from './certificates.mjs';
import { assertBridgeError, connect, startClient } from './bridge-client.mjs';
import { startStage } from './bridge-stage.mjs';

const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'peer', version: '1' } };

/** An authority in a folder of its own, and a server with a certificate of it, which asks clients for one of the same. */
async function guarded(t) {
  const folder = mkdtempSync(join(tmpdir(), 'hdr-peers-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { ca, own, signed } = authority(folder);
  const { cert, key } = signed('server', 'IP:127.0.0.1');
  const stage = await startStage(t, { tls: { cert, key, ca, requestCert: true, rejectUnauthorized: true } });
  const file = (name) => join(folder, name);
  return { stage, own, signed, file, trust: ['--ca-cert', file('ca.pem')] };
}

/** The options of a client with the certificate `name`. */
const shown = ({ file }, name) => ['--cert', file(`${name}.pem`), '--key', file(`${name}.key`)];

/** A proxy that opens tunnels, and what it was asked for. */
async function startProxy(t) {
  const asked = [];
  const proxy = createServer((request, response) => response.writeHead(405).end());
  proxy.on('connect', (request, socket) => {
    asked.push(request.url);
    const [host, port] = request.url.split(':');
    const server = connectTcp(port, host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const [from, to] of [[server, socket], [socket, server]]) from.on('error', () => to.destroy()).pipe(to);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => new Promise((done) => { proxy.close(done); proxy.closeAllConnections(); }));
  return { url: `http://127.0.0.1:${proxy.address().port}`, asked };
}

describe('a server that asks for a certificate', { skip: missing }, () => {
  test('is shown it on every request of a session', async (t) => {
    const site = await guarded(t);
    site.signed('agent', 'DNS:agent.example.com');
    const client = await connect(t, site.stage, { options: [...site.trust, ...shown(site, 'agent')] });
    const answer = await client.call('tool', { text: 'hello' });
    assert.equal(answer.result?.content[0].text, 'hello', JSON.stringify(answer));
    await site.stage.until('GET');
    client.child.stdin.end();
    await client.exit();
    assert.deepEqual(site.stage.kinds.toSorted(), ['DELETE', 'GET', 'initialize', 'notifications/initialized', 'tools/call']);
    assert.ok(site.stage.seen.every((exchange) => exchange.client === 'agent'));
  });

  test('is reached with SSL_CERT_FILE and a certificate file that holds the key', async (t) => {
    const site = await guarded(t);
    const { cert, key } = site.signed('agent', 'DNS:agent.example.com');
    const [both, env] = [site.file('both.pem'), { SSL_CERT_FILE: site.file('ca.pem') }];
    writeFileSync(both, cert + key, { mode: 0o600 });
    const client = startClient(t, site.stage.url, { env, options: ['--cert', both] });
    await client.initialize();
    assert.equal(site.stage.of('initialize')[0].client, 'agent');
    await client.finish();
  });

  test('is reached through the tunnel of a proxy', async (t) => {
    const [site, proxy] = [await guarded(t), await startProxy(t)];
    site.signed('agent', 'DNS:agent.example.com');
    const client = await connect(t, site.stage, { options: [...site.trust, ...shown(site, 'agent'), '--proxy', proxy.url] });
    assert.ok((await client.call()).result);
    assert.ok(site.stage.seen.every((exchange) => exchange.client === 'agent'));
    assert.ok(proxy.asked.length > 0 && proxy.asked.every((asked) => asked === `127.0.0.1:${site.stage.port}`), `${proxy.asked}`);
  });

  test('is shown a renewed certificate without a new start', async (t) => {
    const site = await guarded(t);
    for (const name of ['first', 'second']) site.signed(name, 'DNS:agent.example.com');
    const put = (name) => ['pem', 'key'].forEach((kind) => copyFileSync(site.file(`${name}.${kind}`), site.file(`agent.${kind}`)));
    put('first');
    const client = await connect(t, site.stage, { options: [...site.trust, ...shown(site, 'agent')] });
    await client.call();
    put('second');
    site.stage.server.closeAllConnections();
    await client.call();
    assert.deepEqual(site.stage.of('tools/call').map((exchange) => exchange.client), ['first', 'second']);
  });

  test('and is shown none: each request gets an error at once that says so', async (t) => {
    const site = await guarded(t);
    const client = startClient(t, site.stage.url, { options: site.trust });
    const begun = performance.now();
    for (const method of ['initialize', 'initialize']) {
      const answer = await client.request(method, params);
      const remedy = 'give one that it accepts with --tls-cert and --tls-key';
      assertBridgeError(answer, / cannot be reached: /, { transient: false, mayHaveRun: false });
      assert.equal(answer.error.message, `hdr-bridge: ${site.stage.origin} cannot be reached: it requires a client certificate; ${remedy}`);
    }
    assert.ok(performance.now() - begun < 5000, 'another attempt would fail alike');
    assert.deepEqual(site.stage.seen, []);
  });

  // Node judges the certificate when the handshake is over, and closes the connection without an alert.
  test('and closes the connection without a word: the error says what it may be', async (t) => {
    const site = await guarded(t);
    site.own('stranger');
    const client = startClient(t, site.stage.url, { options: [...site.trust, ...shown(site, 'stranger')] });
    const answer = await client.request('initialize', params);
    assertBridgeError(answer, /; the server asks for a certificate: check that it accepts the one of --tls-cert/, { transient: true, mayHaveRun: true });
    assert.deepEqual(site.stage.seen, []);
  });

  test('whose own certificate is not trusted is sent nothing', async (t) => {
    const site = await guarded(t);
    site.signed('agent', 'DNS:agent.example.com');
    const client = startClient(t, site.stage.url, { options: shown(site, 'agent') });
    const answer = await client.request('initialize', params);
    assertBridgeError(answer, / cannot be reached: its certificate /, { transient: false, mayHaveRun: false });
    assert.match(answer.error.message, /--ca-cert FILE/);
    assert.deepEqual(site.stage.seen, []);
  });
});
