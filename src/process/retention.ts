/** Everything that grows is pruned: hourly, and once soon after start. */
import type { Clock } from "../clock.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";

/** How long things are kept, in milliseconds. */
export interface Retention {
  readonly eventsMs: number;
  readonly messagesMs: number;
  readonly auditMs: number;
}

/** What is left of a delivery that was worked off only tells copies from news, which takes minutes. */
const deliveriesMs = 86_400_000;
const firstAfterMs = 60_000;
const everyMs = 3_600_000;

export async function runRetention(store: Pick<Store, "write">, keep: () => Retention, clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
  let wait = firstAfterMs;
  while (!signal.aborted) {
    await clock.sleep(wait, signal).catch(() => undefined);
    if (signal.aborted) return;
    wait = everyMs;
    const now = clock.now();
    const { eventsMs, messagesMs, auditMs } = keep();
    try {
      const rows = await store.write((tx) =>
        tx.prune({ events: now - eventsMs, messages: now - messagesMs, audit: now - auditMs, deliveries: now - deliveriesMs }),
      );
      if (rows > 0) log.info({ rows }, "old rows were removed");
    } catch (error) {
      log.error({ err: error }, "old rows could not be removed; it is tried again in an hour");
    }
  }
}
