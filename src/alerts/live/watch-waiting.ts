/** Looks at what waits to be shown: a digest for a storm, a word on why for what is late. */
import * as z from "zod";
import type { View } from "../../chat/command.ts";
import { renderContent } from "../../chat/render/content.ts";
import { isRoomId, type RoomId } from "../../ids.ts";
import type { OutboxRow, Store, Writes } from "../../store/store.ts";
import { renderDigest, renderDigestDone } from "../digest-text.ts";
import type { AlertGroup } from "../group.ts";
import { alertPrefix, type Living } from "../living.ts";
import { titleOf } from "../render.ts";
import type { AlertSettings } from "../settings.ts";
import { decideStorm, type SendingPace, type Storm } from "../storm.ts";
import { parseMessageKey } from "./keys.ts";

export interface WaitingNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly living: Living;
  readonly settings: () => AlertSettings;
  readonly view: () => View;
  readonly pace: () => SendingPace & { readonly failingSince: number | undefined };
  readonly wakeSender: () => void;
}

const noteKind = "storm";
/** Looked at: more than a digest could name. */
const mostWaiting = 1000;
/** What waits longer than this says why. */
const lateMs = 60_000;
/** So many, of those that go out next. */
const lateAtOnce = 20;

const stormShape = z.object({
  number: z.number(),
  edits: z.number(),
  editedAt: z.number(),
  named: z.array(z.string()),
  total: z.number(),
  over: z.boolean(),
});

/** A group's message that has not gone out. */
interface Waiting {
  readonly key: string;
  readonly group: string;
  readonly room: RoomId;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** What stands in a thread waits too, and is no group's message. */
function asWaiting({ key, room, createdAt }: OutboxRow): readonly Waiting[] {
  const parsed = parseMessageKey(key);
  return parsed?.rest === "" ? [{ key, group: parsed.group, room, since: createdAt }] : [];
}

/** One look. @returns how much waits; more than nothing also while a digest is not at its end */
export async function watchWaiting(needs: WaitingNeeds): Promise<number> {
  const rows = (await needs.store.read.waitingMessages(alertPrefix, mostWaiting)).flatMap(asWaiting);
  const byRoom = Map.groupBy(rows, (row) => row.room);
  const stormy = (await needs.store.read.notes(noteKind, 100)).filter((note) => !stormShape.parse(JSON.parse(note.body)).over);
  for (const note of stormy) {
    if (isRoomId(note.name) && !byRoom.has(note.name)) byRoom.set(note.name, []);
  }
  for (const [room, waiting] of byRoom) await digest(room, waiting, needs);
  await tellLate(rows, needs);
  return Math.max(rows.length, stormy.length);
}

async function digest(room: RoomId, waiting: readonly Waiting[], needs: WaitingNeeds): Promise<void> {
  const { store, view, pace } = needs;
  const note = await store.read.note(noteKind, room);
  const before = note === undefined ? undefined : stormShape.parse(JSON.parse(note.body));
  const standing = before === undefined ? undefined : await store.read.outboxMessage(digestKey(room, before));
  const act = decideStorm({ waiting, before, free: standing?.state === "waiting", pace: pace(), now: view().now });
  if (act.kind === "nothing") return;
  await store.write(async (tx) => {
    const lines =
      act.kind === "end"
        ? renderDigestDone(act.storm.total, view())
        : renderDigest(await itemsOf(tx, act.storm, needs), { ...pace(), view: view(), more: waiting.length >= mostWaiting });
    const content = renderContent(lines, { mentions: [] });
    const message = { room, lane: "prompt", type: "m.room.message", content, key: digestKey(room, act.storm) } as const;
    const of = { key: digestKey(room, { ...act.storm, edits: 0 }) };
    await tx.enqueue(act.kind === "begin" ? message : { ...message, relation: { kind: "edit", of } }, view().now);
    await tx.saveNote({ kind: noteKind, name: room, updatedAt: view().now, body: JSON.stringify(act.storm) });
  });
  needs.wakeSender();
}

async function itemsOf(tx: Writes, storm: Storm, { living, settings }: WaitingNeeds): Promise<Parameters<typeof renderDigest>[0]> {
  const groups = await Promise.all(storm.named.map((id) => living.load(tx, id)));
  return groups
    .filter((group): group is AlertGroup => group !== undefined)
    .map((group) => ({ title: titleOf(group, settings()), severity: group.severity, count: firingCount(group), since: group.beganAt }));
}

function firingCount({ alerts, truncated }: AlertGroup): number {
  return Object.values(alerts).filter((alert) => alert.status === "firing").length + truncated;
}

/** The messages that go out next say why they come late. */
async function tellLate(rows: readonly Waiting[], { store, living, view, pace }: WaitingNeeds): Promise<void> {
  const now = view().now;
  const why = pace().failingSince === undefined ? "more had to be said than the homeserver lets me say" : "the homeserver could not be reached";
  const late = rows.slice(0, lateAtOnce).filter((row) => now - row.since > lateMs);
  if (late.length === 0) return;
  await store.write(async (tx) => {
    for (const { key, group: id, room } of late) {
      const group = await living.load(tx, id);
      const presence = group?.rooms[room];
      if (group === undefined || presence?.key !== key || presence.late !== undefined) continue;
      await living.show(tx, { ...group, rooms: { ...group.rooms, [room]: { ...presence, late: why } } }, [], []);
    }
  });
}

function digestKey(room: RoomId, { number, edits }: Pick<Storm, "number" | "edits">): string {
  return edits === 0 ? `digest/${room}/${number}` : `digest/${room}/${number}/e${edits}`;
}
