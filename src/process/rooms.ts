/** The configured rooms as the chat and the membership see them. */
import type { OpsRooms } from "../chat/rooms.ts";
import type { Config } from "../config/schema/root.ts";
import type { RoomId, UserId } from "../ids.ts";
import type { ConfiguredRoom, ResolvedRoom } from "../matrix/membership/addresses.ts";

export function configuredRooms({ rooms }: Pick<Config, "rooms">): readonly ConfiguredRoom[] {
  return rooms.map(({ name, room, encrypted, operators }) => ({
    name,
    address: room.kind === "id" ? room.id : room.alias,
    mustBeEncrypted: encrypted === "required",
    operators: new Set(operators.keys()),
  }));
}

/** Everybody who has a role in any room: whose invitations are followed. */
export function everyOperator({ rooms }: Pick<Config, "rooms">): ReadonlySet<UserId> {
  return new Set(rooms.flatMap(({ operators }) => [...operators.keys()]));
}

/** Roles by the room ids of now. A room that could not be resolved is in nobody's list: nothing is done there. */
export function opsRooms({ rooms }: Pick<Config, "rooms">, resolved: readonly ResolvedRoom[]): OpsRooms {
  return new Map(
    resolved.flatMap(({ name, room }) => {
      const configured = rooms.find((each) => each.name === name);
      return configured === undefined ? [] : [[room, { name, operators: configured.operators }] as const];
    }),
  );
}

/** Whether nothing may be said in `room` unless it is encrypted; `undefined` as long as nobody can tell which room it is. */
export function demandsEncryption({ rooms }: Pick<Config, "rooms">, resolved: readonly ResolvedRoom[], room: RoomId): boolean | undefined {
  const known = resolved.find((each) => each.room === room || each.base === room);
  if (known !== undefined) return known.mustBeEncrypted;
  const hidden = rooms.some(({ name, encrypted }) => encrypted === "required" && !resolved.some((each) => each.name === name));
  return hidden ? undefined : false;
}
