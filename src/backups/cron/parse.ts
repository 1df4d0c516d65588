/** A ScheduledBackup's schedule as CloudNativePG reads it: robfig/cron v1.2.0 `cron.Parse`. */
import { bounds, CronMistake, parseField, type CronField } from "./fields.ts";

export interface FieldSchedule {
  readonly kind: "fields";
  readonly second: CronField;
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  readonly dayOfWeek: CronField;
}

export type CronSchedule =
  | FieldSchedule
  /** `@every 12h`: so long after it last looked. */
  | { readonly kind: "every"; readonly everyMs: number };

const descriptors: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 0 1 1 *"],
  ["@annually", "0 0 0 1 1 *"],
  ["@monthly", "0 0 0 1 * *"],
  ["@weekly", "0 0 0 * * 0"],
  ["@daily", "0 0 0 * * *"],
  ["@midnight", "0 0 0 * * *"],
  ["@hourly", "0 0 * * * *"],
]);

const every = "@every ";

/** What Go's `strings.Fields` calls white space, as far as anybody types it. */
export function fieldsOf(text: string): readonly string[] {
  return text.split(/\s+/u).filter((field) => field !== "");
}

/** Six fields with seconds first; with five, the day of the week is the one left out. @throws CronMistake */
export function parseCron(text: string): CronSchedule {
  if (text === "") throw new CronMistake("it is empty");
  if (text.length > 500) throw new CronMistake("it is longer than any schedule");
  if (text.startsWith("@")) {
    if (text.startsWith(every)) return { kind: "every", everyMs: everyMs(text.slice(every.length)) };
    const meant = descriptors.get(text);
    if (meant === undefined) throw new CronMistake(`${text} is not known`);
    return parseCron(meant);
  }
  const fields = fieldsOf(text);
  if (fields.length < 5 || fields.length > 6) throw new CronMistake(`it has ${fields.length} fields; CloudNativePG wants 6, seconds first`);
  const [second = "", minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = "*"] = fields;
  return {
    kind: "fields",
    second: parseField(second, bounds.second),
    minute: parseField(minute, bounds.minute),
    hour: parseField(hour, bounds.hour),
    dayOfMonth: parseField(dayOfMonth, bounds.dayOfMonth),
    month: parseField(month, bounds.month),
    dayOfWeek: parseField(dayOfWeek, bounds.dayOfWeek),
  };
}

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's `time.ParseDuration`; whole seconds, one at least. */
function everyMs(text: string): number {
  const sign = /^[+-]/u.exec(text)?.[0] ?? "";
  const rest = text.slice(sign.length);
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/u.test(rest) && rest !== "0") throw new CronMistake(`${text} is no duration such as 12h or 1h30m`);
  let ms = 0;
  for (const [, figure = "", unit = ""] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gu)) ms += Number(figure) * (units[unit] ?? 0);
  if (sign === "-") ms = -ms;
  if (ms > 292 * 365 * 86_400_000) throw new CronMistake(`${text} is longer than any duration`);
  return Math.max(1000, Math.floor(ms / 1000) * 1000);
}
