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
    others: given.others.map(otherSource),
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

function otherSource(given: GivenBackups["others"][number]): OtherSource {
  const { name, maxAge: maxAgeMs, minSize: minBytes } = given;
  return "file" in given ? { kind: "file", name, path: given.file, maxAgeMs, minBytes } : { kind: "s3", name, ...given.s3, maxAgeMs, minBytes };
}
