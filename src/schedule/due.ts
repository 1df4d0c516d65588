/**
 * When an expression is due in a zone. Pure.
 *
 * Where the clocks are moved, an expression that names hours of the day keeps to the day: a time that does not exist fires once, right
 * after the gap, and a time that comes twice fires the first time. An expression of all hours (every 15 minutes) keeps to the interval:
 * it fires by the time that has passed, also in both of the doubled hours, so that a check is never an hour late.
 */
import type { CronTimes } from "./cron.ts";
import { day, offsetAt, stretchesAround } from "./zone.ts";

/** 29 February may be eight years away. */
const furthestDays = 9 * 366;

/** Due times after `from` and not after `to`, in order; of more than `limit` the newest. All in milliseconds since 1970. */
export function dueBetween(times: CronTimes, zone: string, from: number, to: number, limit: number): readonly number[] {
  const found: number[] = [];
  if (to <= from) return found;
  const earliest = localDay(from, zone) - day;
  for (let midnight = localDay(to, zone) + day; midnight >= earliest && found.length < limit; midnight -= day)
    if (times.onDay(midnight)) found.push(...dueOnDay(times, zone, midnight, from, to));
  return found.toSorted((a, b) => a - b).slice(-limit);
}

/** The first due time after `after`; `undefined` when there is none in the next nine years. */
export function nextDue(times: CronTimes, zone: string, after: number): number | undefined {
  const today = localDay(after, zone);
  for (let midnight = today - day; midnight <= today + furthestDays * day; midnight += day) {
    if (!times.onDay(midnight)) continue;
    for (const due of dueOnDay(times, zone, midnight, after, Number.POSITIVE_INFINITY)) return due;
  }
  return undefined;
}

/** Midnight of the local day at `at`, written as if it were UTC. */
function localDay(at: number, zone: string): number {
  return Math.floor((at + offsetAt(at, zone)) / day) * day;
}

/** In order. */
function* dueOnDay(times: CronTimes, zone: string, midnight: number, after: number, upTo: number): Generator<number> {
  let last = after;
  for (const { from, to, offset, moved } of stretchesAround(midnight, zone)) {
    const named = !times.everyHour;
    const seconds = (at: number): number => Math.ceil((at + offset - midnight) / 1000);
    if (named && moved > 0 && from > last && from <= upTo && namesTime(times, seconds(from - moved), seconds(from))) {
      last = from;
      yield from;
    }
    const begin = Math.max(last + 1, named && moved < 0 ? from - moved : from);
    for (const second of timesOfDay(times, seconds(begin), seconds(Math.min(to, upTo + 1)))) yield midnight - offset + second * 1000;
  }
}

function namesTime(times: CronTimes, from: number, to: number): boolean {
  return timesOfDay(times, from, to).next().done !== true;
}

/** Seconds since midnight, in order, `to` excluded. What lies outside of the day does not count. */
function* timesOfDay({ hours, minutes, seconds }: CronTimes, from: number, to: number): Generator<number> {
  for (const hour of hours) {
    if ((hour + 1) * 3600 <= from) continue;
    if (hour * 3600 >= to) return;
    for (const minute of minutes) {
      const begin = (hour * 60 + minute) * 60;
      if (begin + 60 <= from) continue;
      if (begin >= to) return;
      for (const second of seconds) if (begin + second >= from && begin + second < to) yield begin + second;
    }
  }
}
