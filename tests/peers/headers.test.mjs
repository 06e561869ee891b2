// Whatever bytes a variable holds: hdr-hmac prints headers that fetch accepts unchanged, or it fails and prints nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bin, keyFile, runProgram } from './helper.mjs';
import { seeded } from './random.mjs';

const count = 300;
const limit = 64 * 1024;

const insert = (value, at, part) => Buffer.concat([value.subarray(0, at), Buffer.from(part), value.subarray(at)]);

/** A value without NUL, which no environment can hold. */
function randomValue({ below, pick, bytes }) {
  const printable = bytes(1 + below(60), 0x20, 0x7f);
  return pick([
    () => bytes(below(80), 0x01, 0x100),
    () => printable,
    () => bytes(1 + below(12), 0x21, 0x7f),
    () => insert(printable, below(printable.length + 1), pick(['\r\nX-Evil: 1', '\n', '\r', '\t', '\x01', '\x7f', '\x1b[0m', '\u00e9', '\u2028', '\ufeff', '\u{1f511}'])),
    () => insert(printable, below(printable.length + 1), [pick([0x80, 0xa0, 0xc0, 0xff])]),
    () => Buffer.from(Array.from({ length: 1 + below(20) }, () => pick(['{', '}', '{{', '{env:V}', '\\', '\\n', '"', "'", 'x', '{signature}'])).join('')),
    () => bytes(60000 + below(10000), 0x23, 0x5c),
    () => bytes(30000 + below(4000), 0x22, 0x23),
  ])();
}

/** POSIX: between single quotes every byte but the quote stands for itself. */
const quoted = (value) => Buffer.from(value.toString('latin1').replaceAll("'", "'\\''"), 'latin1');

/** Text without the byte order marks that it begins with; they are bytes like others before what is no text. */
function withoutMark(value) {
  const mark = Buffer.from('\ufeff');
  let rest = value;
  while (rest.subarray(0, mark.length).equals(mark)) rest = rest.subarray(mark.length);
  const text = rest.toString('utf8');
  return Buffer.from(text).equals(rest) && !/[^\P{Cc}\t\n\r]/u.test(text) ? rest : value;
}

/** A variable that nothing has expanded, alone or behind the word of a scheme. */
const unexpanded = /^([\w-]+[\t ]+)?\$([A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})$/;

async function check(value, index) {
  // Node can only pass text in an environment; a shell script passes any bytes.
  const script = Buffer.concat([Buffer.from("V='"), quoted(value), Buffer.from(`' K=k; export V K\nexec "$1" --key env:K -H 'X-V: {env:V}'\n`)]);
  const { code, stdout, stderr } = await runProgram('/bin/sh', [keyFile(`case-${index}.sh`, script), `${bin}/hdr-hmac`], { LC_ALL: 'C' });

  const text = withoutMark(value).toString('latin1');
  const size = JSON.stringify({ 'X-V': text }).length;
  const fits = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !unexpanded.test(text);
  const about = `value ${index} (${value.length} bytes, ${JSON.stringify(text.slice(0, 80))}): exit ${code}`;
  if (code === 0) {
    assert.ok(fits && size <= limit, `${about}, though no header may hold it`);
    const printed = JSON.parse(stdout);
    assert.deepEqual(printed, { 'X-V': text }, about);
    assert.equal(new Headers(printed).get('X-V'), text, about);
  } else {
    // The newline at the end may or may not count.
    assert.ok(!fits || size >= limit, `${about}, though it is a good value: ${stderr}`);
    assert.equal(stdout.length, 0, about);
    assert.match(stderr.toString('latin1'), /^hdr-hmac: [\x20-\x7e]+\n$/, about);
    assert.ok(text.length < 12 || !stderr.includes(value.subarray(0, 12)), `${about}: the value is in stderr`);
  }
}

test(`${count} random values`, () =>
  seeded(async (random) => {
    const values = Array.from({ length: count }, () => randomValue(random));
    const cases = values.entries();
    const worker = async () => {
      for (const [index, value] of cases) await check(value, index);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  }));
