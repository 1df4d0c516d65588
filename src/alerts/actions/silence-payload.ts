/** What a question about a silence carries until it is answered. */
import * as z from "zod";
import { eventId, matcherShape, roomId, target, userId } from "./silence-note.ts";

export const silenceKind = "silence";

const shape = z.object({
  source: z.string(),
  matchers: z.array(matcherShape).min(1),
  by: userId,
  room: roomId,
  /** Whose thread it is spoken of in. */
  thread: target,
  comment: z.string(),
  reaction: eventId.optional(),
  /** When only yes or no was asked. */
  forMs: z.number().optional(),
});
export type SilencePayload = z.infer<typeof shape>;

/** @throws for a payload that Opsroom has not written */
export function readPayload(payload: Readonly<Record<string, unknown>>): SilencePayload {
  return shape.parse(payload);
}
