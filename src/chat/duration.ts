/** `90s`, `10m`, `2h`, `7d`, `1h30m`: as people type it, in milliseconds. */

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `undefined` when `text` is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,6}[smhdw])+$/u.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([smhdw])/gu)].reduce((sum, [, count = "0", unit = "s"]) => sum + Number(count) * (units[unit] ?? 0), 0);
}
