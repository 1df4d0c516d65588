/** Whose keys a client has to ask for again, and whose it need not follow any more. */
import type { Core } from "../core.ts";
import { membershipOf, type StoredEvent } from "../event.ts";
import type { Room } from "../room.ts";

export interface DeviceLists {
  readonly changed: readonly string[];
  readonly left: readonly string[];
}

/** Tells whoever shares a room with `userId`, and `userId` themselves. */
export function devicesChanged(core: Core, userId: string): void {
  core.state.commitKeys({ kind: "device-list", userId, position: core.state.nextPosition() });
}

/**
 * The steps of Synapse 1.163 (`generate_sync_entry_for_device_list`).
 * `shown`: the member events that came to rooms the user is in, oldest first.
 */
export function deviceListsSince(core: Core, user: string, since: number, shown: readonly StoredEvent[]): DeviceLists {
  const rooms = [...core.state.rooms.values()];
  const joined = rooms.filter((room) => room.membership(user) === "join");
  const { arrived, gone } = moves(core, shown);
  for (const room of joined) {
    if (wasOutside(room, user, since)) for (const member of room.members("join")) arrived.add(member.stateKey ?? "");
  }
  for (const room of rooms) {
    const leftSince = room.membership(user) !== "join" && room.memberEventsSince(user, since).some((event) => isLeaving(room, event));
    if (leftSince) for (const member of room.members("join")) gone.add(member.stateKey ?? "");
  }
  const { deviceListChanged, usersSigned } = core.state.keys;
  const withNewKeys = [...deviceListChanged].filter(
    ([who, position]) => position > since && (who === user || joined.some((room) => room.membership(who, position) === "join")),
  );
  const signed = [...(usersSigned.get(user) ?? [])].filter(([, position]) => position > since);
  return {
    changed: [...new Set([...withNewKeys, ...signed].map(([who]) => who).concat([...arrived]))],
    left: [...gone].filter((who) => !joined.some((room) => room.membership(who) === "join")),
  };
}

/** Member events after `since` that changed who is in one of the user's rooms, for when no sync shows them. */
export function membersMoved(core: Core, user: string, since: number): readonly StoredEvent[] {
  const inside = (event: StoredEvent | undefined): boolean => ["join", "invite"].includes(membershipOf(event) ?? "");
  return [...core.state.rooms.values()]
    .filter((room) => room.membership(user) === "join")
    .flatMap((room) => room.timeline.slice(room.indexAfter(since)).filter((event) => inside(event) !== inside(before(room, event))))
    .filter((event) => membershipOf(event) !== undefined);
}

function moves(core: Core, shown: readonly StoredEvent[]): { readonly arrived: Set<string>; readonly gone: Set<string> } {
  const [arrived, gone] = [new Set<string>(), new Set<string>()];
  for (const event of shown) {
    const membership = membershipOf(event);
    if (membership === undefined || event.stateKey === undefined) continue;
    const inside = membership === "join" || membership === "invite";
    (inside ? gone : arrived).delete(event.stateKey);
    if (inside) arrived.add(event.stateKey);
    else if (isLeaving(core.state.rooms.get(event.roomId), event)) gone.add(event.stateKey);
  }
  return { arrived, gone };
}

const before = (room: Room | undefined, event: StoredEvent): StoredEvent | undefined =>
  event.replaces === undefined ? undefined : room?.event(event.replaces);

const isLeaving = (room: Room | undefined, event: StoredEvent): boolean => membershipOf(event) !== "join" && membershipOf(before(room, event)) === "join";

const wasOutside = (room: Room, user: string, since: number): boolean =>
  room.membership(user, since) !== "join" || room.memberEventsSince(user, since).some((event) => membershipOf(event) !== "join");
