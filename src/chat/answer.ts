/** An answer as outbox messages. Keys come from the event that asked, so that the same answer queued twice is one. */
import { isEventId, type EventId } from "../ids.ts";
import { renderContent } from "./render/content.ts";
import type { Line, Reply } from "./line.ts";
import type { Relation } from "../relation.ts";
import type { OutgoingMessage, PendingEvent } from "../store/store.ts";

/** `first`: no message stands yet. `edit`: “working…” stands (or waits) and becomes the answer. */
export type AnswerForm = "first" | "edit";

/** The key of the message in the room that answers `event`. */
export function answerKey(event: PendingEvent): string {
  return `answer/${event.eventId}`;
}

/** The answer in the room, in the thread of the question if it was asked in one, and its detail in the answer's own thread. */
export function answerMessages(event: PendingEvent, reply: Reply, form: AnswerForm): readonly OutgoingMessage[] {
  const key = answerKey(event);
  const asked = threadOf(event);
  const relation: Relation = form === "edit" ? { kind: "edit", of: { key } } : placeOf(event);
  const main: OutgoingMessage = {
    key: form === "edit" ? `${key}/done` : key,
    room: event.room,
    lane: "answer",
    type: "m.room.message",
    content: renderContent(reply.room, { mentions: reply.mentions ?? [] }),
    relation,
  };
  if (reply.thread === undefined || reply.thread.length === 0) return [main];
  const root = asked === undefined ? { key } : { event: asked };
  return [
    main,
    {
      key: `${key}/detail`,
      room: event.room,
      lane: "rest",
      type: "m.room.message",
      content: renderContent(reply.thread, { mentions: [] }),
      relation: { kind: "thread", root },
    },
  ];
}

/** What stands in the room while the command runs; `step` 0 is the message itself, later ones edit it. */
export function progressMessage(event: PendingEvent, lines: readonly Line[], step: number): OutgoingMessage {
  const key = answerKey(event);
  return {
    key: step === 0 ? key : `${key}/progress/${step}`,
    room: event.room,
    lane: "answer",
    type: "m.room.message",
    content: renderContent(lines, { mentions: [] }),
    relation: step === 0 ? placeOf(event) : { kind: "edit", of: { key } },
  };
}

/** The one reaction that somebody without a role gets. */
export function refusalReaction(event: PendingEvent): OutgoingMessage {
  return {
    key: `refusal/${event.eventId}`,
    room: event.room,
    lane: "rest",
    type: "m.reaction",
    content: {},
    relation: { kind: "reaction", to: { event: event.eventId }, emoji: "🚫" },
  };
}

function placeOf(event: PendingEvent): Relation {
  const root = threadOf(event);
  return root === undefined ? { kind: "reply", to: { event: event.eventId } } : { kind: "thread", root: { event: root } };
}

function threadOf(event: PendingEvent): EventId | undefined {
  const relation = event.content["m.relates_to"];
  if (typeof relation !== "object" || relation === null || !("rel_type" in relation) || relation.rel_type !== "m.thread") return undefined;
  const root = "event_id" in relation ? relation.event_id : undefined;
  return typeof root === "string" && isEventId(root) ? root : undefined;
}
