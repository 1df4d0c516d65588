/** What we read of a `/sync` answer. Lenient: an event that makes no sense is skipped and counted, and never breaks the batch. */
import * as z from "zod";
import type { SyncChanges } from "../crypto/machine/sync-result.ts";
import { isEventId, isRoomId, isUserId, type EventId, type RoomId, type UserId } from "../../ids.ts";

/** An event of a timeline, as far as its shape goes. */
export interface TimelineEvent {
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly type: string;
  readonly sentAt: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly stateKey: string | undefined;
  /** Of the state it replaced, where the homeserver tells. */
  readonly previousMembership: string | undefined;
  /** What was said here has been taken back. */
  readonly redacted: boolean;
}

export interface JoinedRoom {
  readonly room: RoomId;
  readonly events: readonly TimelineEvent[];
  /** There is more between the last sync and these events, to be read back from `gapFrom`. */
  readonly gapFrom: string | undefined;
  /** State that came beside the timeline. */
  readonly state: readonly TimelineEvent[];
}

export interface SyncAnswer {
  readonly next: string;
  readonly joined: readonly JoinedRoom[];
  readonly invited: readonly { readonly room: RoomId; readonly by: UserId | undefined }[];
  readonly left: readonly { readonly room: RoomId; readonly events: readonly TimelineEvent[] }[];
  /** Events that could not be read. */
  readonly skipped: number;
  /** What it brought for this device's keys. */
  readonly encryption: SyncChanges;
}

const record = z.record(z.string(), z.unknown());
const eventShape = z.object({
  event_id: z.string().refine(isEventId),
  sender: z.string().refine(isUserId),
  type: z.string(),
  origin_server_ts: z.number(),
  content: record,
  state_key: z.string().optional().catch(undefined),
  redacts: z.string().optional().catch(undefined),
  unsigned: z
    .object({ prev_content: z.object({ membership: z.string() }).optional().catch(undefined), redacted_because: z.unknown() })
    .partial()
    .optional()
    .catch(undefined),
});
const events = z.object({ events: z.array(z.unknown()).catch([]) }).catch({ events: [] });
const timeline = z
  .object({ events: z.array(z.unknown()).catch([]), limited: z.boolean().catch(false), prev_batch: z.string().optional().catch(undefined) })
  .catch({ events: [], limited: false });
const joinedShape = z.object({ timeline, state: events });
const leftShape = z.object({ timeline });
const invitedShape = z.object({ invite_state: events });
const memberShape = z.object({ type: z.literal("m.room.member"), state_key: z.string(), sender: z.string().refine(isUserId) });
const rooms = z.record(z.string(), z.unknown()).catch({});
const users = z
  .array(z.unknown())
  .catch([])
  .transform((list) => list.filter((each): each is UserId => typeof each === "string" && isUserId(each)));
const answerShape = z.object({
  next_batch: z.string().min(1),
  rooms: z.object({ join: rooms, invite: rooms, leave: rooms }).partial().catch({}).optional(),
  to_device: events.optional(),
  device_lists: z.object({ changed: users, left: users }).catch({ changed: [], left: [] }).optional(),
  device_one_time_keys_count: z.record(z.string(), z.int().min(0)).optional().catch(undefined),
  device_unused_fallback_key_types: z.array(z.string()).optional().catch(undefined),
});

/** @param me whose invitations these are @returns `undefined` when it is no answer of `/sync` at all */
export function readSyncAnswer(answer: unknown, me: UserId): SyncAnswer | undefined {
  const parsed = answerShape.safeParse(answer);
  if (!parsed.success) return undefined;
  const { next_batch: next, rooms: inRooms = {} } = parsed.data;
  let skipped = 0;
  const read = (list: readonly unknown[]): TimelineEvent[] => {
    const { good, bad } = readEvents(list);
    skipped += bad;
    return good;
  };
  const each = <T, R>(section: Record<string, unknown> | undefined, shape: z.ZodType<T>, make: (room: RoomId, data: T) => R): R[] =>
    Object.entries(section ?? {}).flatMap(([room, value]) => {
      const data = shape.safeParse(value);
      if (isRoomId(room) && data.success) return [make(room, data.data)];
      skipped += 1;
      return [];
    });
  const joined = each(inRooms.join, joinedShape, (room, data) => ({
    room,
    events: read(data.timeline.events),
    gapFrom: data.timeline.limited ? data.timeline.prev_batch : undefined,
    state: read(data.state.events),
  }));
  const invited = each(inRooms.invite, invitedShape, (room, data) => ({ room, by: inviterOf(data.invite_state.events, me) }));
  const left = each(inRooms.leave, leftShape, (room, data) => ({ room, events: read(data.timeline.events) }));
  const { to_device, device_lists, device_one_time_keys_count, device_unused_fallback_key_types } = parsed.data;
  const encryption = {
    toDevice: to_device?.events ?? [],
    changed: device_lists?.changed ?? [],
    left: device_lists?.left ?? [],
    oneTimeKeys: device_one_time_keys_count,
    unusedFallbackKeys: device_unused_fallback_key_types,
  };
  return { next, joined, invited, left, skipped, encryption };
}

/** Reads a list of events, in its order. `bad`: how many could not be read. */
export function readEvents(list: readonly unknown[]): { readonly good: TimelineEvent[]; readonly bad: number } {
  const good = list.flatMap((raw) => {
    const parsed = eventShape.safeParse(raw);
    return parsed.success ? [toEvent(parsed.data)] : [];
  });
  return { good, bad: list.length - good.length };
}

function toEvent(raw: z.infer<typeof eventShape>): TimelineEvent {
  return {
    eventId: raw.event_id,
    sender: raw.sender,
    type: raw.type,
    sentAt: raw.origin_server_ts,
    // Before room version 11 a redaction names its target beside the content, not in it.
    content: raw.redacts === undefined || "redacts" in raw.content ? raw.content : { ...raw.content, redacts: raw.redacts },
    stateKey: raw.state_key,
    previousMembership: raw.unsigned?.prev_content?.membership,
    redacted: raw.unsigned?.redacted_because !== undefined,
  };
}

function inviterOf(state: readonly unknown[], me: UserId): UserId | undefined {
  for (const raw of state) {
    const member = memberShape.safeParse(raw);
    if (member.success && member.data.state_key === me) return member.data.sender;
  }
  return undefined;
}
