/** `/sync` as a long poll: answers at once when there is something, else as soon as something comes or the time is over. */
import { wakeable } from "../../wakeable.ts";
import type { Core } from "./core.ts";
import type { Json } from "./event.ts";
import { buildSync, type SyncWish } from "./sync.ts";

const maxWaitMs = 10 * 60_000;

export async function pollSync(
  core: Core,
  wish: Omit<SyncWish, "viewer"> & { readonly user: string; readonly device: string },
  waitMs: number,
  signal: AbortSignal,
): Promise<Json> {
  const build = (): ReturnType<typeof buildSync> => buildSync(core, { ...wish, viewer: { user: wish.user, device: wish.device, now: core.clock.now() } });
  const answer = build();
  if (!answer.isEmpty || wish.since === undefined || wish.fullState || waitMs <= 0) return answer.body;
  const until = core.clock.now() + Math.min(waitMs, maxWaitMs);
  const news = wakeable(core.clock);
  const deaf = core.state.listen(news.wake);
  try {
    for (;;) {
      await news.wait(Math.max(0, until - core.clock.now()), signal);
      const next = build();
      if (!next.isEmpty || signal.aborted || core.clock.now() >= until) return next.body;
    }
  } finally {
    deaf();
  }
}

interface Kept {
  readonly body: Json;
  readonly at: number;
}

const keptForMs = 2 * 60_000;
const keptAtMost = 200;

/**
 * Synapse gives a sync that is asked again with the same `since` the same answer for two minutes (`sync_response_cache_duration`),
 * even when more has happened by then. An answer with nothing new is not kept.
 */
export class SyncAnswers {
  readonly #kept = new Map<string, Kept>();

  get(key: string, now: number): Json | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && now - kept.at < keptForMs ? kept.body : undefined;
  }

  keep(key: string, body: Json, now: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, { body, at: now });
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > keptAtMost && oldest.done !== true) this.#kept.delete(oldest.value);
  }

  clear(): void {
    this.#kept.clear();
  }
}
