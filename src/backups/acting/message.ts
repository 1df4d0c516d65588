/** The one message of a run: said once, edited as it goes on. */
import { createHash } from "node:crypto";
import * as z from "zod";
import type { Line } from "../../chat/line.ts";
import { renderContent } from "../../chat/render/content.ts";
import { isRoomId, isUserId, parseRoomId, parseUserId, type UserId } from "../../ids.ts";
import type { Writes } from "../../store/store.ts";

export const messagePrefix = "backup/";

const digest = (lines: readonly Line[]): string => createHash("sha256").update(JSON.stringify(lines)).digest("base64url").slice(0, 16);

/** Kept with the record of the run. */
export const messageShape = z.object({
  room: z.string().refine(isRoomId).transform(parseRoomId),
  /** How often it was edited. */
  edits: z.number(),
  /** Of what it says; empty before it is said. */
  shown: z.string(),
});
export type RunMessage = z.infer<typeof messageShape>;

/** Who asked; nobody for what the schedule asked for. */
export const askerShape = z.string().refine(isUserId).transform(parseUserId).optional();

export const messageKey = (run: string): string => `${messagePrefix}${run}`;

/** Says it, or edits it where it says something else. @returns what is to be kept */
export async function show(tx: Writes, run: string, message: RunMessage, lines: readonly Line[], now: number): Promise<RunMessage> {
  const shown = digest(lines);
  if (shown === message.shown) return message;
  const key = messageKey(run);
  const content = renderContent(lines, { mentions: [] });
  const common = { room: message.room, lane: "answer", type: "m.room.message", content } as const;
  if (message.shown === "") {
    await tx.enqueue({ ...common, key }, now);
    return { ...message, shown };
  }
  const edits = message.edits + 1;
  await tx.enqueue({ ...common, key: `${key}/e${edits}`, relation: { kind: "edit", of: { key } } }, now);
  return { ...message, shown, edits };
}

/** An edit notifies nobody: whoever asked is told of the end in the message's thread. */
export async function tellAsker(tx: Writes, run: string, { room }: RunMessage, asker: UserId | undefined, text: string, now: number): Promise<void> {
  if (asker === undefined) return;
  const content = renderContent([{ text: `${asker}: ${text}` }], { mentions: [asker] });
  const relation = { kind: "thread", root: { key: messageKey(run) } } as const;
  await tx.enqueue({ key: `${messageKey(run)}/end`, room, lane: "answer", type: "m.room.message", content, relation }, now);
}
