/**
 * A group that was just worked off rests a moment, and longer the longer it goes on changing: the room gets one edit of its message instead of ten, and folding
 * ten deliveries costs little more than one. A group that rested is worked off at once.
 */

const firstRestMs = 1000;
/** Nobody reads faster, and Synapse's usual limit lets an account say no more in the long run. */
const longestRestMs = 5000;

export interface Pacing {
  /** Whether the group may be worked off now. */
  readonly free: (group: string, now: number) => boolean;
  readonly worked: (group: string, now: number) => void;
  /** Milliseconds until the next of those that rest is free; `undefined` when none rests. */
  readonly nextInMs: (now: number) => number | undefined;
}

interface Rest {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly forMs: number;
}

export function createPacing(): Pacing {
  /** Those worked off longest ago first; none is kept for longer than twice {@link longestRestMs}, so this stays as small as what a moment brings. */
  const rests = new Map<string, Rest>();
  // A clock that was put back frees everybody.
  const within = ({ since }: Rest, ms: number, now: number): boolean => since <= now && now < since + ms;
  const forget = (now: number): void => {
    for (const [group, rest] of rests) {
      if (within(rest, 2 * longestRestMs, now)) break;
      rests.delete(group);
    }
  };
  return {
    free: (group, now) => {
      const rest = rests.get(group);
      return rest === undefined || !within(rest, rest.forMs, now);
    },
    worked: (group, now) => {
      forget(now);
      const before = rests.get(group);
      const goesOn = before !== undefined && within(before, 2 * before.forMs, now);
      rests.delete(group);
      rests.set(group, { since: now, forMs: goesOn ? Math.min(2 * before.forMs, longestRestMs) : firstRestMs });
    },
    nextInMs: (now) => {
      forget(now);
      const left = rests
        .values()
        .filter((rest) => within(rest, rest.forMs, now))
        .map(({ since, forMs }) => since + forMs - now)
        .toArray();
      return left.length === 0 ? undefined : left.reduce((least, ms) => Math.min(least, ms));
    },
  };
}
