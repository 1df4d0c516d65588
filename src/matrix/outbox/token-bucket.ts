/** The homeserver's rate limit, kept on our side: better to wait here and choose than to be refused there. */

/** As Synapse's `rc_message`: so many a second in the long run, `burst` at once. `perSecond` 0 means no limit, as in Synapse's override. */
export interface Limits {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokenBucket {
  /** Milliseconds until something may be sent that leaves `spare` for what is more urgent; 0 when it may now. */
  readonly waitMs: (now: number, spare?: number) => number;
  /** Messages that may go at once; `undefined` when there is no limit. */
  readonly left: (now: number) => number | undefined;
  /** Uses one up; to be called when {@link waitMs} is 0. */
  readonly take: (now: number) => void;
  /** The homeserver has refused: nothing for `ms`, and then one at a time. */
  readonly empty: (now: number, ms: number) => void;
}

/** Starts full. */
export function tokenBucket({ perSecond, burst }: Limits): TokenBucket {
  const limited = perSecond > 0;
  const size = Math.max(1, burst);
  let tokens = size;
  let at: number | undefined;
  const fill = (now: number): void => {
    // `at` lies ahead while the homeserver's own wait lasts.
    if (at !== undefined && now < at) return;
    if (limited) tokens = Math.min(size, tokens + ((now - (at ?? now)) / 1000) * perSecond);
    at = now;
  };
  return {
    waitMs: (now, spare = 0) => {
      fill(now);
      const held = Math.max(0, (at ?? now) - now);
      const wanted = Math.min(size, 1 + spare);
      return !limited || tokens >= wanted ? held : held + Math.ceil(((wanted - tokens) / perSecond) * 1000);
    },
    left: (now) => {
      fill(now);
      if (!limited) return undefined;
      return at !== undefined && now < at ? 0 : Math.floor(tokens);
    },
    take: (now) => {
      fill(now);
      if (limited) tokens -= 1;
    },
    empty: (now, ms) => {
      fill(now);
      tokens = limited ? 1 : size;
      at = Math.max(at ?? now, now + ms);
    },
  };
}
