/** Takes accepted events to their handling: in order within a room, rooms side by side, so that a slow one holds up nobody else. */
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { RoomId } from "../ids.ts";
import type { Log } from "../observe/log.ts";
import type { PendingEvent, Reads } from "../store/store.ts";
import { wakeable } from "../wakeable.ts";

export interface WorkerNeeds {
  readonly read: Pick<Reads, "pendingEvents">;
  readonly clock: Clock;
  readonly log: Log;
  readonly handle: (event: PendingEvent, signal: AbortSignal) => Promise<void>;
}

export interface Worker {
  /** The inbox has something new. */
  readonly wake: () => void;
  /** Whether nothing is being handled and nothing is known to wait. */
  readonly idle: () => boolean;
  /** Takes events until `stop` aborts, then waits for what is being handled; `abandon` aborts that as well, to be handled anew after a start. */
  readonly run: (stop: AbortSignal, abandon: AbortSignal) => Promise<void>;
}

/** Events read at a time, and how often in one look: a room with thousands waiting must not hide the others. */
const batch = 500;
const mostBatches = 20;
/** Rooms handled at the same time. */
const mostRooms = 8;
/** The inbox is looked into this often even if nobody wakes us. */
const lookEveryMs = 5000;
const retryAfterMs = 1000;

export function createWorker({ read, clock, log, handle }: WorkerNeeds): Worker {
  const bell = wakeable(clock);
  const busy = new Map<RoomId, Promise<void>>();
  let settled = false;

  /** Handles one room's events in their order; a failure (the store, never a command) leaves the rest for the next look. */
  const handleRoom = async (events: readonly PendingEvent[], stop: AbortSignal, abandon: AbortSignal): Promise<void> => {
    for (const event of events) {
      if (stop.aborted || abandon.aborted) return;
      try {
        await handle(event, abandon);
      } catch (error) {
        if (abandon.aborted) return;
        log.error({ err: error, event: event.eventId }, "an event could not be handled; it is tried again");
        await clock.sleep(retryAfterMs, AbortSignal.any([stop, abandon])).catch(() => undefined);
        return;
      }
      await turn();
    }
  };

  const look = async (stop: AbortSignal, abandon: AbortSignal): Promise<void> => {
    const pending: PendingEvent[] = [];
    for (let reading = 0; reading < mostBatches; reading += 1) {
      const page = await read.pendingEvents(batch, pending.at(-1)?.seq);
      pending.push(...page);
      if (page.length < batch) break;
    }
    settled = pending.length === 0;
    const rooms = Map.groupBy(pending, (event) => event.room);
    for (const [room, events] of rooms) {
      if (busy.has(room) || busy.size >= mostRooms) continue;
      busy.set(
        room,
        handleRoom(events, stop, abandon).finally(() => {
          busy.delete(room);
          bell.wake();
        }),
      );
    }
  };

  return {
    wake: () => {
      settled = false;
      bell.wake();
    },
    idle: () => settled && busy.size === 0,
    run: async (stop, abandon) => {
      while (!stop.aborted) {
        try {
          await look(stop, abandon);
        } catch (error) {
          log.error({ err: error }, "the inbox could not be read; it is tried again");
        }
        await bell.wait(lookEveryMs, stop);
      }
      await Promise.all(busy.values());
    },
  };
}
