/**
 * Being in the rooms one should be in, and in no others. It looks where it is (at start, when a sync tells of a change, and while something is
 * amiss) and sets right what differs, so that nothing depends on having seen one particular event.
 */
import type { Clock } from "../clock.ts";
import type { RoomId, UserId } from "../ids.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { wakeable } from "../wakeable.ts";
import type { MatrixApi } from "./api.ts";
import { backOffMs } from "./backoff.ts";
import { MatrixFailure } from "./failure.ts";
import { carryOut } from "./membership/act.ts";
import { resolveRooms, type ConfiguredRoom, type ResolvedRoom } from "./membership/addresses.ts";
import { decideRooms, readWhereabouts, type Whereabouts } from "./membership/decide.ts";
import { createTeller, type RoomNotice } from "./membership/notices.ts";
import { followUpgrade } from "./membership/upgrade.ts";
import { readSyncAnswer } from "./sync/answer.ts";
import type { RoomChange } from "./sync/changes.ts";

export type { RoomNotice };

export interface MembershipNeeds {
  readonly api: Pick<MatrixApi, "sync" | "state" | "fullState" | "join" | "leave" | "resolveAlias">;
  readonly store: Pick<Store, "read" | "write">;
  readonly account: UserId;
  /** Read at each look, so that a new configuration counts at once. */
  readonly configured: () => readonly ConfiguredRoom[];
  /** Whose invitations are followed. */
  readonly operators: () => ReadonlySet<UserId>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** What happened, once each. */
  readonly onNotice: (notice: RoomNotice) => Promise<void>;
}

export interface Membership {
  /** What a sync told; wakes {@link run}. */
  readonly observe: (changes: readonly RoomChange[]) => void;
  /** The configuration was read anew. */
  readonly lookAgain: () => void;
  /** The configured rooms with their ids of now; those whose address is not known yet are missing. */
  readonly rooms: () => readonly ResolvedRoom[];
  /** Resolves when all of {@link rooms} are known for the first time: before that nobody can tell which room an event is from. */
  readonly resolved: Promise<void>;
  /** Runs until `signal` aborts. Failures are tried again, after 10 min at most. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

const mostBackOffMs = 600_000;
/** Tries to enter a room's successor before it is said that it cannot be entered. */
const patience = 3;
/** A look without a reason, in case one was missed. */
const lookEveryMs = 3_600_000;

export function createMembership(needs: MembershipNeeds): Membership {
  const { api, store, account, configured, operators, clock, random, log } = needs;
  const bell = wakeable(clock);
  const teller = createTeller(needs.onNotice, log);
  const firstResolved = Promise.withResolvers<undefined>();
  const whyLeft = new Map<RoomId, string>();
  /** Rooms whose successor was looked at and not trusted. */
  const refused = new Set<RoomId>();
  let rooms: readonly ResolvedRoom[] = [];
  let allKnown = false;
  let failures = 0;

  /** @returns whether all is well: if not, it is looked at again soon */
  const look = async (signal: AbortSignal): Promise<boolean> => {
    const resolution = await resolveRooms(configured(), rooms, api, store.read, signal);
    rooms = resolution.rooms;
    allKnown = resolution.missing.length === 0;
    for (const { room, why } of resolution.missing)
      log.error({ room: room.name, address: room.address, why }, "a configured room's address could not be resolved");
    if (allKnown) firstResolved.resolve(undefined);

    const answer = readSyncAnswer(await api.sync({ since: undefined, waitMs: 0 }, signal), account);
    if (answer === undefined) throw new MatrixFailure("unreachable", "sync: an answer without next_batch");
    const now = readWhereabouts(answer, account);
    const ids = new Set(rooms.map(({ room }) => room));
    const former = new Set(rooms.map(({ base }) => base));
    let well = allKnown;
    for (const act of decideRooms(now, ids, former, operators())) {
      const done = await carryOut(act, { api, operators, teller, log, whyLeft, allKnown: () => allKnown }, signal);
      well &&= done;
    }
    const followed = await lookAfter(now, signal);
    return followed && well;
  };

  /** The configured rooms that we are in. */
  const lookAfter = async (now: Whereabouts, signal: AbortSignal): Promise<boolean> => {
    let well = true;
    for (const { room, operators: vouching, mustBeEncrypted } of rooms.filter((each) => now.joined.has(each.room))) {
      if (teller.takeBack("lost", room)) await teller.tell({ kind: "back", room });
      if (!mustBeEncrypted || now.encrypted.has(room)) teller.takeBack("not-encrypted", room);
      else await teller.tellOnce({ kind: "not-encrypted", room });
      if (!now.replaced.has(room) || refused.has(room)) continue;
      const upgrade = { room, successor: now.replaced.get(room), operators: vouching, inIt: now.joined };
      const outcome = await followUpgrade(upgrade, { api, store, account }, signal);
      switch (outcome.kind) {
        case "followed":
          await teller.tell({ ...outcome, room });
          // The successor is the configured room from now on.
          bell.wake();
          break;
        case "not-followed":
          refused.add(room);
          await teller.tellOnce({ ...outcome, room });
          break;
        case "later":
          well = false;
          log.warn({ room, failure: outcome.failure }, "a room's successor could not be entered yet; it is tried again");
          // The invitation mostly comes a moment after the tombstone.
          if (failures >= patience) await teller.tellOnce({ kind: "not-followed", room, successor: upgrade.successor, why: outcome.failure });
          break;
        default:
          outcome satisfies never;
      }
    }
    return well;
  };

  return {
    observe: (changes) => {
      for (const change of changes) {
        if (change.kind === "left" && rooms.some(({ room }) => room === change.room)) whyLeft.set(change.room, change.why);
        // A second tombstone may name a better successor.
        if (change.kind === "replaced" && refused.delete(change.room)) teller.takeBack("not-followed", change.room);
      }
      if (changes.length === 0) return;
      failures = 0;
      bell.wake();
    },
    lookAgain: bell.wake,
    rooms: () => rooms,
    resolved: firstResolved.promise,
    run: async (signal) => {
      while (!signal.aborted) {
        let well = false;
        try {
          well = await look(signal);
        } catch (error) {
          if (signal.aborted) return;
          log.warn({ err: error }, "the rooms could not be looked after; trying again");
        }
        failures = well ? 0 : failures + 1;
        await bell.wait(well ? lookEveryMs : backOffMs(failures, random, mostBackOffMs), signal);
      }
    },
  };
}
