/** Questions asked in rooms, changed by compare and set. */
import type { Kysely } from "kysely";
import type { AlertReads, AlertWrites, PromptRecord } from "./alert-store.ts";
import type { Tables } from "./schema.ts";
import { storable } from "./text.ts";

export function promptReads(db: Kysely<Tables>): Pick<AlertReads, "prompt" | "promptByCode" | "openPrompts"> {
  const open = db.selectFrom("prompt").select(columns).where("status", "=", "open");
  return {
    prompt: async (id) => await promptById(db, id),
    promptByCode: async (code) => await open.where("code", "=", storable(code)).executeTakeFirst(),
    openPrompts: async (limit) => await open.orderBy("deadline_at").orderBy("id").limit(limit).execute(),
  };
}

export function promptWrites(tx: Kysely<Tables>): Pick<AlertWrites, "readPrompt" | "savePrompt"> {
  return {
    readPrompt: async (id) => await promptById(tx, id),
    savePrompt: async ({ id, room, status, code, deadlineAt, body }, expected) => {
      const prompt = { room, status, code, deadline_at: deadlineAt, body, version: expected + 1 };
      const saved =
        expected === 0
          ? await tx
              .insertInto("prompt")
              .values({ id, ...prompt })
              .onConflict((conflict) => conflict.column("id").doNothing())
              .returning("id")
              .executeTakeFirst()
          : await tx.updateTable("prompt").set(prompt).where("id", "=", id).where("version", "=", expected).returning("id").executeTakeFirst();
      return saved !== undefined;
    },
  };
}

/** @param before milliseconds since 1970: what is over and had its deadline earlier goes */
export async function prunePrompts(tx: Kysely<Tables>, before: number): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom("prompt").where("status", "!=", "open").where("deadline_at", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}

const columns = ["id", "room", "status", "code", "deadline_at as deadlineAt", "version", "body"] as const;

async function promptById(db: Kysely<Tables>, id: string): Promise<PromptRecord | undefined> {
  return await db.selectFrom("prompt").select(columns).where("id", "=", storable(id)).executeTakeFirst();
}
