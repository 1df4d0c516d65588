/** How many messages a room has seen, so that one knows how far up another one is. One row a room, for ever. */
import type { Kysely } from "kysely";
import type { AlertReads, AlertWrites } from "./alert-store.ts";
import type { Tables } from "./schema.ts";

export function activityReads(db: Kysely<Tables>): Pick<AlertReads, "messagesIn"> {
  return {
    messagesIn: async (room) => {
      const row = await db.selectFrom("room_activity").select("messages").where("room", "=", room).executeTakeFirst();
      return row?.messages ?? 0;
    },
  };
}

export function activityWrites(tx: Kysely<Tables>): Pick<AlertWrites, "countMessages"> {
  return {
    countMessages: async (room, more) => {
      await tx
        .insertInto("room_activity")
        .values({ room, messages: more })
        .onConflict((conflict) => conflict.column("room").doUpdateSet((row) => ({ messages: row("room_activity.messages", "+", more) })))
        .execute();
    },
  };
}
