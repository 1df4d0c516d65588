/**
 * The sync loop, at least once: events and the token that tells of them are committed together, so that whatever dies in between is
 * asked for again. First starts and unusable tokens begin now: nothing older is ever run.
 */
import type { Clock } from "../../clock.ts";
import { OpsroomError } from "../../errors.ts";
import type { UserId } from "../../ids.ts";
import type { Log } from "../../observe/log.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { InboxEvent, Store } from "../../store/store.ts";
import type { MatrixApi } from "../api.ts";
import { backOffMs } from "../backoff.ts";
import { MatrixFailure, kindOf } from "../failure.ts";
import { countMessages } from "./activity.ts";
import { readSyncAnswer, type SyncAnswer } from "./answer.ts";
import { readChanges, type RoomChange } from "./changes.ts";
import { sinceOurJoin, toInbox } from "./events.ts";
import { readGap } from "./gap.ts";
import { wentBack } from "./rewound.ts";
import { keepPosition, type PositionKeeper } from "./position.ts";

export interface SyncNeeds {
  readonly api: Pick<MatrixApi, "homeserver" | "sync" | "messages">;
  readonly store: Pick<Store, "read" | "write">;
  /** The account whose token `api` uses. */
  readonly account: UserId;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "syncSucceeded" | "eventsAccepted" | "apiFailure">;
  /** Which events anybody will act on: the others are not kept. */
  readonly wanted: (event: InboxEvent) => boolean;
  /** New events are in the inbox. */
  readonly onAccepted: () => void;
  /** Rooms that changed for us; called after the batch was committed. */
  readonly onChanges: (changes: readonly RoomChange[]) => void;
  /** Told of each answer before its token is stored; when it throws, the same is asked for again. `anew`: it does not continue an earlier one. */
  readonly onAnswer?: (answer: SyncAnswer, anew: boolean) => Promise<void>;
  /** The homeserver's database was put back to an earlier time. @param from the token that it does not know any more: may be told twice of the same */
  readonly onRewound: (from: string) => Promise<void>;
  /** After each good sync, milliseconds since 1970: readiness is its age. */
  readonly onSynced: (at: number) => void;
}

const longPollMs = 30_000;
/** Errors by which homeservers say that they do not know the token (Synapse: M_UNKNOWN or M_INVALID_PARAM with 400). */
const unknownToken: ReadonlySet<string | undefined> = new Set(["M_UNKNOWN", "M_UNKNOWN_POS", "M_INVALID_PARAM"]);

