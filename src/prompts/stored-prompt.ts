/** A prompt as text in the store, and back. */
import * as z from "zod";
import { isEventId, isRoomId, isUserId } from "../ids.ts";
import type { PromptRecord } from "../store/alert-store.ts";
import type { Prompt } from "./prompt.ts";

const user = z.string().refine(isUserId);
const event = z.string().refine(isEventId);
const span = z.union([
  z.string(),
  z.object({ strong: z.string() }),
  z.object({ code: z.string() }),
  z.object({ struck: z.string() }),
  z.object({ label: z.string(), link: z.string() }),
]);
const text = z.union([z.string(), z.array(span)]);
const line = z.union([
  z.object({ text, strong: z.literal(true).exactOptional() }),
  z.object({ item: text }),
  z.object({ columns: z.array(z.string()) }),
  z.object({ code: z.string() }),
]);
const optionalText = z.string().optional();

const shape = z.object({
  id: z.string(),
  kind: z.string(),
  room: z.string().refine(isRoomId),
  lines: z.array(line),
  choices: z.array(z.object({ name: z.string(), emoji: optionalText, label: z.string(), yes: z.boolean() })),
  people: z.array(user),
  needed: z.union([z.literal(1), z.literal(2)]),
  notBy: user.optional(),
  free: z.boolean(),
  deadlineAt: z.number(),
  goodForMs: z.number().exactOptional(),
  thread: z.union([z.object({ key: z.string() }), z.object({ event })]).optional(),
  payload: z.record(z.string(), z.unknown()),
  digest: z.string(),
  code: z.string(),
  askedAt: z.number(),
  status: z.enum(["open", "answered", "used", "expired", "withdrawn"]),
  votes: z.array(z.object({ by: user, choice: z.string(), free: optionalText, event, typed: z.boolean(), at: z.number() })),
  spent: z.array(event),
  why: optionalText,
  answer: z.object({ choice: z.string(), yes: z.boolean(), free: optionalText, by: z.array(user), at: z.number() }).optional(),
});

export function toRecord(prompt: Prompt): Omit<PromptRecord, "version"> {
  const { id, room, status, code, deadlineAt } = prompt;
  return { id, room, status, code, deadlineAt, body: JSON.stringify(prompt) };
}

/** @throws Error for a row that Opsroom has not written */
export function fromRecord({ body }: Pick<PromptRecord, "body">): Prompt {
  const { notBy, thread, answer, choices, votes, why, ...rest } = shape.parse(JSON.parse(body));
  return {
    ...rest,
    notBy,
    thread,
    why,
    choices: choices.map((each) => ({ ...each, emoji: each.emoji })),
    votes: votes.map((each) => ({ ...each, free: each.free })),
    answer: answer === undefined ? undefined : { ...answer, free: answer.free },
  };
}
