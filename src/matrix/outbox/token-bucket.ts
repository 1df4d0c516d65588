/** The homeserver's rate limit, kept on our side: better to wait here and choose than to be refused there. */

/** As Synapse's `rc_message`: so many a second in the long run, `burst` at once. `perSecond` 0 means no limit, as in Synapse's override. */
export interface Limits {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokenBucket {
  /** Milliseconds until something may be sent; 0 when it may now. */
  readonly waitMs: (now: number) => number;
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
    waitMs: (now) => {
      fill(now);
      const held = Math.max(0, (at ?? now) - now);
      return !limited || tokens >= 1 ? held : held + Math.ceil(((1 - tokens) / perSecond) * 1000);
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