/** Runs until `signal` aborts. @throws {OpsroomError} OPSROOM_MATRIX_UNAUTHORISED; everything else is tried again */
export async function runSync(needs: SyncNeeds, signal: AbortSignal): Promise<void> {
  const { clock, random, log, metrics } = needs;
  const position = keepPosition(needs.store, needs.account, needs.api.homeserver);
  let failures = 0;
  let since: { readonly token: string | undefined } | undefined;
  // What comes first after a start or a failure was said while we were away.
  let away = true;
  while (!signal.aborted) {
    try {
      since ??= { token: await storedToken(needs) };
      const startedAt = clock.now();
      const answer = await ask(needs, since.token, away ? 0 : longPollMs, signal);
      await commit(needs, position, answer, since.token, away, signal);
      const idle = answer.next === since.token && !away && clock.now() - startedAt < longPollMs / 2;
      since = { token: answer.next };
      away = false;
      failures = 0;
      metrics.syncSucceeded(clock.now());
      needs.onSynced(clock.now());
      // A server that does not hold the long poll must not make us ask in a tight circle.
      if (idle) await clock.sleep(1000, signal);
    } catch (error) {
      if (signal.aborted) return;
      away = true;
      failures += 1;
      metrics.apiFailure("matrix", kindOf(error));
      if (error instanceof MatrixFailure && error.kind === "unauthorised") throw unauthorised(error);
      if (since?.token !== undefined && isTokenUnknown(error)) {
        log.error({ failure: String(error) }, "the homeserver does not know our sync token any more: starting anew; what was said in between is not read");
        since = { token: undefined };
      }
      const asked = error instanceof MatrixFailure ? (error.retryAfterMs ?? 0) : 0;
      const waitMs = Math.max(asked, backOffMs(failures, random));
      log.warn({ err: error, failures, waitMs }, "sync failed; trying again");
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }
}

/** The token where the loop stands; `undefined` on the first start or when it belongs to another account. */
async function storedToken({ api, store, account, log }: SyncNeeds): Promise<string | undefined> {
  const position = await store.read.syncPosition();
  if (position === undefined) return undefined;
  if (position.account === account && position.homeserver === api.homeserver) return position.token;
  log.warn({ was: position.account, at: position.homeserver }, "the sync position belongs to another account or homeserver: starting anew");
  return undefined;
}

async function ask({ api, account, log }: SyncNeeds, since: string | undefined, waitMs: number, signal: AbortSignal): Promise<SyncAnswer> {
  const answer = readSyncAnswer(await api.sync({ since, waitMs: since === undefined ? 0 : waitMs }, signal), account);
  if (answer === undefined) throw new MatrixFailure("unreachable", "sync: an answer without next_batch");
  if (answer.skipped > 0) log.warn({ skipped: answer.skipped }, "some events of a sync could not be read and were skipped");
  return answer;
}

/** Fills the gaps, then writes everything and the token in one transaction. The first sync gives only the token. */
async function commit(
  needs: SyncNeeds,
  position: PositionKeeper,
  answer: SyncAnswer,
  since: string | undefined,
  away: boolean,
  signal: AbortSignal,
): Promise<void> {
  const events = since === undefined ? [] : await collect(needs, answer, since, away, signal);
  const rewound = since !== undefined && wentBack(since, answer.next);
  // Told before the new token is stored: whatever dies in between finds it again.
  if (rewound) await needs.onRewound(since);
  await needs.onAnswer?.(answer, since === undefined || rewound);
  const messages = since === undefined ? new Map() : countMessages(answer.joined);
  if (events.length > 0 || answer.next !== since) {
    const accepted = await position.advance({ events, token: answer.next, messages, now: needs.clock.now() }, away || since === undefined);
    if (accepted > 0) {
      needs.metrics.eventsAccepted(accepted);
      needs.onAccepted();
    }
  }
  const changes = readChanges(answer, needs.account);
  if (changes.length > 0) needs.onChanges(changes);
}

async function collect(needs: SyncNeeds, answer: SyncAnswer, since: string, away: boolean, signal: AbortSignal): Promise<readonly InboxEvent[]> {
  const { api, store, account, log } = needs;
  const gapNeeds = {
    api,
    knownEvents: store.read.knownEvents,
    me: account,
    wanted: needs.wanted,
    onCut: (room: string, why: string) => log.error({ room, why }, "a gap in a room's timeline was not read back whole: commands may be lost"),
  };
  const all: InboxEvent[] = [];
  for (const { room, events, gapFrom } of answer.joined) {
    const { events: heard, joined } = sinceOurJoin(events, account);
    if (gapFrom !== undefined && !joined) all.push(...(await readGap({ room, from: gapFrom, to: since }, gapNeeds, signal)));
    all.push(...toInbox(room, heard, account, away).filter(needs.wanted));
  }
  return all;
}

function isTokenUnknown(error: unknown): boolean {
  return error instanceof MatrixFailure && error.status === 400 && unknownToken.has(error.errcode);
}

function unauthorised(failure: MatrixFailure): OpsroomError {
  return new OpsroomError(
    "OPSROOM_MATRIX_UNAUTHORISED",
    `the homeserver does not accept the access token: ${failure.message}`,
    "Get a new token with `opsroom login` and start again.",
    { cause: failure },
  );
}
