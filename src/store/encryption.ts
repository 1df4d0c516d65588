/** Encrypted rooms: which they are, what waits for a key, which messages were heard. */
import { sql, type Kysely } from "kysely";
import { pendingEvent } from "./inbox.ts";
import type { EncryptedRoom, EncryptionReads, EncryptionWrites } from "./encryption-store.ts";
import type { Tables } from "./schema.ts";
import { storable } from "./text.ts";

/** Messages whose place in their session is kept: all that asked something of us, for years. */
const mostHeard = 200_000;

export function encryptionReads(db: Kysely<Tables>): EncryptionReads {
  const rooms = () => db.selectFrom("room_encryption").selectAll();
  return {
    encryptedRooms: async () => (await rooms().orderBy("room").execute()).map(encryptedRoom),
    encryptedRoom: async (room) => {
      const row = await rooms().where("room", "=", room).executeTakeFirst();
      return row === undefined ? undefined : encryptedRoom(row);
    },
    cryptoDevice: async () => await db.selectFrom("crypto_device").select(["user_id as user", "device", "ed25519"]).executeTakeFirst(),
    waitingForKey: async ({ room, session }, limit) => {
      const waiting = db.selectFrom("inbox").selectAll().where("room", "=", room).where("waits_for", "=", storable(session));
      const rows = await waiting.where("finished_at", "is", null).orderBy("seq").limit(limit).execute();
      return rows.map(pendingEvent);
    },
  };
}

export function encryptionWrites(tx: Kysely<Tables>): EncryptionWrites {
  return {
    saveEncryptedRoom: async ({ room, algorithm, rotateAfterMs, rotateAfterMessages }, now) => {
      const settings = { algorithm: storable(algorithm), rotate_after_ms: rotateAfterMs ?? null, rotate_after_messages: rotateAfterMessages ?? null };
      await tx
        .insertInto("room_encryption")
        .values({ room, ...settings, learnt_at: now })
        .onConflict((conflict) => conflict.column("room").doUpdateSet(settings))
        .execute();
    },
    saveCryptoDevice: async ({ user, device, ed25519 }) => {
      const known = { user_id: user, device, ed25519 };
      await tx
        .insertInto("crypto_device")
        .values({ id: 1, ...known })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(known))
        .execute();
    },
    forgetCryptoDevice: async () => {
      await tx.deleteFrom("crypto_device").execute();
    },
    awaitKey: async (event, session) => {
      const waitsFor = storable(session);
      const set = tx.updateTable("inbox").set({ waits_for: waitsFor }).where("event_id", "=", event).where("finished_at", "is", null);
      const place = await set.returning("room").executeTakeFirst();
      if (place === undefined) return 0;
      const { count } = await tx
        .selectFrom("inbox")
        .select(sql<number>`count(*)`.as("count"))
        .where("room", "=", place.room)
        .where("waits_for", "=", waitsFor)
        .executeTakeFirstOrThrow();
      return count;
    },
    keyCame: async (place) => {
      let query = tx.updateTable("inbox").set({ waits_for: null }).where("waits_for", "is not", null);
      if (place !== "any") query = query.where("room", "=", place.room).where("waits_for", "=", storable(place.session));
      const { numUpdatedRows } = await query.executeTakeFirst();
      return Number(numUpdatedRows);
    },
    claimMessage: async ({ session, index, event }, now) => {
      const name = storable(session);
      await tx
        .insertInto("heard_message")
        .values({ session: name, message_index: index, event_id: event, at: now })
        .onConflict((conflict) => conflict.columns(["session", "message_index"]).doNothing())
        .execute();
      const heard = tx.selectFrom("heard_message").select("event_id").where("session", "=", name).where("message_index", "=", index);
      return (await heard.executeTakeFirstOrThrow()).event_id === event;
    },
  };
}

/** By number and not by age: a copy sent after its original was forgotten would be run again. */
export async function pruneHeard(tx: Kysely<Tables>): Promise<number> {
  const oldest = await tx.selectFrom("heard_message").select("at").orderBy("at", "desc").offset(mostHeard).limit(1).executeTakeFirst();
  if (oldest === undefined) return 0;
  const { numDeletedRows } = await tx.deleteFrom("heard_message").where("at", "<=", oldest.at).executeTakeFirst();
  return Number(numDeletedRows);
}

function encryptedRoom(row: {
  readonly room: EncryptedRoom["room"];
  readonly algorithm: string;
  readonly rotate_after_ms: number | null;
  readonly rotate_after_messages: number | null;
}): EncryptedRoom {
  return {
    room: row.room,
    algorithm: row.algorithm,
    rotateAfterMs: row.rotate_after_ms ?? undefined,
    rotateAfterMessages: row.rotate_after_messages ?? undefined,
  };
}
