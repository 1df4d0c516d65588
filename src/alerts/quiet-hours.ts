/** When people are not to be disturbed. Pure. */
import { DateTime } from "luxon";
import type { QuietHours } from "./settings.ts";

/** When the quiet hours that `at` lies in end, milliseconds since 1970; `undefined` when it lies in none. A clock that is put forward or back counts as its zone shows it. */
export function quietUntil(at: number, { fromMinute, toMinute, timeZone }: QuietHours): number | undefined {
  const now = DateTime.fromMillis(at, { zone: timeZone });
  const minute = now.hour * 60 + now.minute;
  const overMidnight = fromMinute > toMinute;
  const quiet = overMidnight ? minute >= fromMinute || minute < toMinute : minute >= fromMinute && minute < toMinute;
  if (!quiet) return undefined;
  const day = overMidnight && minute >= fromMinute ? now.plus({ days: 1 }) : now;
  return day.set({ hour: Math.floor(toMinute / 60) % 24, minute: toMinute % 60, second: 0, millisecond: 0 }).toMillis();
}
