/** One field of a cron line as robfig/cron v1.2.0 reads it (`parser.go`), which is what CloudNativePG evaluates a ScheduledBackup with. */

export interface Bounds {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

export const bounds = {
  second: { name: "second", min: 0, max: 59 },
  minute: { name: "minute", min: 0, max: 59 },
  hour: { name: "hour", min: 0, max: 23 },
  dayOfMonth: { name: "day of month", min: 1, max: 31 },
  month: { name: "month", min: 1, max: 12, names: ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  dayOfWeek: { name: "day of week", min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
} as const satisfies Record<string, Bounds>;

export interface CronField {
  readonly values: ReadonlySet<number>;
  /** Whether a `*` or `?` stands in it, even with a step: then the two fields for days must both fit, otherwise one of them is enough. */
  readonly star: boolean;
}

/** @throws CronMistake */
export function parseField(text: string, within: Bounds): CronField {
  const values = new Set<number>();
  let star = false;
  for (const part of text.split(",").filter((each) => each !== "")) {
    const range = parseRange(part, within);
    star ||= range.star;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return { values, star };
}

/** The schedule is not one that CloudNativePG takes. In words. */
export class CronMistake extends Error {}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly star: boolean;
}

function parseRange(part: string, within: Bounds): Range {
  const [range = "", stepText, ...slashes] = part.split("/");
  const [low = "", high, ...hyphens] = range.split("-");
  if (slashes.length > 0) throw new CronMistake(`too many slashes in ${part}`);
  const star = low === "*" || low === "?";
  if (!star && hyphens.length > 0) throw new CronMistake(`too many hyphens in ${part}`);
  const from = star ? within.min : parseNumber(low, within);
  const last = star ? within.max : high === undefined ? from : parseNumber(high, within);
  const step = stepText === undefined ? 1 : parseNumber(stepText, { ...within, names: [] });
  // `5/15` means `5-59/15`.
  const to = stepText !== undefined && high === undefined ? within.max : last;
  if (from < within.min || to > within.max) throw new CronMistake(`${part} is no ${within.name}: ${within.min} to ${within.max}`);
  if (from > to) throw new CronMistake(`${part} begins behind its end`);
  if (step === 0) throw new CronMistake(`the step of ${part} is 0`);
  return { from, to, step, star };
}

function parseNumber(text: string, within: Bounds): number {
  const named = text === "" ? -1 : (within.names ?? []).indexOf(text.toLowerCase());
  if (named >= 0) return named;
  // Go's strconv.Atoi takes a plus sign; a minus is refused as negative.
  if (!/^\+?\d{1,9}$/u.test(text)) throw new CronMistake(`${text === "" ? "nothing" : text} is no ${within.name}`);
  return Number(text);
}
