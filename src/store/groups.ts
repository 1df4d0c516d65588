/** Groups of alerts as they were last told. */
import { sql, type Kysely } from "kysely";
import type { AlertReads, AlertWrites, GroupRecord } from "./alert-store.ts";
import type { Tables } from "./schema.ts";
import { storable } from "./text.ts";

export function groupReads(db: Kysely<Tables>): Pick<AlertReads, "group" | "groups" | "countGroups"> {
  return {
    group: async (id) => await groupById(db, id),
    groups: async ({ status, notHeardSince, limit }) => {
      let query = db.selectFrom("alert_group").select(columns).orderBy("updated_at", "desc").orderBy("id").limit(limit);
      if (status !== undefined) query = query.where("status", "=", status);
      if (notHeardSince !== undefined) query = query.where("updated_at", "<", notHeardSince);
      return await query.execute();
    },
    countGroups: async (status) => {
      const { count } = await db
        .selectFrom("alert_group")
        .select(sql<number>`count(*)`.as("count"))
        .where("status", "=", status)
        .executeTakeFirstOrThrow();
      return count;
    },
  };
}

export function groupWrites(tx: Kysely<Tables>): Pick<AlertWrites, "readGroup" | "saveGroup" | "deleteGroup"> {
  return {
    readGroup: async (id) => await groupById(tx, id),
    saveGroup: async ({ id, source, status, updatedAt, body }) => {
      const group = { source: storable(source), status, updated_at: updatedAt, body };
      await tx
        .insertInto("alert_group")
        .values({ id, ...group })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(group))
        .execute();
    },
    deleteGroup: async (id) => {
      await tx.deleteFrom("alert_group").where("id", "=", id).execute();
    },
  };
}

/** @param before milliseconds since 1970: what has ended and was not heard of since goes */
export async function pruneGroups(tx: Kysely<Tables>, before: number): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom("alert_group").where("status", "=", "resolved").where("updated_at", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}

const columns = ["id", "source", "status", "updated_at as updatedAt", "body"] as const;

async function groupById(db: Kysely<Tables>, id: string): Promise<GroupRecord | undefined> {
  return await db.selectFrom("alert_group").select(columns).where("id", "=", storable(id)).executeTakeFirst();
}
