/** When people are not to be disturbed. Pure. */
import { DateTime } from "luxon";
import type { QuietHours } from "./settings.ts";

const minuteMs = 60_000;

/** When the quiet hours that `at` lies in end, milliseconds since 1970; `undefined` when it lies in none. A clock that is put forward or back counts as its zone shows it. */
export function quietUntil(at: number, hours: QuietHours): number | undefined {
  const { fromMinute, toMinute, timeZone } = hours;
  const now = DateTime.fromMillis(at, { zone: timeZone });
  const minute = minuteOf(now);
  if (!isQuiet(minute, hours)) return undefined;
  const day = fromMinute > toMinute && minute >= fromMinute ? now.plus({ days: 1 }) : now;
  const end = day.set({ hour: Math.floor(toMinute / 60), minute: toMinute % 60, second: 0, millisecond: 0 });
  if (minuteOf(end) !== toMinute) return endInGap(end.toMillis(), at, hours);
  // Where the clock is put back the end may come twice: the first that is still to come counts.
  const ends = end.getPossibleOffsets().map((each) => each.toMillis());
  return Math.min(...ends.filter((each) => each > at));
}

/** The clock is put forward over the end: what luxon names is as long behind the jump as the end was wanted after it began. They end with the jump. */
function endInGap(after: number, at: number, hours: QuietHours): number {
  let end = after;
  while (end - minuteMs > at && !isQuiet(minuteOf(DateTime.fromMillis(end - minuteMs, { zone: hours.timeZone })), hours)) end -= minuteMs;
  return end;
}

function minuteOf(time: DateTime): number {
  return time.hour * 60 + time.minute;
}

function isQuiet(minute: number, { fromMinute, toMinute }: QuietHours): boolean {
  return fromMinute > toMinute ? minute >= fromMinute || minute < toMinute : minute >= fromMinute && minute < toMinute;
}
