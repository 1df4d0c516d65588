/** Who has a say in a room, and whether a room that replaces another is still the same people's. Pure. */
import * as z from "zod";
import { isUserId, type RoomId, type UserId } from "../../ids.ts";

/** What the specification gives moderators by default: kick, ban, redact. */
const powerful = 50;

const stateEvent = z.object({ type: z.string(), state_key: z.string(), sender: z.string(), content: z.record(z.string(), z.unknown()) });
const level = z.coerce.number().catch(0);
const createShape = z.object({
  room_version: z.string().catch("1"),
  additional_creators: z.array(z.string()).catch([]),
  predecessor: z.object({ room_id: z.string() }).optional().catch(undefined),
});
const levelsShape = z.object({ users: z.record(z.string(), level).catch({}), users_default: level });

export interface RoomPower {
  /** Users with power of at least 50. */
  readonly powerful: ReadonlySet<UserId>;
  /** The room that this one says it replaces. */
  readonly predecessor: string | undefined;
}

/**
 * @param state a list of state events, as `/rooms/{id}/state` gives it
 * @returns `undefined` when it has no creation event, so that nobody could tell
 */
export function readPower(state: unknown): RoomPower | undefined {
  const events = z.array(z.unknown()).catch([]).parse(state);
  const find = (type: string): z.infer<typeof stateEvent> | undefined =>
    events.map((event) => stateEvent.safeParse(event).data).find((event) => event?.type === type && event.state_key === "");
  const creation = find("m.room.create");
  if (creation === undefined) return undefined;
  const create = createShape.parse(creation.content);
  const levels = find("m.room.power_levels");
  const { users, users_default: usual } = levelsShape.parse(levels?.content ?? { users: { [creation.sender]: 100 } });
  // From room version 12 creators stand above all levels and need not be among them. Versions without a number are newer experiments.
  const version = Number(create.room_version);
  const creators = Number.isNaN(version) || version >= 12 ? [creation.sender, ...create.additional_creators] : [];
  const listed = Object.entries(users).flatMap(([user, power]) => (power >= powerful ? [user] : []));
  const members = usual >= powerful ? events.flatMap((event) => memberOf(stateEvent.safeParse(event).data, users)) : [];
  return { powerful: new Set([...creators, ...listed, ...members].filter(isUserId)), predecessor: create.predecessor?.room_id };
}

/** Of a room where everybody has power by default: the members not listed otherwise. */
function memberOf(event: z.infer<typeof stateEvent> | undefined, listed: Readonly<Record<string, number>>): string[] {
  const joined = event?.type === "m.room.member" && event.content["membership"] === "join" && !(event.state_key in listed);
  return joined ? [event.state_key] : [];
}

export type SuccessorVerdict = { readonly follow: true } | { readonly follow: false; readonly why: string };

/**
 * Whether the room that a tombstone names may take the old one's place: it says so itself, every operator with power in the old one has power in
 * the new one, and nobody else has come to power. A tombstone alone could lead us, and what we tell, to strangers.
 */
export function judgeSuccessor(
  old: { readonly room: RoomId; readonly power: RoomPower | undefined },
  next: RoomPower | undefined,
  operators: ReadonlySet<UserId>,
  me: UserId,
): SuccessorVerdict {
  if (old.power === undefined || next === undefined) return { follow: false, why: "its state could not be read" };
  if (next.predecessor !== old.room) return { follow: false, why: "it does not name the old room as the one it replaces" };
  const had = operators.intersection(old.power.powerful);
  if (had.size === 0) return { follow: false, why: "no configured operator has power in the old room, so nobody can vouch for the new one" };
  const missing = had.difference(next.powerful);
  if (missing.size > 0) return { follow: false, why: `these operators have no power in it: ${[...missing].join(", ")}` };
  const risen = next.powerful
    .difference(old.power.powerful)
    .difference(operators)
    .difference(new Set([me]));
  if (risen.size > 0) return { follow: false, why: `these have come to power in it: ${[...risen].slice(0, 5).join(", ")}` };
  return { follow: true };
}
