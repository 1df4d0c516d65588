/** Messages of ours, found by what they became or by how their keys begin. */
import { sql, type Kysely } from "kysely";
import type { AlertReads, AlertWrites } from "./alert-store.ts";
import type { Backend } from "./backend.ts";
import { messageByKey, outboxRow } from "./outbox-row.ts";
import type { Tables } from "./schema.ts";
import { storable } from "./text.ts";

export function findingReads({ kind, reader }: Pick<Backend, "kind" | "reader">): Pick<AlertReads, "outboxByEvent" | "waitingMessages"> {
  // By code points, as the index is: other orders do not keep together what begins alike.
  const key = kind === "sqlite" ? sql<string>`key` : sql<string>`key collate "C"`;
  return {
    outboxByEvent: async (event) => {
      const row = await reader.selectFrom("outbox").selectAll().where("event_id", "=", event).limit(1).executeTakeFirst();
      return row === undefined ? undefined : outboxRow(row);
    },
    waitingMessages: async (keyPrefix, limit) => {
      const first = storable(keyPrefix);
      const rows = await reader
        .selectFrom("outbox")
        .selectAll()
        .where("state", "=", "waiting")
        .where(key, ">=", first)
        .where(key, "<", `${first}${lastCharacter}`)
        .where((row) => row.or([row("relation_kind", "is", null), row("relation_kind", "=", "thread")]))
        .orderBy("seq")
        .limit(limit)
        .execute();
      return rows.map(outboxRow);
    },
  };
}

export function findingWrites(tx: Kysely<Tables>): Pick<AlertWrites, "readOutbox"> {
  return { readOutbox: async (key) => await messageByKey(tx, key) };
}

/** No key has it, and every other sorts before it. */
const lastCharacter = "\u{10FFFF}";
