/** What the clocks on the wall of a zone show: where summer time begins and ends. */

/** A stretch of time in which the zone's clocks are not moved. Milliseconds since 1970, `to` excluded. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Local time less UTC, milliseconds. */
  readonly offset: number;
  /** By how much the clocks were moved at `from`: forward above 0, back below; 0 when `from` is only where one began to look. */
  readonly moved: number;
}

const hour = 3_600_000;
export const day = 24 * hour;
/** Zones are at most 12 h behind and 14 h ahead of UTC; clocks are moved by 3 h at most, but for whole days at the date line. */
const ahead = 18 * hour;
const behind = 15 * hour;
const probeEvery = 6 * hour;

const stretches = new Map<string, readonly Stretch[]>();
const mostStretches = 512;

/** The stretches that a local day may touch. @param midnight its beginning, written as if it were UTC */
export function stretchesAround(midnight: number, zone: string): readonly Stretch[] {
  const key = `${midnight} ${zone}`;
  const known = stretches.get(key);
  if (known !== undefined) return known;
  const made = stretchesBetween(midnight - ahead, midnight + day + behind, zone);
  if (stretches.size >= mostStretches) stretches.clear();
  stretches.set(key, made);
  return made;
}

function stretchesBetween(from: number, to: number, zone: string): readonly Stretch[] {
  const found: Stretch[] = [];
  let stretch = { from, offset: offsetAt(from, zone), moved: 0 };
  for (let at = from; at < to; at += probeEvery) {
    const next = Math.min(at + probeEvery, to);
    const offset = offsetAt(next, zone);
    if (offset === stretch.offset) continue;
    const change = changeBetween(at, next, zone);
    found.push({ ...stretch, to: change });
    stretch = { from: change, offset, moved: offset - stretch.offset };
  }
  return [...found, { ...stretch, to }];
}

/** The first second with the offset that holds at `to`. */
function changeBetween(from: number, to: number, zone: string): number {
  const offset = offsetAt(to, zone);
  let before = from / 1000;
  let after = to / 1000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle * 1000, zone) === offset) after = middle;
    else before = middle;
  }
  return after * 1000;
}

/** Local time less UTC, milliseconds. @param at milliseconds since 1970 @throws RangeError when there is no such zone */
export function offsetAt(at: number, zone: string): number {
  const whole = Math.floor(at / 1000) * 1000;
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatFor(zone).formatToParts(whole)) part[type] = Number(value);
  return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second) - whole;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const mostFormats = 32;

/** Making a format costs more than using it a thousand times. */
function formatFor(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  });
  if (formats.size >= mostFormats) formats.clear();
  formats.set(zone, made);
  return made;
}
