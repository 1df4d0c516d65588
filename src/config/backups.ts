/** What the file says of backups, as the parts that use it want it. */
import type { BackupSettings, OtherSource } from "../backups/settings.ts";
import type { GivenBackups } from "./schema/backups.ts";

/** @param clusters names of all clusters of the file */
export function settleBackups(given: GivenBackups, clusters: readonly string[]): BackupSettings {
  const { drill } = given;
  return {
    clusters: given.clusters ?? clusters,
    ignored: given.ignore,
    limits: {
      windowMs: given.window,
      graceMs: given.grace,
      longestPeriodMs: given.everyAtLeast,
      archivingMs: given.archiving,
      longestBackupMs: given.longestBackup,
      longestPendingMs: given.longestPending,
      expiryMs: given.expiry,
    },
    asks: { primaries: given.askPrimaries, stores: given.askStores },
    operatorTimeZone: given.operatorTimeZone,
    others: given.others.flatMap(otherSource),
    drill:
      drill === undefined
        ? undefined
        : {
            namespace: drill.namespace,
            deadlineMs: drill.deadline,
            memory: drill.memory,
            cpu: drill.cpu,
            storageClass: drill.storageClass,
            queries: drill.queries,
          },
  };
}

function otherSource({ name, file, s3, maxAge: maxAgeMs, minSize: minBytes }: GivenBackups["others"][number]): readonly OtherSource[] {
  if (file !== undefined) return [{ kind: "file", name, path: file, maxAgeMs, minBytes }];
  return s3 === undefined ? [] : [{ kind: "s3", name, ...s3, maxAgeMs, minBytes }];
}
