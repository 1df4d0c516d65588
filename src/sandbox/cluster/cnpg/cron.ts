/**
 * When a ScheduledBackup is due: robfig/cron 1.2.0 as CloudNativePG calls it (`cron.Parse`: second, minute, hour, day of month, month, and the day of
 * the week if there is a sixth field). So "0 3 * * *" is second 0 of minute 3 of every hour. In UTC, as the operator's container has it.
 */

export interface CronSchedule {
  /** The first time after `ms`; `undefined` when there is none within five years. */
  readonly next: (ms: number) => number | undefined;
}

interface Field {
  readonly fits: (value: number) => boolean;
  /** Written as `*` or `?`, perhaps among others. */
  readonly star: boolean;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const bounds: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];
const descriptors: Readonly<Record<string, string>> = {
  "@yearly": "0 0 0 1 1 *",
  "@annually": "0 0 0 1 1 *",
  "@monthly": "0 0 0 1 * *",
  "@weekly": "0 0 0 * * 0",
  "@daily": "0 0 0 * * *",
  "@midnight": "0 0 0 * * *",
  "@hourly": "0 0 * * * *",
};
const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };
const years = 5;

/** @throws RangeError in the words of robfig/cron */
export function parseCron(spec: string): CronSchedule {
  if (spec === "") throw new RangeError("Empty spec string");
  if (spec.startsWith("@every ")) return every(spec.slice("@every ".length), spec);
  const plain = spec.startsWith("@") ? descriptors[spec] : spec;
  if (plain === undefined) throw new RangeError(`Unrecognized descriptor: ${spec}`);
  const written = plain.split(/\s+/u).filter((field) => field !== "");
  if (written.length < 5 || written.length > 6) throw new RangeError(`Expected 5 to 6 fields, found ${written.length}: ${spec}`);
  const fields = bounds.map((of, at) => parseField(written[at] ?? "*", of));
  return { next: (ms) => nextFit(fields, ms) };
}

/** Go's `time.ParseDuration`; less than a second counts as one. */
function every(text: string, spec: string): CronSchedule {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/gu)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text) throw new RangeError(`Failed to parse duration ${spec}`);
  const ms = parts.reduce((sum, [, count, unit = "s"]) => sum + Number(count) * (units[unit] ?? 1000), 0);
  const stepMs = Math.max(1000, Math.floor(ms / 1000) * 1000);
  return { next: (from) => Math.floor((from + stepMs) / 1000) * 1000 };
}

function parseField(text: string, of: Bounds): Field {
  const allowed = new Set<number>();
  let star = false;
  for (const range of text.split(",").filter((part) => part !== "")) {
    const [span = "", stepText, more] = range.split("/");
    const [low = "", high, third] = span.split("-");
    if (third !== undefined) throw new RangeError(`Too many hyphens: ${range}`);
    if (more !== undefined) throw new RangeError(`Too many slashes: ${range}`);
    const any = low === "*" || low === "?";
    star ||= any;
    const from = any ? of.min : number(low, of);
    const to = any || (high === undefined && stepText !== undefined) ? of.max : high === undefined ? from : number(high, of);
    const step = stepText === undefined ? 1 : number(stepText, { min: 0, max: 0 });
    if (from < of.min) throw new RangeError(`Beginning of range (${from}) below minimum (${of.min}): ${range}`);
    if (to > of.max) throw new RangeError(`End of range (${to}) above maximum (${of.max}): ${range}`);
    if (from > to) throw new RangeError(`Beginning of range (${from}) beyond end of range (${to}): ${range}`);
    if (step === 0) throw new RangeError(`Step of range should be a positive number: ${range}`);
    for (let value = from; value <= to; value += step) allowed.add(value);
  }
  return { fits: (value) => allowed.has(value), star };
}

function number(text: string, { names }: Bounds): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named;
  if (!/^\d+$/u.test(text)) throw new RangeError(`Failed to parse int from ${text}`);
  return Number(text);
}

function nextFit([second, minute, hour, day, month, weekday]: readonly Field[], ms: number): number | undefined {
  const time = new Date(Math.floor(ms / 1000) * 1000 + 1000);
  const last = time.getUTCFullYear() + years;
  const dayFits = (): boolean => {
    const inMonth = day?.fits(time.getUTCDate()) === true;
    const inWeek = weekday?.fits(time.getUTCDay()) === true;
    return day?.star === true || weekday?.star === true ? inMonth && inWeek : inMonth || inWeek;
  };
  while (time.getUTCFullYear() <= last) {
    if (month?.fits(time.getUTCMonth() + 1) !== true) time.setTime(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 1));
    else if (!dayFits()) time.setTime(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate() + 1));
    else if (hour?.fits(time.getUTCHours()) !== true) time.setUTCHours(time.getUTCHours() + 1, 0, 0);
    else if (minute?.fits(time.getUTCMinutes()) !== true) time.setUTCMinutes(time.getUTCMinutes() + 1, 0);
    else if (second?.fits(time.getUTCSeconds()) !== true) time.setUTCSeconds(time.getUTCSeconds() + 1);
    else return time.getTime();
  }
  return undefined;
}
