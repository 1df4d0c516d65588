/** One message on its way: sealed, sent under its own transaction id, and what came of it recorded. */
import type { Clock } from "../../clock.ts";
import { OpsroomError } from "../../errors.ts";
import { parseEventId, type EventId } from "../../ids.ts";
import type { Log } from "../../observe/log.ts";
import type { Metrics } from "../../observe/metrics.ts";
import { targetOf, type Target } from "../../relation.ts";
import type { OutboxRow, Store } from "../../store/store.ts";
import type { MatrixApi } from "../api.ts";
import { backOffMs } from "../backoff.ts";
import { MatrixFailure } from "../failure.ts";
import { goesInClear, mostPlainBytes, type Envelopes } from "./envelopes.ts";
import { sealContent } from "./seal.ts";

export interface DeliverNeeds {
  readonly api: Pick<MatrixApi, "send" | "redact" | "joinedRooms">;
  readonly envelopes: Envelopes;
  readonly store: Pick<Store, "read" | "write">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "messageSent" | "rateLimited" | "apiFailure">;
}

/**
 * `limited`: nothing was recorded, the message goes again first when the wait is over. `postponed`: the homeserver does not answer as it should.
 * `waits`: it does, and we are not in the room. `held`: neither it nor another of its room can be sent now; `unreachable` when the homeserver is the reason.
 */
export type Delivery =
  | { readonly kind: "done" | "postponed" | "waits" }
  | { readonly kind: "limited"; readonly retryAfterMs: number | undefined }
  | { readonly kind: "held"; readonly why: string; readonly unreachable: boolean };

/**
 * Tries once. Whatever interrupts it, the next try has the same transaction id and content, so the homeserver makes one event of both.
 * Nothing leaves for an encrypted room in clear: what cannot be encrypted, or not be known to need no encryption, stays.
 * @throws {OpsroomError} OPSROOM_MATRIX_UNAUTHORISED; what the store throws; the reason of `signal`
 */
export async function deliver(row: OutboxRow, needs: DeliverNeeds, signal: AbortSignal): Promise<Delivery> {
  const { store, clock, metrics } = needs;
  const sealed = await prepare(row, needs, signal);
  if ("kind" in sealed) return sealed;
  try {
    const eventId = await put(sealed, needs, signal);
    // Sent again after a power cut, it is the same event.
    await store.write((tx) => tx.markSent(row.seq, eventId, clock.now()), { durable: false });
    metrics.messageSent();
    return { kind: "done" };
  } catch (error) {
    if (signal.aborted || !(error instanceof MatrixFailure)) throw error;
    return await refused(row, error, needs, signal);
  }
}

/** Not yet in the room, or not for the moment: the membership sees to that, and loudly. What waits here waits for the room, but not for ever. */
const longestHeldMs = 86_400_000;
const leastHeldMs = 1000;
const mostHeldMs = 60_000;

async function isIn(room: OutboxRow["room"], { api, log }: DeliverNeeds, signal: AbortSignal): Promise<boolean> {
  try {
    return (await api.joinedRooms(signal)).includes(room);
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn({ err: error, room }, "whether we are in a room could not be asked");
    return false;
  }
}

/** A refusal of a room that we are not in is none for good. */
async function refused(row: OutboxRow, error: MatrixFailure, needs: DeliverNeeds, signal: AbortSignal): Promise<Delivery> {
  if (error.kind === "forbidden" && needs.clock.now() - row.createdAt < longestHeldMs && !(await isIn(row.room, needs, signal))) return await wait(row, needs);
  return await settle(row, error, needs);
}

async function wait(row: OutboxRow, { store, clock, log }: DeliverNeeds): Promise<Delivery> {
  const waitMs = Math.min(mostHeldMs, leastHeldMs * 2 ** Math.min(row.attempts, 10));
  log.warn({ key: row.key, room: row.room, waitMs }, "we are not in the room that a message is for; it waits");
  await store.write((tx) => tx.postpone(row.seq, clock.now() + waitMs), { durable: false });
  return { kind: "waits" };
}

/** What is sent, in the form in which the store has it now. */
type Sealed = Pick<OutboxRow, "room" | "type" | "content" | "transactionId" | "relation">;

async function prepare(row: OutboxRow, needs: DeliverNeeds, signal: AbortSignal): Promise<Sealed | Delivery> {
  const { envelopes } = needs;
  // What was encrypted is sent as it is, whatever became of the room since.
  if (row.state === "sealed" && row.type === "m.room.encrypted") return row;
  try {
    const manner = await envelopes.manner(row.room, signal);
    if (manner.kind === "refused") {
      needs.log.error({ key: row.key, room: row.room, why: manner.why }, "a message is not sent: it is dropped");
      await drop(row, manner.why, needs);
      return { kind: "done" };
    }
    const encrypted = manner.kind === "encrypted" && !goesInClear(row.type) && row.relation?.kind !== "redaction";
    if (row.state !== "sealed") return await seal(row, encrypted, needs, signal);
    return encrypted ? await encryptLate(row, needs, signal) : row;
  } catch (error) {
    if (signal.aborted || !(error instanceof MatrixFailure || error instanceof OpsroomError)) throw error;
    return await beforeSealing(row, error, needs, signal);
  }
}

