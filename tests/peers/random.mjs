// Random choices that are the same everywhere for one seed; HDR_SEED repeats a run.
import { randomInt } from 'node:crypto';

/** The seed of this run. */
export const seed = Number(process.env.HDR_SEED ?? randomInt(2 ** 32 - 1));

/** mulberry32: small. */
export function generator(from = seed) {
  let state = from >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end) => Math.floor(next() * end);
  return { below, pick: (list) => list[below(list.length)], bytes: (size, from, to) => Buffer.from(Array.from({ length: size }, () => from + below(to - from))) };
}

/** Runs `work`; a failure tells the seed that reproduces it. */
export async function seeded(work) {
  try {
    return await work(generator());
  } catch (error) {
    error.message = `HDR_SEED=${seed} reproduces this. ${error.message}`;
    throw error;
  }
}
