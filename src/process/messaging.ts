/** How Opsroom's own messages get through, as the store has it: for `!status` and for the metrics. */
import { heartbeatKind, readHeartbeat } from "../alerts/watchdog.ts";
import type { AlertPicture } from "../observe/metrics.ts";
import type { MessagingFacts } from "../status/messaging.ts";
import type { Reads } from "../store/store.ts";

export interface MessagingNeeds {
  readonly read: Pick<Reads, "outboxDepth" | "deliveryDepth" | "notes" | "countGroups">;
  readonly now: () => number;
  /** What Alertmanagers failed to deliver, by source, as last read. */
  readonly failedNotifications: () => ReadonlyMap<string, number>;
}

const mostSources = 100;

/** @returns `undefined` when the store cannot be read: it is told elsewhere */
export async function messagingFacts({ read, now, failedNotifications }: MessagingNeeds): Promise<MessagingFacts | undefined> {
  try {
    const [outbox, deliveries, beats] = await Promise.all([read.outboxDepth(), read.deliveryDepth(), read.notes(heartbeatKind, mostSources)]);
    const silent = beats.flatMap((note) => {
      const beat = readHeartbeat(note);
      return beat.saidIn === undefined ? [] : [{ source: note.name, forMs: now() - beat.at }];
    });
    const undelivered = [...failedNotifications()].filter(([, count]) => count > 0).map(([source, count]) => ({ source, count }));
    return { outbox: backlog(outbox, now()), deliveries: backlog(deliveries, now()), silent, undelivered };
  } catch {
    return undefined;
  }
}

/** @throws what the store throws */
export async function alertPicture({ read, now, failedNotifications }: MessagingNeeds): Promise<AlertPicture> {
  const [{ deadLetters, ...depth }, firingGroups, beats] = await Promise.all([
    read.deliveryDepth(),
    read.countGroups("firing"),
    read.notes(heartbeatKind, mostSources),
  ]);
  return {
    ...backlog(depth, now()),
    deadLetters,
    firingGroups,
    heartbeatAgesMs: new Map(beats.map((note) => [note.name, now() - readHeartbeat(note).at])),
    failedNotifications: failedNotifications(),
  };
}

function backlog({ waiting, oldestAt }: { readonly waiting: number; readonly oldestAt: number | undefined }, now: number) {
  return { waiting, oldestAgeMs: oldestAt === undefined ? 0 : now - oldestAt };
}
