/** Handler of timers of kind `backup.run`: makes the Backup that was recorded, and looks after it to its end. */
import * as z from "zod";
import { backupRunCalls, calls } from "../../kubernetes/calls.ts";
import { field, textOf } from "../../kubernetes/json.ts";
import type { ObjectAccess } from "../../kubernetes/objects.ts";
import type { DueTimer } from "../../store/alert-store.ts";
import { faultOf } from "../acting/faults.ts";
import { labelsOf, runLabel } from "../acting/labels.ts";
import { show, tellAsker } from "../acting/message.ts";
import type { ActingNeeds } from "../acting/needs.ts";
import { askDatabase } from "../psql.ts";
import { backupRecord } from "../records/backup.ts";
import { databaseRecord } from "../records/database.ts";
import { shortName } from "./begin.ts";
import { decideRun, type Seen, type SeenBackup } from "./decide.ts";
import { readRun, runKey, runTimerKind, saveRun, type RunRecord } from "./record.ts";
import { endInWords, runLines } from "./render.ts";

const bodyShape = z.object({ id: z.string() });

export function followRun(needs: ActingNeeds): (timer: DueTimer, signal: AbortSignal) => Promise<void> {
  return async (timer, signal) => {
    const { id } = bodyShape.parse(JSON.parse(timer.body));
    const record = await readRun(needs.store.read, id);
    if (record === undefined || record.step === "ended") {
      await needs.store.write((tx) => tx.clearTimer(timer.key));
      return;
    }
    const access = needs.clusters().get(record.cluster);
    const seen = await look(record, access, signal);
    const step = decideRun(record, seen, needs.settings().limits, needs.view().now);
    const size = step.do === "end" && step.end.kind === "completed" && access !== undefined ? await databaseBytes(record, access, signal) : undefined;
    await needs.store.write(async (tx) => {
      const view = needs.view();
      const message = await show(tx, id, record.message, runLines(record, step, size, view), view.now);
      const next = { ...record, message, step: step.do === "end" ? "ended" : step.do === "follow" ? "following" : record.step } as const;
      await saveRun(tx, next, view.now);
      if (step.do !== "end") {
        const dueAt = view.now + (step.do === "wait" ? step.afterMs : 1000);
        await tx.setTimer({ key: runKey(id), kind: runTimerKind, dueAt, body: timer.body });
        return;
      }
      await tx.clearTimer(timer.key);
      await tellAsker(tx, id, message, record.by, endInWords(step.end, record), view.now);
      await tx.appendAudit({
        at: view.now,
        actor: "opsroom",
        action: "backup.run.ended",
        subject: shortName(record).slice(0, 64),
        room: message.room,
        eventId: undefined,
        outcome: step.end.kind === "completed" ? "ok" : "failed",
        detail: (step.end.kind === "completed" ? `${record.backup} completed` : `${record.backup}: ${step.end.words}`).slice(0, 300),
      });
    });
    needs.wakeSender();
  };
}

async function look(record: RunRecord, access: ObjectAccess | undefined, signal: AbortSignal): Promise<Seen> {
  if (access === undefined)
    return { kind: "fault", fault: { words: `the configuration has no cluster ${record.cluster} any more`, remedy: "Add it again.", passing: false } };
  try {
    if (record.step === "making") {
      const made = await access.create(signal, backupRunCalls.createBackup, record.namespace, backupOf(record));
      if (made !== "exists") return { kind: "made" };
      return { kind: (await findBackup(record, access, signal)) === undefined ? "taken" : "made" };
    }
    const backup = await findBackup(record, access, signal);
    return backup === undefined ? { kind: "gone" } : { kind: "there", backup };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "fault", fault: faultOf(error) };
  }
}

function backupOf({ id, namespace, backup, spec }: RunRecord): unknown {
  return { apiVersion: "postgresql.cnpg.io/v1", kind: "Backup", metadata: { name: backup, namespace, labels: labelsOf(id) }, spec };
}

async function findBackup({ id, namespace, backup }: RunRecord, access: ObjectAccess, signal: AbortSignal): Promise<SeenBackup | undefined> {
  const found = await access.list(signal, calls.postgresBackups, { namespace, labelSelector: `${runLabel}=${id}` }, (item): SeenBackup | undefined => {
    const record = backupRecord(item);
    const status = field(item, "status");
    return record === undefined ? undefined : { ...record, beginWal: textOf(field(status, "beginWal")), endWal: textOf(field(status, "endWal")) };
  });
  return found.find((each) => each.name === backup);
}

const sizeSql = "SELECT json_build_object('bytes', sum(pg_database_size(oid))) FROM pg_database";

/** No Backup says how large it is; where the primary may be asked, the databases do. `undefined` when not. */
async function databaseBytes({ namespace, database }: RunRecord, access: ObjectAccess, signal: AbortSignal): Promise<number | undefined> {
  try {
    const [found] = await access.list(signal, calls.postgresClusters, { namespace }, (item) => {
      const record = databaseRecord(item);
      return record?.name === database ? record : undefined;
    });
    if (found?.primary === undefined) return undefined;
    const answer = await askDatabase(access, { namespace, pod: found.primary }, { database: "postgres", sql: sizeSql }, signal);
    const bytes = answer.ok ? field(answer.value, "bytes") : undefined;
    return typeof bytes === "number" ? bytes : undefined;
  } catch (error) {
    signal.throwIfAborted();
    faultOf(error);
    return undefined;
  }
}
