/** Which rooms Opsroom listens in, and who may do what there. The configuration names them; aliases and upgrades move them. */
import type { RoomId, UserId } from "../ids.ts";
import type { Role } from "./roles.ts";

export interface OpsRoom {
  /** The configuration's name for it. */
  readonly name: string;
  readonly operators: ReadonlyMap<UserId, Role>;
}

/** Room ids as they are now: after aliases were resolved and upgrades followed. */
export type OpsRooms = ReadonlyMap<RoomId, OpsRoom>;

/** The role of `user` in `room`; `undefined` for everybody whom the configuration does not name there. */
export function roleIn(rooms: OpsRooms, room: RoomId, user: UserId): Role | undefined {
  return rooms.get(room)?.operators.get(user);
}
