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
import { sealContent } from "./seal.ts";

export interface DeliverNeeds {
  readonly api: Pick<MatrixApi, "send" | "redact" | "joinedRooms">;
  readonly store: Pick<Store, "read" | "write">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "messageSent" | "rateLimited" | "apiFailure">;
}

/**
 * `limited`: nothing was recorded, the message goes again first when the wait is over. `postponed`: the homeserver does not answer as it should.
 * `held`: it does, and we are not in the room.
 */
export type Delivery = { readonly kind: "done" | "held" | "postponed" } | { readonly kind: "limited"; readonly retryAfterMs: number | undefined };

/**
 * Tries once. Whatever interrupts it, the next try has the same transaction id and content, so the homeserver makes one event of both.
 * @throws {OpsroomError} OPSROOM_MATRIX_UNAUTHORISED; what the store throws; the reason of `signal`
 */
export async function deliver(row: OutboxRow, needs: DeliverNeeds, signal: AbortSignal): Promise<Delivery> {
  const { store, clock, metrics } = needs;
  const content = row.state === "sealed" ? row.content : await seal(row, needs);
  if (content === undefined) return { kind: "done" };
  try {
    const eventId = await put(row, content, needs, signal);
    // Sent again after a power cut, it is the same event.
    await store.write((tx) => tx.markSent(row.seq, eventId, clock.now()), { durable: false });
    metrics.messageSent();
    return { kind: "done" };
  } catch (error) {
    if (signal.aborted || !(error instanceof MatrixFailure)) throw error;
    if (error.kind === "forbidden" && clock.now() - row.createdAt < longestHeldMs && !(await isIn(row.room, needs, signal))) return await hold(row, needs);
    return await settle(row, error, needs);
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

async function hold(row: OutboxRow, { store, clock, log }: DeliverNeeds): Promise<Delivery> {
  const waitMs = Math.min(mostHeldMs, leastHeldMs * 2 ** Math.min(row.attempts, 10));
  log.warn({ key: row.key, room: row.room, waitMs }, "we are not in the room that a message is for; it waits");
  await store.write((tx) => tx.postpone(row.seq, clock.now() + waitMs), { durable: false });
  return { kind: "held" };
}

/** Fixes what is sent before it is; `undefined` when there is nothing left to send. */
async function seal(row: OutboxRow, needs: DeliverNeeds): Promise<OutboxRow["content"] | undefined> {
  const wanted = row.relation === undefined ? undefined : targetOf(row.relation);
  const target = wanted === undefined ? undefined : await findTarget(wanted, needs);
  const only = row.relation?.kind === "redaction" || row.relation?.kind === "reaction";
  if (only && target === undefined) {
    await drop(row, "what it hangs on is gone", needs);
    return undefined;
  }
  const content = sealContent(row, target);
  if (await needs.store.write((tx) => tx.seal(row.seq, content, row.revision))) return content;
  // An edit came in between: it has to go along.
  const now = await needs.store.read.outboxMessage(row.key);
  return now === undefined ? undefined : seal(now, needs);
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

async function put(row: OutboxRow, content: OutboxRow["content"], { api }: DeliverNeeds, signal: AbortSignal): Promise<EventId> {
  const { redacts, reason } = content;
  if (row.relation?.kind === "redaction" && typeof redacts === "string") {
    return api.redact(row.room, parseEventId(redacts), row.transactionId, typeof reason === "string" ? reason : undefined, signal);
  }
  return api.send(row.room, row.type, row.transactionId, content, signal);
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
