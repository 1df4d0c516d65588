/** Only one instance acts: wait for the lease, act while it is held, stop the moment it may be lost. */
import type { Clock } from "../clock.ts";
import type { Log } from "../observe/log.ts";
import type { Lease } from "../store/store.ts";

export interface LeaseKeeperNeeds {
  readonly lease: Lease;
  /** Who we are: host, process, start. Shown to whoever asks why they wait. */
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onState: (state: "waiting" | "acting") => void;
  readonly ttlMs?: number;
}

/** After a kill the lease runs out within this; another instance looks every two seconds, so it acts well within 30 s. */
export const leaseTtlMs = 15_000;
const lookEveryMs = 2000;

/** When to end: `drain` in good order, because the process stops; `lost` at once, because another instance may act. */
export interface Until {
  readonly drain: AbortSignal;
  readonly lost: AbortSignal;
}

/** Runs `act` whenever the lease is ours, until `drain` aborts. @throws what `act` throws of itself */
export async function actUnderLease(needs: LeaseKeeperNeeds, act: (until: Until) => Promise<void>, drain: AbortSignal): Promise<void> {
  const { lease, owner, clock, log, onState, ttlMs = leaseTtlMs } = needs;
  while (!drain.aborted) {
    const generation = await acquire(needs, ttlMs);
    if (generation === undefined) {
      onState("waiting");
      await clock.sleep(lookEveryMs, drain).catch(() => undefined);
      continue;
    }
    log.info({ owner, generation }, "this instance acts now");
    onState("acting");
    const lost = new AbortController();
    const ended = new AbortController();
    const renewing = renew(needs, ttlMs, lost, ended.signal);
    try {
      await act({ drain, lost: lost.signal });
    } catch (error) {
      if (!lost.signal.aborted) throw error;
      log.warn({ err: error }, "stopped acting: the lease was lost");
    } finally {
      ended.abort();
      await renewing;
      if (!lost.signal.aborted)
        await lease.release().catch((error: unknown) => log.warn({ err: error }, "the lease could not be released; it runs out by itself"));
    }
  }
}

async function acquire({ lease, owner, log }: LeaseKeeperNeeds, ttlMs: number): Promise<number | undefined> {
  try {
    return await lease.acquire(owner, ttlMs);
  } catch (error) {
    log.error({ err: error }, "the lease could not be asked for");
    return undefined;
  }
}

/** Renews at a third of the lease's life. What cannot be renewed until it has run out counts as lost. */
async function renew({ lease, clock, log }: LeaseKeeperNeeds, ttlMs: number, lost: AbortController, ended: AbortSignal): Promise<void> {
  let renewedAt = clock.now();
  while (!ended.aborted) {
    await clock.sleep(ttlMs / 3, ended).catch(() => undefined);
    if (ended.aborted) return;
    const startedAt = clock.now();
    try {
      if (!(await lease.renew(ttlMs))) {
        log.error("another instance has taken the lease: this one stops acting");
        lost.abort(new Error("the lease was taken over"));
        return;
      }
      renewedAt = startedAt;
    } catch (error) {
      log.error({ err: error }, "the lease could not be renewed");
      if (clock.now() - renewedAt >= ttlMs * 0.8) {
        lost.abort(new Error("the lease ran out: the store could not be reached"));
        return;
      }
    }
  }
}
