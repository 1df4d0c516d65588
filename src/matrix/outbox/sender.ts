/** Sends what the outbox holds: one at a time in a room, rooms side by side, the most urgent lane first, never faster than the homeserver allows. */
import { OpsroomError } from "../../errors.ts";
import type { RoomId, UserId } from "../../ids.ts";
import type { OutboxRow } from "../../store/store.ts";
import type { Wakeable } from "../../wakeable.ts";
import type { MatrixApi } from "../api.ts";
import { backOffMs } from "../backoff.ts";
import { deliver, type DeliverNeeds } from "./deliver.ts";
import { tokenBucket, type Limits } from "./token-bucket.ts";

export interface SenderNeeds extends DeliverNeeds {
  readonly api: Pick<MatrixApi, "send" | "redact" | "joinedRooms" | "rateLimitOverride">;
  readonly account: UserId;
  readonly limits: Limits;
  /** Woken by whoever has queued something. */
  readonly bell: Wakeable;
  /** Told what it may send now, whenever that changes. */
  readonly onPace?: (pace: Pace) => void;
}

/** How fast messages can go out. */
export interface Pace {
  /** Messages that may go at once; `undefined` without a limit. */
  readonly left: number | undefined;
  readonly perSecond: number;
  /** Since when nothing was accepted though it was tried, milliseconds since 1970. */
  readonly failingSince: number | undefined;
}

/** Of a burst this part is kept for what is more urgent than the lane `rest`: in a storm the alert that matters does not wait for those that do not. */
const spareShare = 0.4;

/** Rooms with a message in flight at the same time. */
const mostRooms = 8;
/** The outbox is looked into this often even if nobody wakes us: another instance may have written. */
const lookEveryMs = 3000;

/** Runs until `signal` aborts, then waits for what is in flight (aborted too, to be sent again under the same id). @throws {OpsroomError} OPSROOM_MATRIX_UNAUTHORISED */
export async function runSender(needs: SenderNeeds, signal: AbortSignal): Promise<void> {
  const { store, clock, random, log, metrics, bell, limits } = needs;
  const bucket = tokenBucket(limits);
  const spare = limits.perSecond > 0 ? Math.floor(limits.burst * spareShare) : 0;
  let failingSince: number | undefined;
  const inFlight = new Map<RoomId, Promise<void>>();
  /** Rooms that nothing can be sent to now, though to others it can: how often that was found in a row, and until when it is left at that. */
  const held = new Map<RoomId, { readonly times: number; readonly until: number }>();
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);

  const send = async (row: OutboxRow): Promise<void> => {
    try {
      const delivery = await deliver(row, needs, stop);
      if (delivery.kind === "held") {
        const times = (held.get(row.room)?.times ?? 0) + 1;
        const waitMs = backOffMs(times, random);
        held.set(row.room, { times, until: clock.now() + waitMs });
        if (delivery.unreachable) failingSince ??= clock.now();
        log.warn({ room: row.room, why: delivery.why, times, waitMs }, "nothing can be sent to a room now; it is tried again");
        return;
      }
      held.delete(row.room);
      if (delivery.kind !== "waits") failingSince = delivery.kind === "postponed" ? (failingSince ?? clock.now()) : undefined;
      if (delivery.kind !== "limited") return;
      const waitMs = delivery.retryAfterMs ?? (limits.perSecond > 0 ? 1000 / limits.perSecond : 1000);
      bucket.empty(clock.now(), waitMs);
      metrics.rateLimited(waitMs);
      log.warn({ room: row.room, waitMs }, "the homeserver limits how much we send; waiting");
    } catch (error) {
      if (stop.aborted) return;
      if (error instanceof OpsroomError && error.code === "OPSROOM_MATRIX_UNAUTHORISED") {
        failed.abort(error);
        return;
      }
      // The store, most likely. The room stays taken meanwhile, so that nothing overtakes.
      log.error({ err: error, key: row.key }, "a message could not be dealt with; it is tried again");
      await clock.sleep(backOffMs(1, random), stop).catch(() => undefined);
    }
  };

  const said = sayOverride(needs, stop);
  let failures = 0;
  while (!stop.aborted) {
    try {
      const waitMs = bucket.waitMs(clock.now());
      // Taken before reading: a message that ends its flight while we read may still be in what was read.
      const busy = new Set(inFlight.keys());
      const waiting = [...held].filter(([, { until }]) => until > clock.now()).map(([room]) => room);
      const spareMs = bucket.waitMs(clock.now(), spare);
      needs.onPace?.({ left: bucket.left(clock.now()), perSecond: limits.perSecond, failingSince });
      const rows =
        waitMs > 0 || busy.size >= mostRooms ? [] : await store.read.sendable(clock.now(), 1, { urgentOnly: spareMs > 0, except: [...busy, ...waiting] });
      const row = rows[0];
      failures = 0;
      if (row === undefined) {
        await bell.wait(Math.min(waitMs > 0 ? waitMs : spareMs > 0 ? spareMs : lookEveryMs, lookEveryMs), stop);
        continue;
      }
      bucket.take(clock.now());
      inFlight.set(
        row.room,
        send(row).finally(() => {
          inFlight.delete(row.room);
          bell.wake();
        }),
      );
    } catch (error) {
      if (stop.aborted) break;
      failures += 1;
      log.error({ err: error }, "the outbox could not be read; it is tried again");
      await clock.sleep(backOffMs(failures, random), stop).catch(() => undefined);
    }
  }
  await Promise.all([said, ...inFlight.values()]);
  if (failed.signal.aborted) throw failed.signal.reason;
}

/** Says in the log whether the account is free of the homeserver's usual limit. */
async function sayOverride({ api, account, limits, log }: SenderNeeds, signal: AbortSignal): Promise<void> {
  try {
    const override = await api.rateLimitOverride(account, signal);
    switch (override.kind) {
      case "override":
        log.info(
          { override: { perSecond: override.perSecond, burst: override.burst }, ours: limits },
          "the account has a rate-limit override (0 means no limit)",
        );
        return;
      case "none":
        log.info({ ours: limits }, "the account has no rate-limit override: the homeserver's usual limit holds");
        return;
      case "unknown":
        log.info({ ours: limits }, "whether the account has a rate-limit override could not be asked: only a server admin may");
        return;
      default:
        override satisfies never;
    }
  } catch (error) {
    if (!signal.aborted) log.warn({ failure: String(error) }, "whether the account has a rate-limit override could not be asked");
  }
}
