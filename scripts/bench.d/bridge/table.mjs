// The figures of each program, and what hdr-bridge aims at beside what it reaches.

const mib = (bytes) => (bytes / 1024 / 1024).toFixed(1);
const ms = (number, digits) => `${number.toFixed(digits)} ms`;

const columns = [
  ['start', ({ start }) => ms(start, 1)],
  ['p50', ({ p50 }) => ms(p50, 3)],
  ['calls/s', ({ perSecond }) => perSecond.toFixed(0)],
  ['CPU/call', ({ processor }) => ms(processor, 3)],
  ['idle', ({ idle }) => (idle ? mib(idle) : '-')],
  ['sequential', ({ sequential }) => (sequential ? mib(sequential) : '-')],
  ['64', ({ parallel }) => (parallel ? mib(parallel) : '-')],
  ['64 x 1 MiB', ({ large }) => (large ? mib(large) : '-')],
];

/** Aims: what each is about, what is measured, the limit, and how both are told. The ratios are to the floor, then to supergateway. */
function aims(own, floor, other) {
  const mebibytes = (name, bytes, limit) => [`${name}: at most ${limit} MiB`, bytes <= limit * 1024 * 1024, `${mib(bytes)} MiB`];
  const start = own.start - floor.start;
  const p50 = own.p50 / floor.p50;
  const list = [
    ['start to first answer: at most 15 ms above the floor', start <= 15, `${start < 0 ? '' : '+'}${ms(start, 1)}`],
    ['p50: at most 1.0 times the floor', p50 <= 1, `${p50.toFixed(2)}x`],
    ['p50: at most 0.7 times the floor', p50 <= 0.7, `${p50.toFixed(2)}x`],
  ];
  if (other) {
    const [calls, processor] = [own.perSecond / other.perSecond, other.processor / own.processor];
    list.push(['calls/s: at least 10 times supergateway', calls >= 10, `${calls.toFixed(1)}x`]);
    list.push(['CPU/call: at most a twentieth of supergateway', processor >= 20, `1/${processor.toFixed(1)}`]);
  }
  list.push(mebibytes('memory, idle', own.idle, 6), mebibytes('memory, sequential', own.sequential, 10), mebibytes('memory, 64 x 1 MiB', own.large, 48));
  return list;
}

/** The text of `results`: by the program's name its figures, times in ms and memory in bytes. */
export function table(results, load) {
  const row = (name, cells) => `${name.padEnd(14)}${cells.map((cell) => cell.padStart(11)).join('')}`;
  const lines = [
    `bridge: start to first answer, sequential p50, calls a second and processor time with 64 in flight, resident memory in MiB`,
    row('', columns.map(([title]) => title)),
    ...Object.entries(results).map(([name, figures]) => row(name, columns.map(([, cell]) => cell(figures)))),
  ];
  const { floor, 'floor-again': twin, 'hdr-bridge': own, supergateway } = results;
  if (own && floor) {
    for (const [aim, isMet, reached] of aims(own, floor, supergateway)) lines.push(`  ${isMet ? 'met   ' : 'MISSED'} ${aim} (${reached})`);
  }
  if (floor && twin) {
    const noise = Math.abs(twin.p50 / floor.p50 - 1) * 100;
    lines.push(`noise: the floor and its twin differ by ${noise.toFixed(1)} %; load average ${load.toFixed(1)}`);
    if (noise > 10) lines.push('The machine is too busy for these figures to be trusted.');
  }
  return lines.join('\n');
}
