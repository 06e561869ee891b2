// An MCP client in a process of its own, named as the real one is: hdr-bearer-refresh tells clients apart by their processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { claudeSession, codexSession } from './sessions.mjs';

const kinds = { claude: claudeSession, codex: codexSession };

/** Starts `claude` or `codex` and lets it connect; `settings` are those of its session. Answers { call, close }. */
export async function startClient(kind, settings) {
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), kind], { argv0: kind, cwd: settings.cwd, stdio });
  const gone = once(child, 'exit');
  const ask = async (message) => {
    child.send(message);
    const [answer] = await Promise.race([once(child, 'message'), gone]);
    if (typeof answer !== 'object') throw new Error(`${kind} is gone`);
    const { value, error } = answer;
    if (error) throw Object.assign(new Error(error.message), error);
    return value;
  };
  const close = async () => {
    child.disconnect();
    await gone;
  };
  try {
    await ask(settings);
  } catch (error) {
    await close();
    throw error;
  }
  return { call: () => ask('call'), close };
}

/** In the child: the first message opens the session, each other one is a call. */
function serve(kind) {
  let session;
  process.on('message', async (message) => {
    try {
      if (session) {
        process.send({ value: await session.call() });
      } else {
        session = await kinds[kind](message);
        process.send({ value: 'connected' });
      }
    } catch ({ message: text, code }) {
      process.send({ error: { message: text, code } });
    }
  });
  process.on('disconnect', () => process.exit());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(process.argv[2]);
