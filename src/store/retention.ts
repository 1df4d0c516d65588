/** What is old enough to go. What something still needs is kept, however old. */
import type { Kysely } from "kysely";
import { pruneAudit } from "./audit-log.ts";
import { pruneDeliveries } from "./deliveries.ts";
import { pruneHeard } from "./encryption.ts";
import { pruneGroups } from "./groups.ts";
import { pruneNotes } from "./notes.ts";
import { prunePrompts } from "./prompts.ts";
import type { Tables } from "./schema.ts";
import type { Writes } from "./store.ts";

/**
 * Kept in any case: events that are not finished, messages that are not sent, and the sent ones that these hang on.
 * Groups that fire and prompts that are open stay too. Dead letters are bounded when they are kept, timers and other notes by whoever sets them.
 * An event counts from when it was finished and a message from when it was sent, whatever their senders' clocks say.
 */
export async function prune(tx: Kysely<Tables>, before: Parameters<Writes["prune"]>[0]): Promise<number> {
  const events = await tx.deleteFrom("inbox").where("finished_at", "<", before.events).executeTakeFirst();
  const messages = await tx
    .deleteFrom("outbox")
    .where("ended_at", "<", before.messages)
    .where((row) =>
      row.not(
        row.exists(
          row.selectFrom("outbox as hanging").select("hanging.seq").whereRef("hanging.target_key", "=", "outbox.key").where("hanging.ended_at", "is", null),
        ),
      ),
    )
    .executeTakeFirst();
  return (
    Number(events.numDeletedRows) +
    Number(messages.numDeletedRows) +
    (await pruneDeliveries(tx, before.deliveries ?? before.events)) +
    (await pruneGroups(tx, before.messages)) +
    (await prunePrompts(tx, before.audit)) +
    (await pruneNotes(tx, "reaction", before.messages)) +
    (await pruneHeard(tx)) +
    (await pruneAudit(tx, before.audit))
  );
}
