/** What this device owes the homeserver: its keys, its questions, its answers to other devices. */
import type { Clock } from "../../../clock.ts";
import { asError, OpsroomError } from "../../../errors.ts";
import type { Log } from "../../../observe/log.ts";
import type { Store } from "../../../store/store.ts";
import { MatrixFailure } from "../../failure.ts";
import type { CryptoMachine } from "../machine/machine.ts";
import type { OutgoingRequest } from "../machine/outgoing.ts";
import { checkDevice } from "./check-device.ts";
import { mayHeal } from "./encrypt-event.ts";
import type { Keeper } from "./keeper.ts";
import type { Readers } from "./readers.ts";

export interface AttendNeeds {
  readonly store: Pick<Store, "read">;
  readonly keeper: Keeper;
  readonly readers: Pick<Readers, "of">;
  readonly send: (request: OutgoingRequest, signal: AbortSignal) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  /** Tries again what waits for a key. */
  readonly keysCame: () => Promise<void>;
  /** Once after each opening, when the homeserver has this device's keys; tried again when it throws. */
  readonly onReady: (machine: CryptoMachine, signal: AbortSignal) => Promise<void>;
  /** There is something to attend to. */
  readonly wake: () => void;
}

export interface Attendant {
  /** One round; does nothing while no room is encrypted. @throws MatrixFailure, OpsroomError: to be tried again */
  readonly attend: (signal: AbortSignal) => Promise<void>;
  /** The keys were opened (again). */
  readonly opened: () => void;
  /** Something may have changed what the homeserver has of this device. */
  readonly lookAgain: () => void;
  readonly isReady: () => boolean;
  /** Waits a while for it. @throws MatrixFailure, OpsroomError when it is not */
  readonly untilReady: (signal: AbortSignal) => Promise<void>;
}

/** How long a message waits for the device to be published, before its room is tried again later. */
const readyWithinMs = 10_000;
/** A homeserver whose database is put back does not say so. */
const checkEveryMs = 3_600_000;
/** Requests of one round; an answer may make more of them. */
const mostRounds = 10;

export function createAttendant(needs: AttendNeeds): Attendant {
  const { store, keeper, send, clock } = needs;
  /** When the homeserver was last seen to have our keys. */
  let checkedAt: number | undefined;
  let readied = false;
  let ready = Promise.withResolvers<undefined>();

  return {
    attend: async (signal) => {
      if (keeper.standing().kind === "idle" && (await store.read.encryptedRooms()).length === 0) return;
      const machine = await keeper.open();
      const isFresh = checkedAt !== undefined && clock.now() - checkedAt < checkEveryMs;
      if (!isFresh) await followPeople(machine, needs, signal);
      await sendAll(needs, signal);
      if (!isFresh) {
        await checkDevice(machine, { send, keeper }, signal);
        checkedAt = clock.now();
        // What came while the keys were not open, or between a key and its being told.
        await needs.keysCame();
      }
      if (readied) return;
      await needs.onReady(machine, signal);
      readied = true;
      ready.resolve(undefined);
      await sendAll(needs, signal);
    },
    opened: () => {
      checkedAt = undefined;
      readied = false;
      ready = Promise.withResolvers();
      needs.wake();
    },
    lookAgain: () => {
      checkedAt = undefined;
    },
    isReady: () => readied && keeper.standing().kind === "open",
    // What a device says before its owner has signed it, other clients do not show.
    untilReady: async (signal) => {
      await keeper.open();
      if (readied) return;
      needs.wake();
      await Promise.race([ready.promise, clock.sleep(readyWithinMs, signal)]);
      if (!readied) throw new MatrixFailure("unreachable", "this device's keys are not published yet");
    },
  };
}

/** The people of encrypted rooms, so that it is known whose devices are whose before they say something. */
async function followPeople(machine: CryptoMachine, { store, readers, log }: AttendNeeds, signal: AbortSignal): Promise<void> {
  for (const { room } of await store.read.encryptedRooms()) {
    try {
      await machine.trackUsers((await readers.of(room, signal)).users);
    } catch (error) {
      if (signal.aborted || !mayHeal(error)) throw error;
      // A room that we are not in any more, mostly. Whoever speaks or reads in one that we are in is followed then at the latest.
      log.info({ room, failure: error.message }, "the people of an encrypted room could not be asked for");
    }
  }
}

/** One that fails holds up no other of its round. @throws the first failure */
async function sendAll({ keeper, send }: AttendNeeds, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const requests = await keeper.use((machine) => machine.outgoing());
    if (requests.length === 0) return;
    const failures: Error[] = [];
    for (const request of requests) {
      try {
        await send(request, signal);
      } catch (error) {
        if (signal.aborted || !mayHeal(error) || (error instanceof OpsroomError && error.kind === "stalled")) throw error;
        failures.push(asError(error));
      }
    }
    if (failures[0] !== undefined) throw failures[0];
  }
}
