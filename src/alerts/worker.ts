/** Works deliveries off: each is folded onto its group, and what the rooms see of it is queued in the same transaction. */
import type { View } from "../chat/command.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../observe/log.ts";
import type { PendingDelivery } from "../store/alert-store.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Wakeable } from "../wakeable.ts";
import { parseDelivery } from "./delivery-json.ts";
import type { Delivery } from "./delivery.ts";
import { fold } from "./fold.ts";
import type { AlertGroup, GroupChange } from "./group.ts";
import { toRecord } from "./live/stored-group.ts";
import type { Living } from "./living.ts";
import type { AlertSettings } from "./settings.ts";
import { createPacing } from "./pacing.ts";
import { heard, withoutHeartbeats } from "./watchdog.ts";

export interface AlertWorkerNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly living: Living;
  readonly settings: () => AlertSettings;
  readonly view: () => View;
  readonly clock: Clock;
  readonly log: Log;
  /** Rung when something was accepted here; another instance's deliveries are found by looking. */
  readonly bell: Wakeable;
  readonly wakeSender: () => void;
  /** After each round: storms and what else depends on what waits. */
  readonly onWorked: () => void;
}

/** Looked for at a time: of each all that waits is folded together, so a backlog is worked off faster than it grows. */
const mostGroups = 1000;
const mostDeliveries = 1000;
const lookEveryMs = 1000;
const mostRestMs = 2000;
/** Where deliveries came of groups that rest alone, the next look waits this long: under load each would be a look in vain. */
const inVainRestMs = 25;
const mostPauseMs = 30_000;

/** Runs until `signal` aborts. What fails is tried again: nothing is taken out of the inbox before it is in the outbox. */
export async function runAlertWorker(needs: AlertWorkerNeeds, signal: AbortSignal): Promise<void> {
  const { store, clock, log, bell } = needs;
  const pacing = createPacing();
  let failures = 0;
  while (!signal.aborted) {
    try {
      const startedAt = clock.now();
      const found = await store.read.pendingGroups(mostGroups);
      const groups = found.filter((group) => pacing.free(group, startedAt));
      // One in a transaction: whoever waits to have a delivery accepted waits for it.
      for (const group of groups) {
        if (signal.aborted) return;
        const pending = await store.read.pendingDeliveries(mostDeliveries, group);
        // Undone by a power cut, the deliveries are still there; what was sealed since is on disk with this.
        if (pending.length > 0) await store.write((tx) => work(tx, group, pending, needs), { durable: false });
        pacing.worked(group, clock.now());
        needs.wakeSender();
      }
      failures = 0;
      if (groups.length > 0) needs.onWorked();
      const now = clock.now();
      const tookMs = now - startedAt;
      // As long a rest as the work: meanwhile the next deliveries are accepted.
      const restMs = groups.length === 0 && found.length > 0 ? Math.max(tookMs, inVainRestMs) : tookMs;
      if (restMs > 0) await clock.sleep(Math.min(restMs, mostRestMs), signal);
      if (groups.length < found.length || found.length === 0) await bell.wait(Math.min(lookEveryMs, pacing.nextInMs(now) ?? lookEveryMs), signal);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      log.error({ err: error, failures }, "deliveries of alerts could not be worked off; they are kept and tried again");
      await clock.sleep(Math.min(mostPauseMs, 250 * 2 ** Math.min(failures, 10)), signal).catch(() => undefined);
    }
  }
}

async function work(tx: Writes, id: string, pending: readonly PendingDelivery[], needs: AlertWorkerNeeds): Promise<void> {
  const now = needs.clock.now();
  let group: AlertGroup | undefined = await needs.living.load(tx, id);
  const changes: GroupChange[] = [];
  for (const { body } of pending) {
    const delivery = await takeHeartbeats(tx, parseDelivery(body), needs, now);
    if (delivery === undefined) continue;
    const folded = fold(group, delivery, needs.settings());
    group = folded.group;
    changes.push(...folded.changes);
  }
  if (group !== undefined && changes.length > 0) await needs.living.show(tx, group, changes, []);
  else if (group !== undefined) await tx.saveGroup(toRecord(group));
  await tx.finishDeliveries(
    pending.map((each) => each.seq),
    now,
  );
}

/** What is left of a delivery once the alerts that fire always are out of it; `undefined` when nothing is. */
async function takeHeartbeats(tx: Writes, delivery: Delivery, { settings, view }: AlertWorkerNeeds, now: number): Promise<Delivery | undefined> {
  const source = settings().sources.find((each) => each.name === delivery.source);
  if (source?.watchdog === undefined) return delivery;
  const { rest, beats } = withoutHeartbeats(delivery, source.watchdog);
  if (beats) await heard(tx, source.name, source.watchdog, Math.min(delivery.receivedAt, now), view());
  return rest;
}
