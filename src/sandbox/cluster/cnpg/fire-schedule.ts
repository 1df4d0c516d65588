/** The controller of ScheduledBackups, as `internal/controller/scheduledbackup_controller.go` has it. */
import { kinds } from "../kinds.ts";
import { instant, type KeptObject } from "../kept-objects.ts";
import { parseCron, type CronSchedule } from "./cron.ts";
import type { Controller, ControllerNeeds } from "./needs.ts";
import { handedOn, isDone, readBackup, readScheduled } from "./shapes.ts";
import { compactTime } from "./wal.ts";

export function scheduleController(needs: ControllerNeeds): Controller {
  const { objects, situation, version } = needs;
  /** Before 1.29 the children were looked for by an owner they never have: a Backup. */
  const blocks = !/^1\.2[0-8](\.|$)/u.test(version);

  function make(object: KeptObject, dueAt: number, at: number, schedule: CronSchedule, immediate: boolean): number | undefined {
    const { name, namespace } = object.metadata;
    const { spec } = readScheduled(object);
    const owner = ownerOf(needs, object, spec);
    if (owner === "gone") return undefined;
    const labels = { "cnpg.io/cluster": spec.cluster.name, "cnpg.io/immediateBackup": String(immediate), "cnpg.io/scheduled-backup": name };
    const made = objects.add(
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Backup",
        metadata: { name: `${name}-${compactTime(dueAt)}`, namespace, labels, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
        spec: handedOn.parse(spec),
      },
      at,
    );
    if (made === "exists") return undefined;
    const next = schedule.next(at);
    const times = { lastCheckTime: instant(at), lastScheduleTime: instant(dueAt), ...(next === undefined ? {} : { nextScheduleTime: instant(next) }) };
    objects.change(object, { status: times });
    return next;
  }

  return (object, at) => {
    const { spec, status } = readScheduled(object);
    if (situation.operator === "stopped" || spec.suspend) return undefined;
    if (blocks && childrenOf(needs, object).some((child) => !isDone(readBackup(child).status.phase))) return undefined;
    const schedule = parseCron(spec.schedule);
    const next = schedule.next(at);
    if (next === undefined) return undefined;
    if (status.lastCheckTime === undefined) {
      if (spec.immediate) return make(object, at, at, schedule, true);
      objects.change(object, { status: { lastCheckTime: instant(at) } });
      return next;
    }
    const dueAt = schedule.next(Date.parse(status.lastCheckTime));
    if (dueAt === undefined) return undefined;
    return at < dueAt ? dueAt : make(object, dueAt, at, schedule, false);
  };
}

function childrenOf({ objects }: ControllerNeeds, { metadata }: KeptObject): readonly KeptObject[] {
  return objects.within(kinds.backup, metadata.namespace).filter((each) => each.metadata.labels?.["cnpg.io/scheduled-backup"] === metadata.name);
}

function ownerOf({ objects }: ControllerNeeds, object: KeptObject, spec: ReturnType<typeof readScheduled>["spec"]) {
  if (spec.backupOwnerReference === "none") return undefined;
  const owner = spec.backupOwnerReference === "self" ? object : objects.get(kinds.cluster, object.metadata.namespace, spec.cluster.name);
  if (owner === undefined) return "gone" as const;
  const { name, uid } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true };
}
