/** From a queued message to what is sent: the relation filled in, mentions set, size kept, text made sendable. Pure. */
import type { EventId } from "../../ids.ts";
import type { OutgoingMessage } from "../../store/store.ts";
import { fit, mostContentBytes, type Content } from "./fit.ts";

/**
 * The content under which the event is sent. Of a redaction: `redacts` and `reason`.
 * @param most its bytes: 60 KiB of what is sent in clear, less of what is encrypted after this
 * @param target the event id that the relation's target has; `undefined` when it hangs on nothing any more, then it is sent as it stands
 */
export function sealContent(
  { content, relation }: Pick<OutgoingMessage, "content" | "relation">,
  target: EventId | undefined,
  most = mostContentBytes,
): Content {
  const clean = wellFormed({ ...content, "m.mentions": content["m.mentions"] ?? {} });
  if (relation === undefined || target === undefined) return fit(clean, (it) => it, most);
  switch (relation.kind) {
    case "edit":
      return fit(clean, (it) => edit(it, target), most);
    case "thread":
      return fit(
        clean,
        (it) => ({ ...it, "m.relates_to": { rel_type: "m.thread", event_id: target, is_falling_back: true, "m.in_reply_to": { event_id: target } } }),
        most,
      );
    case "reply":
      return fit(clean, (it) => ({ ...it, "m.relates_to": { "m.in_reply_to": { event_id: target } } }), most);
    case "reaction":
      return fit(clean, (it) => ({ ...it, "m.relates_to": { rel_type: "m.annotation", event_id: target, key: shortKey(relation.emoji) } }));
    case "redaction":
      return { redacts: target, ...(relation.reason === undefined ? {} : { reason: relation.reason.toWellFormed().slice(0, 500).toWellFormed() }) };
    default:
      return relation satisfies never;
  }
}

/** Clients that know edits show `m.new_content`; the rest see the same text after an asterisk. */
function edit(content: Content, target: EventId): Content {
  const { body, formatted_body: html } = content;
  return {
    ...content,
    ...(typeof body === "string" ? { body: `* ${body}` } : {}),
    ...(typeof html === "string" ? { formatted_body: `* ${html}` } : {}),
    "m.new_content": content,
    "m.relates_to": { rel_type: "m.replace", event_id: target },
  };
}

/** A reaction's key is a word or an emoji; longer ones are cut by clients anyway. */
function shortKey(emoji: string): string {
  return emoji.slice(0, 128).toWellFormed();
}

/** Half a character (from a name cut elsewhere) cannot be said in UTF-8: homeservers refuse it. */
function wellFormed(content: Content): Content {
  const clean = (value: unknown): unknown => {
    if (typeof value === "string") return value.toWellFormed();
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toWellFormed(), clean(each)]));
  };
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [key.toWellFormed(), clean(value)]));
}
