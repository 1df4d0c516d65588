/** A ScheduledBackup that has been there for a while, and the Backups that it has made. Pure. */
import { instant, type GivenObject } from "../kept-objects.ts";
import { parseCron } from "./cron.ts";
import { compactTime } from "./wal.ts";

const apiVersion = "postgresql.cnpg.io/v1";

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export interface PastSchedule extends Place {
  readonly cluster: string;
  /** As it stands in the spec; it is fired by CloudNativePG's reading of it. */
  readonly schedule: string;
  readonly sinceMs: number;
  /** What else its spec has. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Of the Backup that was made then: beside `phase`. */
  readonly outcome: (dueAt: number) => Readonly<Record<string, unknown>>;
}

/** A ScheduledBackup and the Backups that it has made from `sinceMs` before `now` on. */
export function pastSchedule({ namespace, name, cluster, schedule, sinceMs, spec, outcome }: PastSchedule, now: number): readonly GivenObject[] {
  const cron = parseCron(schedule);
  const beganAt = now - sinceMs;
  const due: number[] = [];
  for (let at = cron.next(beganAt); at !== undefined && at < now - 60_000; at = cron.next(at)) due.push(at);
  const last = due.at(-1);
  const next = cron.next(last ?? beganAt);
  const status =
    last === undefined || next === undefined
      ? { lastCheckTime: instant(beganAt) }
      : { lastCheckTime: instant(last), lastScheduleTime: instant(last), nextScheduleTime: instant(next) };
  const labels = { "cnpg.io/cluster": cluster, "cnpg.io/immediateBackup": "false", "cnpg.io/scheduled-backup": name };
  const self = spec["backupOwnerReference"] === "self";
  const owner = self ? { ownerReferences: [{ apiVersion, kind: "ScheduledBackup", name, uid: "", controller: true }] } : {};
  const { backupOwnerReference: _, immediate: __, ...handed } = spec;
  return [
    {
      apiVersion,
      kind: "ScheduledBackup",
      metadata: { namespace, name, creationTimestamp: instant(beganAt) },
      spec: { backupOwnerReference: "none", method: "barmanObjectStore", ...spec, schedule, cluster: { name: cluster } },
      status,
    },
    ...due.map((at) => ({
      apiVersion,
      kind: "Backup",
      metadata: { namespace, name: `${name}-${compactTime(at)}`, creationTimestamp: instant(at), labels, ...owner },
      spec: { method: "barmanObjectStore", ...handed, cluster: { name: cluster } },
      status: outcome(at),
    })),
  ];
}
