/** What a room event has to do with another one, as the chat prompt and `--once` see it. Pure. */
import type { ChatEvent } from "../client.ts";

export interface Links {
  readonly edits?: string;
  readonly reactsTo?: string;
  readonly emoji?: string;
  readonly redacts?: string;
  readonly thread?: string;
  readonly repliesTo?: string;
}

export function linksOf(event: ChatEvent): Links {
  const redacts = text(event.content["redacts"]);
  if (event.type === "m.room.redaction") return redacts === undefined ? {} : { redacts };
  const relates = event.content["m.relates_to"];
  if (!isRecord(relates)) return {};
  const parent = text(relates["event_id"]);
  const inReplyTo = isRecord(relates["m.in_reply_to"]) ? text(relates["m.in_reply_to"]["event_id"]) : undefined;
  const reply = inReplyTo === undefined ? {} : { repliesTo: inReplyTo };
  if (parent === undefined) return reply;
  switch (relates["rel_type"]) {
    case "m.replace":
      return { edits: parent };
    case "m.annotation":
      return { reactsTo: parent, emoji: text(relates["key"]) ?? "" };
    case "m.thread":
      return { thread: parent, ...reply };
    default:
      return reply;
  }
}

/** The text of a message, an edit's new one. */
export function bodyOf(event: ChatEvent): string {
  const edited = event.content["m.new_content"];
  return (isRecord(edited) ? text(edited["body"]) : undefined) ?? text(event.content["body"]) ?? "";
}

/**
 * Whether `event`, sent by the bot, answers `question`: a reply, a reaction, or a message in its thread. A message in a thread that
 * the question stands in answers it too when it came later; the caller sees to that.
 */
export function answers(event: ChatEvent, question: { readonly id: string; readonly thread: string | undefined }): boolean {
  const links = linksOf(event);
  if (links.repliesTo === question.id || links.reactsTo === question.id) return true;
  return links.thread !== undefined && (links.thread === question.id || links.thread === question.thread);
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
