/** Does what is due, also what came due while nothing ran. */
import type { Clock } from "../clock.ts";
import type { Log } from "../observe/log.ts";
import type { DueTimer } from "../store/alert-store.ts";
import type { Store } from "../store/store.ts";
import type { Wakeable } from "../wakeable.ts";

/** Must clear or move its timer in the transaction that records its effect: until then it is due, and done again after a crash. */
export type TimerHandler = (timer: DueTimer, signal: AbortSignal) => Promise<void>;

export interface TimerNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly handlers: Readonly<Record<string, TimerHandler>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Rung by whoever may have set an earlier one. */
  readonly bell: Wakeable;
  readonly onFault: () => void;
}

const atOnce = 8;
const lookEveryMs = 1000;
const deadlineMs = 60_000;
/** A timer that fails is tried again after ever longer pauses, and given up after this many: about a day. */
const mostAttempts = 100;
const mostPauseMs = 15 * 60_000;

/** Runs until `signal` aborts. One that fails holds up no other. */
export async function runTimers(needs: TimerNeeds, signal: AbortSignal): Promise<void> {
  const { store, clock, log, bell } = needs;
  while (!signal.aborted) {
    let due: readonly DueTimer[] = [];
    try {
      due = await store.read.dueTimers(clock.now(), atOnce);
      await Promise.all(due.map((timer) => attempt(timer, needs, signal)));
    } catch (error) {
      if (signal.aborted) return;
      log.error({ err: error }, "timers could not be read or moved; it is tried again");
      await clock.sleep(2000, signal).catch(() => undefined);
      continue;
    }
    if (due.length < atOnce) await bell.wait(lookEveryMs, signal);
  }
}

async function attempt(timer: DueTimer, { store, handlers, clock, log, onFault }: TimerNeeds, signal: AbortSignal): Promise<void> {
  const handler = handlers[timer.kind];
  if (handler === undefined || timer.attempts >= mostAttempts) {
    log.error(
      { key: timer.key, kind: timer.kind, attempts: timer.attempts },
      handler === undefined ? "nobody handles a timer: dropped" : "a timer is given up",
    );
    await store.write((tx) => tx.clearTimer(timer.key));
    return;
  }
  try {
    await handler(timer, AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]));
  } catch (error) {
    if (signal.aborted) return;
    onFault();
    const pauseMs = Math.min(mostPauseMs, 1000 * 2 ** Math.min(timer.attempts, 20));
    log.error({ err: error, key: timer.key, pauseMs }, "what a timer asks for failed; it is tried again");
    await store.write((tx) => tx.postponeTimer(timer.key, clock.now() + pauseMs));
  }
}
