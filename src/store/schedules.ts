/** When each schedule was last due, and how its last run went. */
import type { Kysely, Selectable } from "kysely";
import type { ScheduleReads, ScheduleRecord, ScheduleWrites } from "./schedule-store.ts";
import type { ScheduleTable } from "./schema-schedules.ts";
import type { Tables } from "./schema.ts";
import { storable } from "./text.ts";

export function scheduleReads(db: Kysely<Tables>): ScheduleReads {
  return {
    schedules: async () => (await db.selectFrom("schedule").selectAll().orderBy("name").execute()).map(toRecord),
  };
}

export function scheduleWrites(tx: Kysely<Tables>): ScheduleWrites {
  return {
    readSchedule: async (name) => {
      const row = await tx.selectFrom("schedule").selectAll().where("name", "=", storable(name)).executeTakeFirst();
      return row === undefined ? undefined : toRecord(row);
    },
    saveSchedule: async (record, expected) => {
      const row = { ...toRow(record), version: expected + 1 };
      const query =
        expected === 0
          ? tx
              .insertInto("schedule")
              .values({ name: storable(record.name), ...row })
              .onConflict((conflict) => conflict.column("name").doNothing())
              .returning("version")
          : tx.updateTable("schedule").set(row).where("name", "=", storable(record.name)).where("version", "=", expected).returning("version");
      return (await query.executeTakeFirst()) !== undefined;
    },
    deleteSchedule: async (name) => {
      await tx.deleteFrom("schedule").where("name", "=", storable(name)).execute();
    },
  };
}

function toRecord(row: Selectable<ScheduleTable>): ScheduleRecord {
  return {
    name: row.name,
    plan: row.plan,
    lastDueAt: row.last_due_at,
    dueAt: row.due_at ?? undefined,
    byHand: row.by_hand === 1,
    attempts: row.attempts,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    outcome: row.outcome ?? undefined,
    words: row.words,
    missed: row.missed,
    skipped: row.skipped,
    version: row.version,
  };
}

function toRow(record: Omit<ScheduleRecord, "version">): Omit<ScheduleTable, "name" | "version"> {
  return {
    plan: storable(record.plan),
    last_due_at: record.lastDueAt,
    due_at: record.dueAt ?? null,
    by_hand: record.byHand ? 1 : 0,
    attempts: record.attempts,
    started_at: record.startedAt ?? null,
    finished_at: record.finishedAt ?? null,
    outcome: record.outcome ?? null,
    words: storable(record.words),
    missed: record.missed,
    skipped: record.skipped,
  };
}
