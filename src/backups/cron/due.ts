/** When a schedule is due: as robfig/cron v1.2.0 `SpecSchedule.Next` finds it, and the same backwards. */
import type { CronSchedule, FieldSchedule } from "./parse.ts";
import { utc, type Zone } from "./zone.ts";

const secondMs = 1000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** It gives up after five years, and then never fires. */
const longestYears = 5;

/** The first due time after `at`, milliseconds since 1970; `undefined` when there is none within five years. */
export function nextDue(schedule: CronSchedule, at: number, zone: Zone = utc): number | undefined {
  if (schedule.kind === "every") return at + schedule.everyMs - into(at, secondMs);
  let here = Math.floor(at / secondMs) * secondMs + secondMs;
  const end = at + longestYears * 366 * dayMs;
  while (here <= end) {
    const wall = here + zone.offsetMs(here);
    const unit = misfit(schedule, wall);
    if (unit === undefined) return here;
    here = unit === dayMs ? startOfDay(here + dayMs - into(wall, dayMs), zone) : here + unit - into(wall, unit);
  }
  return undefined;
}

/** The last due time at or before `at`; `undefined` when there is none within five years, or it only counts from when it last looked (`@every`). */
export function previousDue(schedule: CronSchedule, at: number, zone: Zone = utc): number | undefined {
  if (schedule.kind === "every") return undefined;
  let here = Math.floor(at / secondMs) * secondMs;
  const end = at - longestYears * 366 * dayMs;
  while (here >= end) {
    const wall = here + zone.offsetMs(here);
    const unit = misfit(schedule, wall);
    if (unit === undefined) return here;
    here = unit === dayMs ? endOfDay(here - into(wall, dayMs) - secondMs, zone) : here - into(wall, unit) - secondMs;
  }
  return undefined;
}

/** The biggest unit that does not fit; `undefined` when all do. */
function misfit({ second, minute, hour, dayOfMonth, month, dayOfWeek }: FieldSchedule, wall: number): number | undefined {
  const date = new Date(wall);
  const inMonth = dayOfMonth.values.has(date.getUTCDate());
  const inWeek = dayOfWeek.values.has(date.getUTCDay());
  const day = dayOfMonth.star || dayOfWeek.star ? inMonth && inWeek : inMonth || inWeek;
  if (!month.values.has(date.getUTCMonth() + 1) || !day) return dayMs;
  if (!hour.values.has(date.getUTCHours())) return hourMs;
  if (!minute.values.has(date.getUTCMinutes())) return minuteMs;
  return second.values.has(date.getUTCSeconds()) ? undefined : secondMs;
}

/** A day of 23 hours was jumped over too far: back to where its next day begins. */
function startOfDay(at: number, zone: Zone): number {
  const past = into(at + zone.offsetMs(at), dayMs);
  if (past === 0 || past > dayMs / 2) return at;
  const start = at - past;
  return into(start + zone.offsetMs(start), dayMs) === 0 ? start : at;
}

function endOfDay(at: number, zone: Zone): number {
  const left = dayMs - secondMs - into(at + zone.offsetMs(at), dayMs);
  if (left === 0 || left > dayMs / 2) return at;
  const end = at + left;
  return into(end + zone.offsetMs(end), dayMs) === dayMs - secondMs ? end : at;
}

/** How far into its unit a time is, before 1970 as well. */
function into(time: number, unit: number): number {
  return ((time % unit) + unit) % unit;
}
