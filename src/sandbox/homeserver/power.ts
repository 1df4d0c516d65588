/** Who may do what in a room: pure functions of its state. */
import { isJson, type Json, type StoredEvent } from "./event.ts";
import type { RoomVersion } from "./room-version.ts";

/** What deciding needs to see of a room. */
export interface RoomState {
  readonly version: RoomVersion;
  readonly state: (type: string, stateKey: string) => StoredEvent | undefined;
}

const number = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

const levels = (room: RoomState): Json | undefined => room.state("m.room.power_levels", "")?.content;

/** The room's creators: in version 12 they need not stand in the power levels and nobody is above them. */
export function creators(room: RoomState): readonly string[] {
  const create = room.state("m.room.create", "");
  if (create === undefined) return [];
  const more = create.content["additional_creators"];
  return [create.sender, ...(Array.isArray(more) ? more.filter((each) => typeof each === "string") : [])];
}

export function powerOf(room: RoomState, user: string): number {
  if (room.version.creatorsRule && creators(room).includes(user)) return Number.POSITIVE_INFINITY;
  const content = levels(room);
  if (content === undefined) return creators(room)[0] === user ? 100 : 0;
  const users = content["users"];
  return number(isJson(users) ? users[user] : undefined) ?? number(content["users_default"]) ?? 0;
}

/** The power that sending this type of event takes. */
export function powerToSend(room: RoomState, type: string, isState: boolean): number {
  const content = levels(room) ?? {};
  const events = content["events"];
  const named = number(isJson(events) ? events[type] : undefined);
  return named ?? (isState ? (number(content["state_default"]) ?? 50) : (number(content["events_default"]) ?? 0));
}

const defaults = { invite: 0, kick: 50, ban: 50, redact: 50 } as const;

export function powerTo(room: RoomState, act: keyof typeof defaults): number {
  return number(levels(room)?.[act]) ?? defaults[act];
}

export function joinRule(room: RoomState): string {
  const rule = room.state("m.room.join_rules", "")?.content["join_rule"];
  return typeof rule === "string" ? rule : "invite";
}
