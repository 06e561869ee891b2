// The pages for users: the blocks of code on them, and which test file runs each command.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Every page whose blocks are run. */
export const pages = ['README.md', 'shared/README.md', ...['hmac', 'jwt', 'bearer-refresh', 'tenant', 'bridge'].map((name) => `bins/hdr-${name}/README.md`)];

export const textOf = (page) => readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');

/** Sections whose commands are run by a test file of their own, against servers that stand in for the services. readme.test.mjs runs all others. */
const runElsewhere = {
  'recipes.test.mjs': { 'bins/hdr-bearer-refresh/README.md': ['By kind of credential', 'Tokens from a command'] },
  'sign-in-recipes.test.mjs': { 'bins/hdr-bearer-refresh/README.md': ['Signing in'] },
  'workloads.test.mjs': { 'bins/hdr-bearer-refresh/README.md': ['Workload identity federation', 'ID-JAG'] },
  'services.test.mjs': {
    'bins/hdr-bearer-refresh/README.md': ['Services'],
    'bins/hdr-jwt/README.md': ['Recipes'],
    'bins/hdr-tenant/README.md': ['Plain headers', 'Headers of another helper'],
  },
};

/** Pages that a test file of their own runs whole. */
const runWhole = { 'bins/hdr-bridge/README.md': 'bridge-page.test.mjs' };

const runnerOf = (page, section) => runWhole[page] ?? Object.keys(runElsewhere).find((file) => runElsewhere[file][page]?.includes(section)) ?? 'readme.test.mjs';

/** The fenced blocks of a page, without the indentation of a list. */
function parse(page) {
  const markdown = textOf(page);
  return [...markdown.matchAll(/^( *)```([^\n]*)\n(.*?)^\1```$/gms)].map((match) => {
    const [, indent, language, body] = match;
    const section = [...markdown.slice(0, match.index).matchAll(/^## (.*)$/gm)].at(-1)?.[1];
    const text = indent ? body.replaceAll(new RegExp(`^${indent}`, 'gm'), '') : body;
    const kind = language === 'sh' && text.startsWith('#!') ? 'script' : language;
    const commands = kind === 'sh' ? split(text, page) : [];
    return { page, section, kind, text, runner: runnerOf(page, section), commands };
  });
}

/** A command on a page, as it stands there or changed so that it can be run here; `ran` is shared by all that were made of it. */
export class Command {
  constructor(text, page, state = { ran: false }) {
    Object.assign(this, { text, page, state });
  }
  includes(part) {
    return this.text.includes(part);
  }
  replaceAll(from, to) {
    return new Command(this.text.replaceAll(from, to), this.page, this.state);
  }
  plus(more) {
    return new Command(this.text + more, this.page, this.state);
  }
}

/** The commands in a block of sh: one a line, or a line and those that a backslash or an open quote continues. */
function split(text, page) {
  const commands = [];
  let open = '';
  for (const line of text.split('\n')) {
    if (open === '' && /^(#.*)?$/.test(line)) continue;
    open += `${line}\n`;
    const quotes = open.replaceAll(/\\./g, '').match(/'/g)?.length ?? 0;
    if (line.endsWith('\\') || quotes % 2 === 1) continue;
    commands.push(new Command(open.trimEnd(), page));
    open = '';
  }
  assert.equal(open, '', `${page}: a command has no end`);
  return commands;
}

const blocks = pages.flatMap(parse);

/**
 * The blocks of a page: { page, section, kind, text, runner, commands }. The kind is the language that stands behind the fence, or `script` for a file to be
 * saved; the commands are those of sh.
 */
export const blocksOf = (page) => blocks.filter((block) => block.page === page);

/** The commands of a console block and the lines expected of each; a lone … is any output. */
export const sessionsOf = ({ text }) =>
  text.split(/^\$ /m).slice(1).map((part) => {
    const [, command, expected] = part.match(/^((?:.*\\\n)*.*)\n((?:.*\n)*)$/);
    return { command, expected };
  });

/** The commands in sh blocks that `file` has to run, of all pages or of one. */
export const commandsFor = (file, page) =>
  blocks.filter((block) => block.runner === file && (!page || block.page === page)).flatMap((block) => block.commands);

/** The one of `from` that has `part` in it. */
export function commandWith(from, part) {
  const found = from.filter((command) => command.includes(part));
  assert.equal(found.length, 1, `${part}: ${found.length} commands`);
  return found[0];
}

/** A test, to be the last of `file`: each command that it has to run was run. */
export function testThatAllRan(file, options = {}) {
  test(`every command on the pages that is for ${file} was run`, options, () => {
    const own = commandsFor(file);
    assert.ok(own.length > 0, 'no command is for this file');
    assert.deepEqual(own.filter(({ state }) => !state.ran).map(({ page, text }) => `${page}: ${text}`), []);
  });
}
