/** Small things that features remember. Each feature removes its own. */
import type { Kysely } from "kysely";
import type { AlertReads, AlertWrites, Note } from "./alert-store.ts";
import type { Tables } from "./schema.ts";
import { storable } from "./text.ts";

export function noteReads(db: Kysely<Tables>): Pick<AlertReads, "note" | "notes"> {
  return {
    note: async (kind, name) => await noteByName(db, kind, name),
    notes: async (kind, limit) =>
      await db.selectFrom("note").select(columns).where("kind", "=", kind).orderBy("updated_at", "desc").orderBy("name").limit(limit).execute(),
  };
}

export function noteWrites(tx: Kysely<Tables>): Pick<AlertWrites, "readNote" | "saveNote" | "deleteNote"> {
  return {
    readNote: async (kind, name) => await noteByName(tx, kind, name),
    saveNote: async ({ kind, name, updatedAt, body }) => {
      const note = { updated_at: updatedAt, body };
      await tx
        .insertInto("note")
        .values({ kind, name: storable(name), ...note })
        .onConflict((conflict) => conflict.columns(["kind", "name"]).doUpdateSet(note))
        .execute();
    },
    deleteNote: async (kind, name) => {
      await tx.deleteFrom("note").where("kind", "=", kind).where("name", "=", storable(name)).execute();
    },
  };
}

const columns = ["kind", "name", "updated_at as updatedAt", "body"] as const;

async function noteByName(db: Kysely<Tables>, kind: string, name: string): Promise<Note | undefined> {
  return await db.selectFrom("note").select(columns).where("kind", "=", kind).where("name", "=", storable(name)).executeTakeFirst();
}

/** For the kinds that nobody removes one by one. @param before milliseconds since 1970 */
export async function pruneNotes(tx: Kysely<Tables>, kind: string, before: number): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom("note").where("kind", "=", kind).where("updated_at", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}
