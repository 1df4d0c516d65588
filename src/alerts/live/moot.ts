/** What fired and ended before it could be shown: one line in one message, so that nothing is silently lost and nobody reads stale news. */
import * as z from "zod";
import type { View } from "../../chat/command.ts";
import { renderContent } from "../../chat/render/content.ts";
import type { RoomId } from "../../ids.ts";
import type { Writes } from "../../store/store.ts";
import { renderMoot } from "../digest-text.ts";
import type { AlertGroup } from "../group.ts";
import { titleOf } from "../render.ts";
import { severities } from "../severity.ts";
import type { AlertSettings } from "../settings.ts";

const noteKind = "moot";
/** Named one by one; more are counted. */
const mostItems = 200;

const bodyShape = z.object({
  number: z.number(),
  edits: z.number(),
  more: z.number(),
  items: z.array(z.object({ title: z.string(), severity: z.enum(severities), from: z.number(), to: z.number() })),
});
type Moot = z.infer<typeof bodyShape>;

export async function addMoot(tx: Writes, room: RoomId, group: AlertGroup, settings: AlertSettings, view: View): Promise<void> {
  const note = await tx.readNote(noteKind, room);
  const before = note === undefined ? undefined : bodyShape.parse(JSON.parse(note.body));
  const waits = before !== undefined && (await tx.readOutbox(keyOf(room, before.number)))?.state === "waiting";
  const item = { title: titleOf(group, settings), severity: group.worst, from: group.beganAt, to: group.endedAt ?? view.now };
  const moot: Moot = waits ? add(before, item) : { number: (before?.number ?? 0) + 1, edits: 0, more: 0, items: [item] };
  const key = keyOf(room, moot.number);
  const content = renderContent(renderMoot(moot.items, moot.more, view), { mentions: [] });
  const message = { room, lane: "rest", type: "m.room.message", content } as const;
  await tx.enqueue(waits ? { ...message, key: `${key}/e${moot.edits}`, relation: { kind: "edit", of: { key } } } : { ...message, key }, view.now);
  await tx.saveNote({ kind: noteKind, name: room, updatedAt: view.now, body: JSON.stringify(moot) });
}

function add(before: Moot, item: Moot["items"][number]): Moot {
  const full = before.items.length >= mostItems;
  return { ...before, edits: before.edits + 1, more: before.more + (full ? 1 : 0), items: full ? before.items : [...before.items, item] };
}

function keyOf(room: RoomId, number: number): string {
  return `moot/${room}/${number}`;
}
