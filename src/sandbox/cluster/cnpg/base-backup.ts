/** What a base backup leaves behind: in the Backup, in the object store's catalog, and in what tells of it. */
import { instant, type KeptObject } from "../kept-objects.ts";
import { kinds } from "../kinds.ts";
import type { Json } from "../objects.ts";
import type { BaseBackup } from "./buckets.ts";
import type { Target } from "./cluster-status.ts";
import type { ControllerNeeds } from "./needs.ts";
import { readBackup, readStore } from "./shapes.ts";
import { barmanId, compactTime, lsnAt, walAt } from "./wal.ts";

/** What a completed base backup says of itself. */
export function baseBackupStatus(beganAt: number, endedAt: number): Json {
  return {
    backupId: barmanId(beganAt),
    backupName: `backup-${compactTime(beganAt)}`,
    startedAt: instant(beganAt),
    stoppedAt: instant(endedAt),
    beginWal: walAt(beganAt),
    endWal: walAt(endedAt),
    beginLSN: lsnAt(beganAt),
    endLSN: lsnAt(endedAt),
  };
}

export function inTreeTimes(catalog: readonly BaseBackup[]): Json {
  const [first, last] = [catalog[0], catalog.at(-1)].map((each) => (each === undefined ? undefined : instant(each.endedAt)));
  const byMethod = (time: string | undefined): Json => ({ barmanObjectStore: time });
  return {
    firstRecoverabilityPoint: first,
    firstRecoverabilityPointByMethod: byMethod(first),
    lastSuccessfulBackup: last,
    lastSuccessfulBackupByMethod: byMethod(last),
  };
}

export function placeOf(target: Target | undefined): Json {
  if (target === undefined) return {};
  const { destinationPath, endpointURL, s3Credentials } = target.configuration;
  return { destinationPath, endpointURL, s3Credentials, serverName: target.server };
}

export function tellStore({ objects, buckets }: ControllerNeeds, { store, configuration, server }: Target, also: Json): void {
  if (store === undefined) return;
  const now = objects.get(kinds.objectStore, store.metadata.namespace, store.metadata.name);
  if (now === undefined) return;
  const { serverRecoveryWindow } = readStore(now).status;
  const catalog = buckets.catalog(configuration, server);
  const [first, last] = [catalog[0], catalog.at(-1)];
  const window = {
    ...serverRecoveryWindow[server],
    ...(first === undefined || "lastFailedBackupTime" in also ? {} : { firstRecoverabilityPoint: instant(first.endedAt) }),
    ...(last === undefined || "lastFailedBackupTime" in also ? {} : { lastSuccessfulBackupTime: instant(last.endedAt) }),
    ...also,
  };
  objects.change(now, { status: { serverRecoveryWindow: { ...serverRecoveryWindow, [server]: window } } });
}

/** A Backup whose base backup the retention policy has deleted is deleted too. */
export function forgetExpired({ objects }: ControllerNeeds, of: KeptObject, { store }: Target, catalog: readonly BaseBackup[]): void {
  const ids = new Set(catalog.map((each) => each.id));
  const method = store === undefined ? "barmanObjectStore" : "plugin";
  for (const each of objects.within(kinds.backup, of.metadata.namespace)) {
    const { spec, status } = readBackup(each);
    if (spec.cluster.name === of.metadata.name && spec.method === method && status.phase === "completed" && !ids.has(status.backupId ?? ""))
      objects.remove(each);
  }
}
