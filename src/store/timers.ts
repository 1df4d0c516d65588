/** What is to be done at a time. */
import type { Kysely } from "kysely";
import type { AlertReads, AlertWrites } from "./alert-store.ts";
import type { Tables } from "./schema.ts";

export function timerReads(db: Kysely<Tables>): Pick<AlertReads, "dueTimers" | "nextTimerAt"> {
  return {
    dueTimers: async (now, limit) =>
      await db
        .selectFrom("timer")
        .select(["key", "kind", "due_at as dueAt", "body", "attempts"])
        .where("due_at", "<=", now)
        .orderBy("due_at")
        .orderBy("key")
        .limit(limit)
        .execute(),
    nextTimerAt: async () => {
      const next = await db.selectFrom("timer").select("due_at").orderBy("due_at").limit(1).executeTakeFirst();
      return next?.due_at;
    },
  };
}

export function timerWrites(tx: Kysely<Tables>): Pick<AlertWrites, "setTimer" | "clearTimer" | "postponeTimer"> {
  return {
    setTimer: async ({ key, kind, dueAt, body }) => {
      const timer = { kind, due_at: dueAt, body, attempts: 0 };
      await tx
        .insertInto("timer")
        .values({ key, ...timer })
        .onConflict((conflict) => conflict.column("key").doUpdateSet(timer))
        .execute();
    },
    clearTimer: async (key) => {
      await tx.deleteFrom("timer").where("key", "=", key).execute();
    },
    postponeTimer: async (key, until) => {
      await tx
        .updateTable("timer")
        .set((row) => ({ due_at: until, attempts: row("attempts", "+", 1) }))
        .where("key", "=", key)
        .execute();
    },
  };
}
