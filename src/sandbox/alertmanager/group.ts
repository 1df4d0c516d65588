/** One group of alerts: waits, tells what is new, waits again, until all of it has ended and was told. */
import type { Labels } from "../../alerts/delivery.ts";
import type { Matcher } from "../../alerts/matcher.ts";
import type { Clock } from "../../clock.ts";
import { wakeable } from "../../wakeable.ts";
import { hasEnded, type KnownAlert } from "./alert-book.ts";
import { byPlace, payloadOf } from "./payload.ts";
import { isDue, sides, type Told } from "./notification-log.ts";
import { tell, type Webhook } from "./webhook.ts";

export interface Receiver {
  readonly name: string;
  readonly webhook: Webhook;
  /** More alerts than this are counted only; 0: no limit. */
  readonly maxAlerts: number;
}

/** Milliseconds. */
export interface Timing {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
}

export interface GroupNeeds extends Timing {
  readonly clock: Clock;
  readonly random: () => number;
  readonly externalUrl: () => string;
  readonly isMuted: (labels: Labels, now: number) => boolean;
  readonly told: (groupKey: string) => Told | undefined;
  readonly record: (groupKey: string, told: Told) => void;
  readonly count: (what: Counted) => void;
}

export type Counted = "notification" | "notification failed" | "request" | "request failed";

export interface Group {
  readonly key: string;
  readonly labels: Labels;
  readonly receiver: Receiver;
  readonly route: readonly Matcher[] | undefined;
  readonly insert: (alert: KnownAlert) => void;
  readonly alerts: () => readonly KnownAlert[];
  /** Resolves when there is nothing left in it, or `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** A flush may take as long as the interval, but never less than this. */
const leastPatienceMs = 10_000;
/** An empty group is forgotten after this long. */
const keptEmptyMs = 30_000;

export function createGroup(named: Pick<Group, "key" | "labels" | "receiver" | "route">, needs: GroupNeeds): Group {
  const { clock, groupWaitMs, groupIntervalMs } = needs;
  const alerts = new Map<string, KnownAlert>();
  const alarm = wakeable(clock);
  let hasFlushed = false;
  let nextAt = clock.now() + groupWaitMs;

  async function flush(signal: AbortSignal): Promise<void> {
    const now = clock.now();
    const all = [...alerts.values()].toSorted(byPlace);
    const loud = all.filter((alert) => !needs.isMuted(alert.labels, now));
    if (loud.length > 0 && !(await notify(loud, now, signal))) return;
    for (const alert of all) if (hasEnded(alert, now) && alerts.get(alert.fingerprint) === alert) alerts.delete(alert.fingerprint);
  }

  /** @returns whether all is told */
  async function notify(loud: readonly KnownAlert[], now: number, signal: AbortSignal): Promise<boolean> {
    const both = sides(loud, now);
    if (!isDue(needs.told(named.key), both, now, needs.repeatIntervalMs)) return true;
    const { receiver } = named;
    const payload = payloadOf(
      {
        receiver: receiver.name,
        groupKey: named.key,
        groupLabels: named.labels,
        alerts: loud,
        externalUrl: needs.externalUrl(),
        maxAlerts: receiver.maxAlerts,
      },
      now,
    );
    const patienceMs = Math.max(groupIntervalMs, leastPatienceMs);
    const done = await tell(receiver.webhook, JSON.stringify(payload), { clock, random: needs.random, patienceMs, signal, count: needs.count });
    if (signal.aborted) return false;
    needs.count("notification");
    if (done) needs.record(named.key, { at: clock.now(), ...both });
    else needs.count("notification failed");
    return done;
  }

  return {
    ...named,
    alerts: () => [...alerts.values()].toSorted(byPlace),
    insert: (alert) => {
      alerts.set(alert.fingerprint, alert);
      // What began long ago has waited enough.
      if (hasFlushed || alert.startsAt + groupWaitMs >= clock.now()) return;
      nextAt = clock.now();
      alarm.wake();
    },
    run: async (signal) => {
      let lastFilledAt = clock.now();
      while (!signal.aborted) {
        const ms = nextAt - clock.now();
        if (ms > 0) {
          await alarm.wait(ms, signal);
          continue;
        }
        nextAt = clock.now() + groupIntervalMs;
        hasFlushed = true;
        await flush(signal);
        if (alerts.size > 0) lastFilledAt = clock.now();
        else if (clock.now() - lastFilledAt >= keptEmptyMs) return;
      }
    },
  };
}
