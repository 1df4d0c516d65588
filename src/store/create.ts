/** The store on an open database whose schema is up to date: the parts put together. */
import type { Kysely } from "kysely";
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import { acceptDeliveries } from "./accept-deliveries.ts";
import { appendAudit, readAudit, verifyAudit } from "./audit-log.ts";
import type { Backend } from "./backend.ts";
import { deadLetterReads, saveDeadLetter } from "./dead-letters.ts";
import { deliveryReads, deliveryWrites } from "./deliveries.ts";
import { encryptionReads, encryptionWrites } from "./encryption.ts";
import { groupReads, groupWrites } from "./groups.ts";
import { inboxReads, inboxWrites } from "./inbox.ts";
import { createLease } from "./lease.ts";
import { noteReads, noteWrites } from "./notes.ts";
import { droppingWrites } from "./outbox-dropping.ts";
import { findingReads, findingWrites } from "./outbox-finding.ts";
import { enqueue, type OutboxOptions } from "./outbox-queue.ts";
import { outboxReads, sendingWrites } from "./outbox-sending.ts";
import { promptReads, promptWrites } from "./prompts.ts";
import { prune } from "./retention.ts";
import { activityReads, activityWrites } from "./room-activity.ts";
import { scheduleReads, scheduleWrites } from "./schedules.ts";
import type { Tables } from "./schema.ts";
import { serial } from "./serial.ts";
import type { Reads, Store, Writes } from "./store.ts";
import { saveSuccessor, successorOf } from "./successors.ts";
import { timerReads, timerWrites } from "./timers.ts";

export interface StoreParts extends OutboxOptions {
  readonly clock: Pick<Clock, "now">;
}

/** Takes `backend` over: disposing of the store closes it. */
export function createStore(backend: Backend, parts: StoreParts): Store {
  const inTurn = serial();
  let lastFault: OpsroomError | undefined;

  /** Remembers whether the last change could be written: reading alone does not show a full disk. */
  const change = async <T>(act: (tx: Kysely<Tables>) => Promise<T>, { durable = true, urgent = false } = {}): Promise<T> =>
    await inTurn(async () => {
      try {
        const result = await backend.transaction(durable, act);
        lastFault = undefined;
        return result;
      } catch (error) {
        if (error instanceof OpsroomError && faults.has(error.code)) lastFault = error;
        throw error;
      }
    }, urgent);

  const { fence, ...lease } = createLease(backend, change);
  return {
    kind: backend.kind,
    lease,
    read: reads(backend),
    write: async (act, how) =>
      await change(async (tx) => {
        await fence(tx);
        return await act(writes(tx, parts));
      }, how),
    acceptDeliveries: async (deliveries, options) => {
      if (deliveries.length === 0) return 0;
      // Somebody waits for the answer, and whatever else is written follows from what is accepted.
      return await change(
        async (tx) => {
          await backend.lockDeliveries(tx);
          return await acceptDeliveries(tx, deliveries, options);
        },
        { urgent: true },
      );
    },
    saveDeadLetter: async (letter) => {
      await change(async (tx) => {
        await saveDeadLetter(tx, letter);
      });
    },
    healthy: async () => {
      try {
        await backend.reader.selectFrom("lease").select("generation").executeTakeFirstOrThrow();
      } catch (error) {
        return { ok: false, reason: error instanceof Error ? error.message : String(error) };
      }
      return lastFault === undefined ? { ok: true } : { ok: false, reason: lastFault.message };
    },
    [Symbol.asyncDispose]: async () => {
      await inTurn(async () => await backend.close());
    },
  };
}

const faults: ReadonlySet<string> = new Set(["OPSROOM_STORE_UNAVAILABLE", "OPSROOM_STORE_CORRUPT"]);

function reads(backend: Backend): Reads {
  const db = backend.reader;
  return {
    ...inboxReads(db),
    ...outboxReads(db),
    ...findingReads(backend),
    ...deliveryReads(db),
    ...deadLetterReads(db),
    ...groupReads(db),
    ...timerReads(db),
    ...promptReads(db),
    ...noteReads(db),
    ...activityReads(db),
    ...scheduleReads(db),
    ...encryptionReads(db),
    audit: async (filter) => await readAudit(db, filter),
    verifyAudit: async () => await verifyAudit(backend),
    successorOf: async (room) => await successorOf(db, room),
  };
}

function writes(tx: Kysely<Tables>, { clock, ...outbox }: StoreParts): Writes {
  return {
    ...inboxWrites(tx, clock.now),
    ...sendingWrites(tx),
    ...droppingWrites(tx),
    ...findingWrites(tx),
    ...deliveryWrites(tx),
    ...groupWrites(tx),
    ...timerWrites(tx),
    ...promptWrites(tx),
    ...noteWrites(tx),
    ...activityWrites(tx),
    ...scheduleWrites(tx),
    ...encryptionWrites(tx),
    enqueue: async (message, now) => await enqueue(tx, message, now, outbox),
    appendAudit: async (entry) => await appendAudit(tx, entry),
    saveSuccessor: async (room, successor) => await saveSuccessor(tx, room, successor),
    prune: async (before) => await prune(tx, before),
  };
}
