/** Waiting longer after each failure, and not all at the same moment. */

const firstMs = 1000;
const defaultMostMs = 30_000;

/**
 * Time until the next try: 1, 2, 4 … s up to `mostMs`, of which the last half is left to chance.
 * @param failures how many tries have failed in a row, at least 1
 * @param random a number from 0 up to 1
 */
export function backOffMs(failures: number, random: () => number, mostMs = defaultMostMs): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(Math.max(0, failures - 1), 20));
  return Math.round(full * (0.5 + random() / 2));
}
