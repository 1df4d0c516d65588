/** Which room replaced which, by their tombstones. */
import type { Kysely } from "kysely";
import type { RoomId } from "../ids.ts";
import type { Tables } from "./schema.ts";

/** Follows the chain to its end. A circle, which two tombstones can make, ends where it began to repeat. */
export async function successorOf(db: Kysely<Tables>, room: RoomId): Promise<RoomId | undefined> {
  const seen = new Set([room]);
  let last: RoomId | undefined;
  let at = room;
  for (;;) {
    const row = await db.selectFrom("room_successor").select("successor").where("room", "=", at).executeTakeFirst();
    if (row === undefined || seen.has(row.successor)) return last;
    seen.add(row.successor);
    last = row.successor;
    at = row.successor;
  }
}

export async function saveSuccessor(tx: Kysely<Tables>, room: RoomId, successor: RoomId): Promise<void> {
  await tx
    .insertInto("room_successor")
    .values({ room, successor })
    .onConflict((conflict) => conflict.column("room").doUpdateSet({ successor }))
    .execute();
}
