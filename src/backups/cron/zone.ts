/** The wall clock of a time zone. The operator evaluates schedules in the zone of its container, which is UTC unless somebody sets it. */

export interface Zone {
  /** What the wall clock is ahead of UTC at `at` (milliseconds since 1970). */
  readonly offsetMs: (at: number) => number;
}

export const utc: Zone = { offsetMs: () => 0 };

/** @param timeZone IANA name @throws RangeError when there is no such zone */
export function zoneOf(timeZone: string): Zone {
  if (timeZone === "UTC" || timeZone === "Etc/UTC") return utc;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return {
    offsetMs: (at) => {
      const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
      const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
      const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
      return wall - Math.floor(at / 1000) * 1000;
    },
  };
}
