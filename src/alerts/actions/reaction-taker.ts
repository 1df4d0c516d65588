/** 👀 and 🔕 on what is said of an alert, and their being taken back. */
import type { Reaction, ReactionTaker } from "../../chat/reactions.ts";
import { mayAct } from "../../chat/roles.ts";
import type { UserId } from "../../ids.ts";
import type { AuditEntry, Writes } from "../../store/store.ts";
import { parseMessageKey } from "../live/keys.ts";
import { alertPrefix } from "../living.ts";
import { titleOf } from "../render.ts";
import type { AlertGroup } from "../group.ts";
import { acknowledge, takeBack } from "./acknowledge.ts";
import { causeOf } from "./cause.ts";
import type { ActionNeeds } from "./needs.ts";
import { askKey, setAsking } from "./silence-ask.ts";
import { readSilenceNote } from "./silence-note.ts";
import { endKey } from "./silence-record.ts";

/** @param removed what becomes of a message that was taken away */
export function alertReactions(needs: Omit<ActionNeeds, "alertmanagers">, removed: ReactionTaker["removed"]): ReactionTaker {
  return {
    prefix: alertPrefix,
    reacted: async (tx, reaction, role) => {
      const about = parseMessageKey(reaction.key);
      if (about === undefined || !mayAct(role, "operator")) return undefined;
      if (reaction.emoji === "👀") {
        const done = await acknowledge(tx, about.group, { by: reaction.by, reaction: reaction.event, where: reaction.room }, needs);
        return done.kind === "done" ? entry(reaction, reaction.by, "alert.acknowledged", done.group, needs) : undefined;
      }
      if (reaction.emoji !== "🔕") return undefined;
      const group = await needs.living.load(tx, about.group);
      if (group?.status !== "firing" || group.rooms[reaction.room] === undefined) return undefined;
      await setAsking(tx, { group: about.group, by: reaction.by, room: reaction.room, reaction: reaction.event }, needs.view().now);
      return entry(reaction, reaction.by, "silence.asked", group, needs);
    },
    unreacted: async (tx, reaction, by) => {
      const about = parseMessageKey(reaction.key);
      if (about === undefined) return undefined;
      if (reaction.emoji === "👀") {
        const open = await takeBack(tx, about.group, reaction.event, needs);
        return open === undefined ? undefined : entry(reaction, by, "alert.unacknowledged", open, needs);
      }
      if (reaction.emoji !== "🔕") return undefined;
      const group = await needs.living.load(tx, about.group);
      const ended = group === undefined ? false : await takeSilenceBack(tx, reaction, group, by, needs);
      return ended && group !== undefined ? entry(reaction, by, "silence.taken-back", group, needs) : undefined;
    },
    removed,
  };
}

/** However far it has come: not yet asked, asked, answered, made. `false` when there is nothing to take back. */
async function takeSilenceBack(
  tx: Writes,
  reaction: Reaction,
  group: AlertGroup,
  by: UserId,
  { prompts, view }: Omit<ActionNeeds, "alertmanagers">,
): Promise<boolean> {
  const cause = causeOf({ group: group.id }, reaction.event);
  const { now } = view();
  await tx.clearTimer(askKey(cause));
  const record = await tx.readPrompt(cause);
  if (record?.status === "open" || record?.status === "answered") {
    await prompts.withdraw(tx, cause);
    if (record.status === "answered")
      await tx.setTimer({ key: `silence.undo/${cause}`, kind: "silence.undo", dueAt: now, body: JSON.stringify({ source: group.source, cause }) });
    return true;
  }
  const note = await readSilenceNote(tx, cause);
  // Prolonged since: it is the same person's silence of the same group.
  const later = record?.status === "used" && group.silence?.by === reaction.by ? group.silence.id : undefined;
  const id = note?.id ?? later;
  if (id === undefined) return false;
  await tx.setTimer({ key: endKey(id), kind: "silence.end", dueAt: now, body: JSON.stringify({ source: group.source, id, by }) });
  return true;
}

function entry(reaction: Reaction, actor: UserId, action: string, group: AlertGroup, { settings, view }: Pick<ActionNeeds, "settings" | "view">): AuditEntry {
  const detail = titleOf(group, settings()).slice(0, 200);
  return { at: view().now, actor, action, subject: group.id, room: reaction.room, eventId: reaction.event, outcome: "ok", detail };
}
