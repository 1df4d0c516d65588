/** Messages that will never be sent: refused by the homeserver, or taken back before they went. */
import type { Kysely } from "kysely";
import type { AlertWrites } from "./alert-store.ts";
import type { Tables } from "./schema.ts";
import type { Writes } from "./store.ts";
import { storable } from "./text.ts";

export function droppingWrites(tx: Kysely<Tables>): Pick<Writes, "markDropped"> & Pick<AlertWrites, "withdraw"> {
  return {
    markDropped: async (seq, reason, now) => {
      const ended = ending(reason, now);
      const dropped = await tx.updateTable("outbox").set(ended).where("seq", "=", seq).where("ended_at", "is", null).returning("key").execute();
      await dropHanging(tx, dropped, ended);
    },
    withdraw: async (key, reason, now) => {
      const ended = ending(reason, now);
      // By the row's own key: what an edit was folded into is another message, and not taken back with it.
      const dropped = await tx.updateTable("outbox").set(ended).where("key", "=", key).where("state", "=", "waiting").returning("key").execute();
      await dropHanging(tx, dropped, ended);
      return dropped.length > 0;
    },
  };
}

interface Ending {
  readonly state: "dropped";
  readonly reason: string;
  readonly ended_at: number;
}

function ending(reason: string, now: number): Ending {
  return { state: "dropped", reason: storable(reason), ended_at: now };
}

async function dropHanging(tx: Kysely<Tables>, targets: readonly { readonly key: string }[], ended: Ending): Promise<void> {
  let dropped = targets;
  while (dropped.length > 0) {
    dropped = await tx
      .updateTable("outbox")
      .set(ended)
      .where("ended_at", "is", null)
      .where(
        "target_key",
        "in",
        dropped.map((row) => row.key),
      )
      .returning("key")
      .execute();
  }
}
