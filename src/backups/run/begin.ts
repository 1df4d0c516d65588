/** `!backup run NAME`: what is to be made is recorded, and made by a timer. */
import type { Asker } from "../../chat/command.ts";
import { calls } from "../../kubernetes/calls.ts";
import type { RunAnswer } from "../answers.ts";
import { faultOf } from "../acting/faults.ts";
import { findDatabase, type FoundDatabase } from "../acting/find-database.ts";
import { nameOfRun, runIdOf } from "../acting/labels.ts";
import { show } from "../acting/message.ts";
import type { ActingNeeds, Refusal } from "../acting/needs.ts";
import { backupRecord, endOf } from "../records/backup.ts";
import { scheduleRecord } from "../records/schedule.ts";
import { methodFor, type Method, type Schedule } from "./method.ts";
import { allRuns, readRun, runKey, runTimerKind, saveRun, type RunRecord } from "./record.ts";
import { refuseRun } from "./refuse.ts";
import { runLines } from "./render.ts";

/** @param name as typed */
export async function beginRun(name: string | undefined, asker: Pick<Asker, "event" | "room" | "user" | "signal">, needs: ActingNeeds): Promise<RunAnswer> {
  const id = runIdOf(asker.event);
  const before = await readRun(needs.store.read, id);
  // The same message, handled before a crash.
  if (before !== undefined) return { kind: "begun", name: shortName(before) };
  const found = await findDatabase(name, needs, asker.signal);
  if ("refusal" in found) return { kind: "refused", words: found.refusal };
  const method = await methodOf(found, needs, asker.signal);
  if ("refusal" in method) return { kind: "refused", words: method.refusal };
  const { cluster, record } = found;
  const made: RunRecord = {
    id,
    cluster,
    namespace: record.namespace,
    database: record.name,
    backup: nameOfRun("opsroom", record.name, id),
    spec: { cluster: { name: record.name }, ...method },
    by: asker.user,
    askedAt: needs.view().now,
    step: "making",
    message: { room: asker.room, edits: 0, shown: "" },
  };
  await needs.store.write(async (tx) => {
    const view = needs.view();
    const message = await show(tx, id, made.message, runLines(made, undefined, undefined, view), view.now);
    await saveRun(tx, { ...made, message }, view.now);
    await tx.setTimer({ key: runKey(id), kind: runTimerKind, dueAt: view.now, body: JSON.stringify({ id }) });
    await tx.appendAudit({
      at: view.now,
      actor: asker.user,
      action: "backup.run",
      subject: shortName(made).slice(0, 64),
      room: asker.room,
      eventId: asker.event,
      outcome: "ok",
      detail: `${made.backup}: ${method.method}, ${method.target}`,
    });
  });
  needs.wakeSender();
  needs.wakeTimers();
  return { kind: "begun", name: shortName(made) };
}

async function methodOf({ cluster, access, record, object }: FoundDatabase, needs: ActingNeeds, signal: AbortSignal): Promise<Method | Refusal> {
  const { namespace, name } = record;
  try {
    const [schedules, unfinished] = await Promise.all([
      access.list(signal, calls.scheduledBackups, { namespace }, (item): Schedule | undefined => {
        const schedule = scheduleRecord(item);
        return schedule?.database === name ? { record: schedule, object: item } : undefined;
      }),
      access.list(signal, calls.postgresBackups, { namespace }, (item) => {
        const backup = backupRecord(item);
        return backup?.database === name && endOf(backup) === "none" ? backup : undefined;
      }),
    ]);
    const refusal = refuseRun(record, unfinished, needs.settings().limits, needs.view().now);
    if (refusal !== undefined) return refusal;
    const runs = await allRuns(needs.store.read);
    const open = runs.find((each) => each.step !== "ended" && each.cluster === cluster && each.namespace === namespace && each.database === name);
    if (open !== undefined) return { refusal: `Backup ${open.backup} of ${name} is about to be made already. Wait for its end.` };
    return methodFor(record, object, schedules);
  } catch (error) {
    const { words, remedy } = faultOf(error);
    return { refusal: `${words}. ${remedy}` };
  }
}

/** `prod cnpg/shared-pg` */
export function shortName({ cluster, namespace, database }: Pick<RunRecord, "cluster" | "namespace" | "database">): string {
  return `${cluster} ${namespace}/${database}`;
}
