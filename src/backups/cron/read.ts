/** A schedule in words and times: what a person wrote, what CloudNativePG makes of it, and what was meant. */
import { nextDue, previousDue } from "./due.ts";
import { CronMistake } from "./fields.ts";
import { fieldsOf, parseCron, type CronSchedule } from "./parse.ts";
import { utc, type Zone } from "./zone.ts";

export type ReadSchedule =
  | { readonly ok: false; readonly mistake: string }
  | {
      readonly ok: true;
      readonly schedule: CronSchedule;
      /** The last due time at or before now; not known for `@every`. */
      readonly previous: number | undefined;
      /** `undefined`: it never fires. For `@every`, counted from now. */
      readonly next: number | undefined;
      /** From one due time to the next, around now. */
      readonly periodMs: number | undefined;
      readonly trap: CronTrap | undefined;
    };

/** Five fields are taken, but the first of them is the seconds. */
export interface CronTrap {
  /** The six fields that somebody meant who wrote five, as elsewhere. */
  readonly meant: string;
  /** `every hour at minute 3` */
  readonly does: string;
}

/** `now`: milliseconds since 1970. */
export function readSchedule(text: string, now: number, zone: Zone = utc): ReadSchedule {
  try {
    const schedule = parseCron(text);
    const previous = previousDue(schedule, now, zone);
    const next = nextDue(schedule, now, zone);
    const periodMs = schedule.kind === "every" ? schedule.everyMs : previous === undefined || next === undefined ? undefined : next - previous;
    return { ok: true, schedule, previous, next, periodMs, trap: trapIn(text) };
  } catch (error) {
    if (!(error instanceof CronMistake)) throw error;
    return { ok: false, mistake: error.message };
  }
}

function trapIn(text: string): CronTrap | undefined {
  const fields = text.startsWith("@") ? [] : fieldsOf(text);
  if (fields.length !== 5) return undefined;
  const [second = "", minute = "", hour = ""] = fields;
  // `0 3 * * *`, read as elsewhere, names minute, hour, day, month and day of the week.
  return { meant: sixFieldsMeant(fields), does: whatItDoes(second, minute, hour, fields.slice(3)) };
}

/** Elsewhere 7 is Sunday too; CloudNativePG does not take it. */
function sixFieldsMeant(fields: readonly string[]): string {
  const [minute = "", hour = "", day = "", month = "", week = ""] = fields;
  return ["0", minute, hour, day, month, week === "7" ? "0" : week].join(" ");
}

function whatItDoes(second: string, minute: string, hour: string, days: readonly string[]): string {
  const at = `${/^\d+$/u.test(minute) ? `minute ${minute}` : `minutes ${minute}`}${second === "0" ? "" : `, second${/^\d+$/u.test(second) ? "" : "s"} ${second}`}`;
  const hours = hour === "*" ? "every hour" : /^\d+$/u.test(hour) ? `in hour ${hour}` : `in hours ${hour}`;
  const [day = "*", month = "*"] = days;
  const when = [...(day === "*" ? [] : [`on day ${day} of the month`]), ...(month === "*" ? [] : [`in month ${month}`])].join(" ");
  return `${hours} at ${at}${when === "" ? "" : ` ${when}`}`;
}
