// Sessions with an MCP server whose headers a helper makes, and what the clients do when the server refuses them in mid-session.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, runHeadersHelper, runHttpHeadersHelper } from './client.mjs';

const isRefusal = (status) => status === 401 || status === 403;

/** Before each attempt to connect to a server that is away, in milliseconds. */
const pauses = [500, 1000, 2000, 4000, 8000, 8000];

/**
 * As Claude Code 2.1.332. After a refusal the helper runs once more, there is a new connection, and the call is made again; a
 * second refusal is the end. After a 404 two helpers run at once. A server that is away is connected to again and again, with
 * another run of the helper each time.
 */
export async function claudeSession({ line, server, ...options }) {
  const state = { runs: 0 };
  const open = async () => {
    state.runs += 1;
    state.headers = await runHeadersHelper(line, server, options);
    state.session = await connect(server.url, state.headers);
  };
  const once = async () => ({ text: await state.session.whoami(), session: state.session.id, runs: state.runs, headers: state.headers });

  async function again() {
    state.runs += 1;
    const other = runHeadersHelper(line, server, options);
    await open();
    await other;
    return once();
  }

  async function reconnected() {
    let last;
    for (const pause of pauses) {
      await sleep(pause);
      try {
        await open();
        return await once();
      } catch (error) {
        if (error.code !== undefined) throw error;
        last = error;
      }
    }
    throw last;
  }

  async function call() {
    if (state.wedged) throw new Error(`MCP server "${server.name}" rejected the credential from its headersHelper`);
    try {
      return await once();
    } catch (error) {
      if (error.code === 404) return again();
      if (error.code === undefined) return reconnected();
      if (!isRefusal(error.code)) throw error;
    }
    try {
      await open();
      return await once();
    } catch (error) {
      state.wedged = true;
      throw error;
    }
  }

  await open();
  return { call, close: () => state.session.close() };
}

/** As Codex 0.169.0: the helper runs once more for each request that is refused, and this request is sent again in the same session. */
export async function codexSession({ line, server, ...options }) {
  const state = { runs: 0 };
  const run = async () => {
    state.runs += 1;
    state.headers = await runHttpHeadersHelper(line, options);
  };
  const send = (url, init) => {
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(state.headers)) headers.set(name, value);
    return fetch(url, { ...init, headers });
  };

  await run();
  const session = await connect(server.url, {}, {
    fetch: async (url, init) => {
      const response = await send(url, init);
      if (!isRefusal(response.status)) return response;
      await response.body?.cancel();
      await run();
      return send(url, init);
    },
  });
  const call = async () => ({ text: await session.whoami(), session: session.id, runs: state.runs, headers: state.headers });
  return { call, close: () => session.close() };
}
