/**
 * Synapse's leaky bucket (`synapse/api/ratelimiting.py`): a bucket holds `burst` actions and leaks `perSecond`;
 * an action that does not fit is refused and not counted.
 */

export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Synapse's default for messages, edits, reactions, state and membership events together, a user. */
export const synapseDefaultLimit: RateLimit = { perSecond: 0.2, burst: 10 };

interface Bucket {
  readonly actions: number;
  /** Seconds since 1970 when the bucket was last empty. */
  readonly since: number;
}

const maxBuckets = 10_000;

export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();

  /** `undefined` when the action fits, else the milliseconds until it would. Counts it unless `count` is false. */
  tryAction(key: string, limit: RateLimit, nowMs: number, count: boolean): number | undefined {
    const now = nowMs / 1000;
    let { actions, since } = this.#buckets.get(key) ?? { actions: 0, since: now };
    let inBucket = actions - (now - since) * limit.perSecond;
    if (inBucket < 0) {
      inBucket = 0;
      actions = 0;
      since = now;
    }
    if (inBucket > limit.burst - 1) return Math.max(0, Math.trunc(1000 * (since + (actions - limit.burst + 1) / limit.perSecond - now)));
    if (count) this.#keep(key, { actions: actions + 1, since });
    return undefined;
  }

  clear(): void {
    this.#buckets.clear();
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > maxBuckets && oldest.done !== true) this.#buckets.delete(oldest.value);
  }
}
