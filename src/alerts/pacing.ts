/**
 * A group that was just worked off rests a moment: the room gets one edit of its message instead of ten, and folding ten deliveries costs little more than one.
 * A group that rested is worked off at once.
 */

/** Nobody reads faster; and no group keeps others from being shown. */
const restMs = 2000;

export interface Pacing {
  /** Whether the group may be worked off now. */
  readonly free: (group: string, now: number) => boolean;
  readonly worked: (group: string, now: number) => void;
  /** Milliseconds until the next of those that rest is free; `undefined` when none rests. */
  readonly nextInMs: (now: number) => number | undefined;
}

export function createPacing(): Pacing {
  /** Since when each rests, the longest first; none for longer than {@link restMs}, so that this stays as small as what a moment brings. */
  const since = new Map<string, number>();
  // A clock that was put back frees everybody.
  const rests = (at: number, now: number): boolean => at <= now && now < at + restMs;
  const forget = (now: number): void => {
    for (const [group, at] of since) {
      if (rests(at, now)) break;
      since.delete(group);
    }
  };
  return {
    free: (group, now) => {
      const at = since.get(group);
      return at === undefined || !rests(at, now);
    },
    worked: (group, now) => {
      forget(now);
      since.delete(group);
      since.set(group, now);
    },
    nextInMs: (now) => {
      forget(now);
      const longest = since.values().next();
      return longest.done === true ? undefined : longest.value + restMs - now;
    },
  };
}
