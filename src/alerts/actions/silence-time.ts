/** How long a silence lasts, as people say it. Pure. */
import { DateTime } from "luxon";
import type { View } from "../../chat/command.ts";

const minuteMs = 60_000;
export const leastSilenceMs = minuteMs;
export const mostSilenceMs = 90 * 24 * 60 * minuteMs;

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: minuteMs, h: 60 * minuteMs, d: 1440 * minuteMs, w: 10_080 * minuteMs };

/** `2h`, `1h30m`, `90 min`, `2 hours`, `1 day`: milliseconds. `undefined` when it is no duration, or one that is too short or too long for a silence. */
export function silenceDuration(text: string): number | undefined {
  const compact = text.trim().toLowerCase().replaceAll(/\s+/gu, "");
  if (!/^(\d{1,6}(weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s))+$/u.test(compact)) return undefined;
  let ms = 0;
  for (const [, count = "0", unit = ""] of compact.matchAll(/(\d+)([a-z])/gu)) ms += Number(count) * (unitMs[unit] ?? 0);
  return ms >= leastSilenceMs && ms <= mostSilenceMs ? ms : undefined;
}

/** Tomorrow at 09:00 where the team is; before 05:00 the night is not over, and it is the same day's. Milliseconds since 1970. */
export function tomorrowMorning({ now, timeZone }: View): number {
  const here = DateTime.fromMillis(now, { zone: timeZone });
  const day = here.hour < 5 ? here : here.plus({ days: 1 });
  return day.set({ hour: 9, minute: 0, second: 0, millisecond: 0 }).toMillis();
}

/** When it is said that it ends: ten minutes before, or a tenth of one that is shorter than an hour. */
export function remindAt(from: number, until: number): number {
  const length = until - from;
  return until - (length >= 60 * minuteMs ? 10 * minuteMs : Math.round(length / 10));
}
