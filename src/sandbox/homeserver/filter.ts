/** The part of the client-server API's filters that sync and pagination obey. */
import * as z from "zod";
import type { StoredEvent } from "./event.ts";
import { badRequest } from "./matrix-error.ts";

const strings = z.array(z.string());
const eventFilter = z.object({
  limit: z.number().int().min(0).optional(),
  types: strings.optional(),
  not_types: strings.optional(),
  senders: strings.optional(),
  not_senders: strings.optional(),
  rooms: strings.optional(),
  not_rooms: strings.optional(),
});
const schema = z.object({
  account_data: eventFilter.optional(),
  room: z
    .object({
      rooms: strings.optional(),
      not_rooms: strings.optional(),
      include_leave: z.boolean().optional(),
      timeline: eventFilter.optional(),
      state: eventFilter.optional(),
      ephemeral: eventFilter.optional(),
      account_data: eventFilter.optional(),
    })
    .optional(),
});

export type Filter = z.infer<typeof schema>;
export type EventFilter = z.infer<typeof eventFilter>;

const maxTimeline = 100;
const defaultTimeline = 10;

/** @throws {MatrixError} M_NOT_JSON or M_BAD_JSON. */
export function parseFilter(text: string): Filter {
  return checked(schema, json(text));
}

/** The filter of `/messages`, which is one for events. */
export function parseEventFilter(text: string): EventFilter {
  return checked(eventFilter, json(text));
}

export function checkFilter(value: unknown): Filter {
  return checked(schema, value);
}

/** Synapse: 10 events a room unless asked, 100 at most (`filter_timeline_limit`). */
export const timelineLimit = (filter: Filter): number => Math.min(filter.room?.timeline?.limit ?? defaultTimeline, maxTimeline);

export function wantsRoom(filter: Filter, room: string): boolean {
  return filter.room?.not_rooms?.includes(room) !== true && filter.room?.rooms?.includes(room) !== false;
}

export function wantsType(filter: EventFilter | undefined, type: string): boolean {
  if (filter?.not_types?.some((pattern) => matchesType(type, pattern)) === true) return false;
  return filter?.types?.some((pattern) => matchesType(type, pattern)) !== false;
}

export function wantsEvent(filter: EventFilter | undefined, event: StoredEvent): boolean {
  if (filter === undefined) return true;
  return (
    wantsType(filter, event.type) &&
    filter.not_senders?.includes(event.sender) !== true &&
    filter.senders?.includes(event.sender) !== false &&
    filter.not_rooms?.includes(event.roomId) !== true &&
    filter.rooms?.includes(event.roomId) !== false
  );
}

const matchesType = (type: string, pattern: string): boolean => (pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern);

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest("Invalid filter JSON", "M_NOT_JSON");
  }
}

function checked<T>(type: z.ZodType<T>, value: unknown): T {
  const result = type.safeParse(value);
  if (!result.success) throw badRequest("Invalid filter", "M_BAD_JSON");
  return result.data;
}
