/** What came by webhook and can never be read: the newest are kept for people to look at. */
import type { Kysely } from "kysely";
import type { AlertReads, DeadLetter } from "./alert-store.ts";
import type { Tables } from "./schema.ts";
import { storable } from "./text.ts";

const mostLetters = 1000;
const sampleLength = 2000;

export function deadLetterReads(db: Kysely<Tables>): Pick<AlertReads, "deadLetters"> {
  return {
    deadLetters: async (limit) =>
      await db.selectFrom("alert_dead_letter").select(["at", "source", "receiver", "why", "sample"]).orderBy("seq", "desc").limit(limit).execute(),
  };
}

export async function saveDeadLetter(tx: Kysely<Tables>, { at, source, receiver, why, sample }: DeadLetter): Promise<void> {
  await tx
    .insertInto("alert_dead_letter")
    .values({ at, source: storable(source), receiver: storable(receiver), why: storable(why), sample: storable(sample.slice(0, sampleLength)) })
    .execute();
  await tx
    .deleteFrom("alert_dead_letter")
    .where("seq", "<=", (query) => query.selectFrom("alert_dead_letter").select("seq").orderBy("seq", "desc").offset(mostLetters).limit(1))
    .execute();
}
