/**
 * Under load, what comes of one group within moments is worked off together: folding ten deliveries costs little more than one, and the room gets one edit
 * instead of ten. How long a group rests follows from how long the work takes, so that with little to do nothing waits noticeably.
 */

const restsPerWork = 10;
const mostRestMs = 2000;

export interface Pacing {
  /** Whether the group may be worked off now. */
  readonly free: (group: string, now: number) => boolean;
  /** A round over these groups took so long. */
  readonly worked: (groups: Iterable<string>, now: number, tookMs: number) => void;
  /** Milliseconds until the next of those that rest is free; `undefined` when none rests. */
  readonly nextInMs: (now: number) => number | undefined;
}

export function createPacing(): Pacing {
  /** Until when each rests, in the order of resting; none for longer than {@link mostRestMs}, so that this stays as small as what a moment brings. */
  const until = new Map<string, number>();
  const forget = (now: number): void => {
    for (const [group, at] of until) if (at <= now || at > now + mostRestMs) until.delete(group);
  };
  return {
    free: (group, now) => {
      const at = until.get(group);
      return at === undefined || at <= now || at > now + mostRestMs;
    },
    worked: (groups, now, tookMs) => {
      forget(now);
      const restMs = Math.min(mostRestMs, restsPerWork * tookMs);
      if (restMs > 0) for (const group of groups) until.set(group, now + restMs);
    },
    nextInMs: (now) => {
      forget(now);
      return until.size === 0 ? undefined : Math.max(0, Math.min(...until.values()) - now);
    },
  };
}
