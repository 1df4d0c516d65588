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

/** Read at a time: the more of a group that wait together, the less work each is, so a backlog is worked off faster than it grows. */
const lookAt = 1000;
/** Groups in one transaction: whoever waits to have a delivery accepted waits for it. */
const groupsAtOnce = 1;
const lookEveryMs = 1000;
const mostRestMs = 2000;
const mostPauseMs = 30_000;

/** Runs until `signal` aborts. What fails is tried again: nothing is taken out of the inbox before it is in the outbox. */
export async function runAlertWorker(needs: AlertWorkerNeeds, signal: AbortSignal): Promise<void> {
  const { store, clock, log, bell } = needs;
  const pacing = createPacing();
  let failures = 0;
  while (!signal.aborted) {
    try {
      const startedAt = clock.now();
      const found = await store.read.pendingDeliveries(lookAt);
      const pending = found.filter(({ group }) => pacing.free(group, startedAt));
      for (const some of inGroups(pending)) {
        if (signal.aborted) return;
        // Undone by a power cut, the deliveries are still there; what was sealed since is on disk with this.
        await store.write((tx) => work(tx, some, needs), { durable: false });
        needs.wakeSender();
      }
      failures = 0;
      if (pending.length > 0) needs.onWorked();
      const now = clock.now();
      const tookMs = now - startedAt;
      pacing.worked(new Set(pending.map(({ group }) => group)), now, tookMs);
      // As long a rest as the work: meanwhile the next deliveries are accepted.
      if (tookMs > 0) await clock.sleep(Math.min(tookMs, mostRestMs), signal);
      if (found.length === 0 || pending.length < found.length) await bell.wait(Math.min(lookEveryMs, pacing.nextInMs(now) ?? lookEveryMs), signal);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      log.error({ err: error, failures }, "deliveries of alerts could not be worked off; they are kept and tried again");
      await clock.sleep(Math.min(mostPauseMs, 250 * 2 ** Math.min(failures, 10)), signal).catch(() => undefined);
    }
  }
}

/** All of a group together, in their order; a few groups at a time. */
function inGroups(pending: readonly PendingDelivery[]): readonly (readonly PendingDelivery[])[] {
  const byGroup = [...Map.groupBy(pending, (each) => each.group).values()];
  return Array.from({ length: Math.ceil(byGroup.length / groupsAtOnce) }, (_, at) => byGroup.slice(at * groupsAtOnce, (at + 1) * groupsAtOnce).flat());
}

async function work(tx: Writes, pending: readonly PendingDelivery[], needs: AlertWorkerNeeds): Promise<void> {
  const now = needs.clock.now();
  for (const [id, some] of Map.groupBy(pending, (each) => each.group)) {
    const before = await needs.living.load(tx, id);
    let group: AlertGroup | undefined = before;
    const changes: GroupChange[] = [];
    for (const { body } of some) {
      const delivery = await takeHeartbeats(tx, parseDelivery(body), needs, now);
      if (delivery === undefined) continue;
      const folded = fold(group, delivery, needs.settings());
      group = folded.group;
      changes.push(...folded.changes);
    }
    if (group === undefined) continue;
    if (changes.length > 0) await needs.living.show(tx, group, changes, []);
    else await tx.saveGroup(toRecord(group));
  }
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