/** It was sealed in clear, and its room encrypted before it was sent, or before we were told that it was. */
async function encryptLate(row: OutboxRow, { envelopes, store, log }: DeliverNeeds, signal: AbortSignal): Promise<Sealed> {
  const small = sealContent({ content: row.content }, undefined, mostPlainBytes);
  const content = await envelopes.encrypt(row.room, row.type, small, signal);
  await store.write((tx) => tx.encryptSealed(row.seq, content));
  log.warn({ key: row.key, room: row.room }, "the room was encrypted while a message was on its way: it goes on encrypted");
  return { ...row, type: "m.room.encrypted", content };
}

/** Fixes what is sent before it is. */
async function seal(row: OutboxRow, encrypted: boolean, needs: DeliverNeeds, signal: AbortSignal): Promise<Sealed | Delivery> {
  const wanted = row.relation === undefined ? undefined : targetOf(row.relation);
  const target = wanted === undefined ? undefined : await findTarget(wanted, needs);
  const only = row.relation?.kind === "redaction" || row.relation?.kind === "reaction";
  if (only && target === undefined) {
    await drop(row, "what it hangs on is gone", needs);
    return { kind: "done" };
  }
  const plain = sealContent(row, target, encrypted ? mostPlainBytes : undefined);
  const content = encrypted ? await needs.envelopes.encrypt(row.room, row.type, plain, signal) : plain;
  const type = encrypted ? "m.room.encrypted" : row.type;
  if (await needs.store.write((tx) => tx.seal(row.seq, content, row.revision, type))) return { ...row, type, content };
  // An edit came in between: it has to go along.
  const now = await needs.store.read.outboxMessage(row.key);
  return now === undefined ? { kind: "done" } : await seal(now, encrypted, needs, signal);
}

/** Nothing is fixed yet, so nothing is dropped but what a room that we are not in can never take. */
async function beforeSealing(row: OutboxRow, error: MatrixFailure | OpsroomError, needs: DeliverNeeds, signal: AbortSignal): Promise<Delivery> {
  if (error instanceof OpsroomError) {
    if (!error.code.startsWith("OPSROOM_CRYPTO")) throw error;
    return { kind: "held", why: error.message, unreachable: false };
  }
  if (error.kind === "limited" || error.kind === "unauthorised" || error.kind === "forbidden") return await refused(row, error, needs, signal);
  needs.metrics.apiFailure("matrix", error.kind);
  return { kind: "held", why: error.message, unreachable: true };
}

/** The target's event. An edit of an edit is an edit of the original; a message too old to be known any more is no target. */
async function findTarget(target: Target, { store }: DeliverNeeds): Promise<EventId | undefined> {
  let wanted = target;
  for (let hops = 0; hops < 100; hops += 1) {
    if ("event" in wanted) return wanted.event;
    const row = await store.read.outboxMessage(wanted.key);
    if (row?.relation?.kind !== "edit") return row?.eventId;
    wanted = row.relation.of;
  }
  return undefined;
}

async function put({ room, type, transactionId, relation, content }: Sealed, { api }: DeliverNeeds, signal: AbortSignal): Promise<EventId> {
  const { redacts, reason } = content;
  if (relation?.kind === "redaction" && typeof redacts === "string") {
    return api.redact(room, parseEventId(redacts), transactionId, typeof reason === "string" ? reason : undefined, signal);
  }
  return api.send(room, type, transactionId, content, signal);
}

/** Decides by the kind of failure. Only what the homeserver refuses for good is dropped. */
async function settle(row: OutboxRow, failure: MatrixFailure, needs: DeliverNeeds): Promise<Delivery> {
  const { store, clock, random, log, metrics } = needs;
  const about = { key: row.key, room: row.room, failure: failure.message };
  switch (failure.kind) {
    case "limited":
      return { kind: "limited", retryAfterMs: failure.retryAfterMs };
    case "unauthorised":
      metrics.apiFailure("matrix", failure.kind);
      throw new OpsroomError(
        "OPSROOM_MATRIX_UNAUTHORISED",
        `the homeserver does not accept the access token: ${failure.message}`,
        "Get a new token with `opsroom login` and start again.",
        { cause: failure },
      );
    case "unreachable": {
      metrics.apiFailure("matrix", failure.kind);
      const waitMs = backOffMs(row.attempts + 1, random);
      log.warn({ ...about, attempts: row.attempts + 1, waitMs }, "a message could not be sent; it is tried again");
      await store.write((tx) => tx.postpone(row.seq, clock.now() + waitMs), { durable: false });
      return { kind: "postponed" };
    }
    case "forbidden":
    case "not-found":
    case "too-large":
    case "refused":
      // The reaction stands already: that is what was wanted.
      if (failure.errcode !== "M_DUPLICATE_ANNOTATION") {
        metrics.apiFailure("matrix", failure.kind);
        log.error(about, "the homeserver refused a message for good; it is dropped");
      }
      await drop(row, failure.message, needs);
      return { kind: "done" };
    default:
      return failure.kind satisfies never;
  }
}

async function drop(row: OutboxRow, reason: string, { store, clock }: DeliverNeeds): Promise<void> {
  await store.write((tx) => tx.markDropped(row.seq, reason, clock.now()));
}
