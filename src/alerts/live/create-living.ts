/** Keeps one message a group and room: what `living.ts` promises, on the outbox. */
import type { View } from "../../chat/command.ts";
import { renderContent } from "../../chat/render/content.ts";
import { isUserId, type RoomId, type UserId } from "../../ids.ts";
import type { Lane, OutboxRow, Store, Writes } from "../../store/store.ts";
import type { AlertGroup, GroupChange, Presence } from "../group.ts";
import type { Living } from "../living.ts";
import { logLines } from "../log-lines.ts";
import { mayPingAgain, pingsFor } from "../ping.ts";
import { renderGroup } from "../render.ts";
import { roomsFor } from "../route.ts";
import type { AlertSettings } from "../settings.ts";
import { setEscalation, setLaterPing } from "../escalation.ts";
import { decideShowing } from "./decide-showing.ts";
import { messageKey, newestKey } from "./keys.ts";
import { addMoot } from "./moot.ts";
import { fromRecord, toRecord } from "./stored-group.ts";
import { addToLog, emptyLog, pageLines } from "./thread-log.ts";

export interface LivingNeeds {
  readonly read: Pick<Store["read"], "messagesIn">;
  readonly settings: () => AlertSettings;
  readonly view: () => View;
  readonly account: UserId;
  /** Room ids of the moment, by the configuration's short names. */
  readonly rooms: () => ReadonlyMap<string, RoomId>;
}

/** A room that is not known yet is looked for again after this. */
const lookAgainMs = 10_000;

export function createLiving(needs: LivingNeeds): Living {
  return {
    load: async (tx, id) => {
      const record = await tx.readGroup(id);
      return record === undefined ? undefined : fromRecord(record);
    },
    show: async (tx, group, changes, log) => {
      const view = needs.view();
      const { rooms, note, missing } = placesOf(group, changes, needs);
      let shown = group;
      for (const room of rooms) shown = await showIn(tx, shown, room, { changes, log, note, view }, needs);
      if (missing) await tx.setTimer({ key: `show/${group.id}`, kind: "alert.show", dueAt: view.now + lookAgainMs, body: "{}" });
      await setEscalation(tx, shown, changes, needs.settings(), view.now);
      await tx.saveGroup(toRecord(shown));
    },
  };
}

interface Places {
  readonly rooms: readonly RoomId[];
  /** Said in the message: why it is here and not where its label says. */
  readonly note: string | undefined;
  /** No room of it is known now. */
  readonly missing: boolean;
}

/** Where it stands it stays while it lasts; when it begins, the routes of now decide. */
function placesOf(group: AlertGroup, changes: readonly GroupChange[], { settings, rooms }: LivingNeeds): Places {
  const known = rooms();
  const ids = new Set(known.values());
  const standing = [...ids].filter((room) => group.rooms[room] !== undefined);
  if (standing.length > 0 && !changes.some((change) => change.kind === "began")) return { rooms: standing, note: undefined, missing: false };
  const route = roomsFor(group, settings(), [...known.keys()]);
  const found = route.rooms.flatMap((name) => known.get(name) ?? []);
  const note = route.unknown.length === 0 ? undefined : `meant for ${route.unknown.join(", ")}, which is no room of the configuration`;
  return { rooms: [...new Set(found)], note, missing: found.length === 0 };
}

interface Occasion {
  readonly changes: readonly GroupChange[];
  readonly log: readonly string[];
  readonly note: string | undefined;
  readonly view: View;
}

async function showIn(tx: Writes, group: AlertGroup, room: RoomId, occasion: Occasion, needs: LivingNeeds): Promise<AlertGroup> {
  const { changes, view } = occasion;
  const settings = needs.settings();
  const presence = group.rooms[room];
  const message = presence === undefined ? undefined : await tx.readOutbox(presence.key);
  const newest = presence === undefined || presence.edits === 0 ? message : await tx.readOutbox(newestKey(presence));
  const counted = await needs.read.messagesIn(room);
  const about = { group, changes, presence, message: message?.state, edit: newest?.state, account: needs.account, counted, now: view.now };
  const showing = decideShowing({ ...about, settings: settings.message });
  switch (showing.kind) {
    case "nothing":
      return group;
    case "moot":
      if (showing.waiting !== undefined) await tx.withdraw(showing.waiting.key, "it ended before it could be shown", view.now);
      await addMoot(tx, room, group, settings, view);
      return group;
    case "write": {
      const fresh = { ...freshPresence(group, room, showing.number, counted, needs.account, view.now, presence), note: occasion.note };
      return await say(tx, group, room, { ...fresh, before: linkTo(room, showing.instead, message) }, occasion, undefined, needs);
    }
    case "edit":
      return await say(tx, group, room, { ...showing.presence, edits: showing.presence.edits + 1 }, occasion, newest, needs);
    default:
      return showing satisfies never;
  }
}

/**
 * Queues the message, or its edit and what the thread tells of it.
 * @param standing the newest row of the message; whom it mentions is still to be mentioned while it waits
 */
async function say(
  tx: Writes,
  group: AlertGroup,
  room: RoomId,
  presence: Presence,
  { changes, log, view }: Occasion,
  standing: OutboxRow | undefined,
  needs: LivingNeeds,
): Promise<AlertGroup> {
  const settings = needs.settings();
  const { note, before } = presence;
  const cause = causeOf(changes);
  const pings = cause === undefined ? undefined : pingsFor(group, settings, view.now);
  const quiet = cause === "began" && !mayPingAgain(presence.pingedAt, view.now, settings);
  const people = pings === undefined || quiet ? [] : pings.now;
  if (pings?.later !== undefined) await setLaterPing(tx, group, pings.later);
  const lines = renderGroup(group, {
    settings,
    view,
    ...(presence.late === undefined ? {} : { lateness: { receivedAt: group.heardAt, why: presence.late } }),
    ...(before === undefined ? {} : { before }),
    ...(note === undefined ? {} : { note }),
  });
  const content = renderContent(lines, { mentions: [...people, ...stillToMention(standing)], notice: !isLoud(group) });
  const first = presence.edits === 0;
  const message = { room, lane: laneOf(group), type: "m.room.message", content } as const;
  const key = newestKey(presence);
  await tx.enqueue(first ? { ...message, key } : { ...message, key, relation: { kind: "edit", of: { key: presence.key } } }, view.now);
  // What nobody has seen yet needs no history.
  const unseen = first || (standing?.state === "waiting" && standing.key === presence.key);
  const told = unseen ? log : [...logLines(changes, view.now, view, settings.severityLabel), ...log];
  const logged = await tell(tx, room, presence, told, view);
  const kept = { ...presence, log: logged, pingedAt: people.length > 0 ? view.now : presence.pingedAt };
  return { ...group, rooms: { ...group.rooms, [room]: kept } };
}

async function tell(tx: Writes, room: RoomId, presence: Presence, lines: readonly string[], view: View): Promise<Presence["log"]> {
  const { log, act } = addToLog(presence.log, lines, view.now);
  if (act === "nothing") return log;
  const page = `${presence.key}/log${log.page}`;
  const content = renderContent(
    pageLines(log).map((line) => ({ item: line })),
    { mentions: [] },
  );
  const message = { room, lane: "rest", type: "m.room.message", content } as const;
  await tx.enqueue(
    act === "write"
      ? { ...message, key: page, relation: { kind: "thread", root: { key: presence.key } } }
      : { ...message, key: `${page}/e${log.edits}`, relation: { kind: "edit", of: { key: page } } },
    view.now,
  );
  return log;
}

function freshPresence(
  group: AlertGroup,
  room: RoomId,
  number: number,
  countedAt: number,
  account: UserId,
  now: number,
  before: Presence | undefined,
): Presence {
  const key = messageKey({ group: group.id, room, number });
  return {
    key,
    number,
    edits: 0,
    account,
    writtenAt: now,
    countedAt,
    gone: false,
    log: emptyLog,
    pingedAt: before?.pingedAt,
    late: undefined,
    note: undefined,
    before: undefined,
  };
}

function linkTo(room: RoomId, instead: Presence | undefined, message: OutboxRow | undefined): Presence["before"] {
  if (instead === undefined || instead.gone || message?.eventId === undefined) return undefined;
  return { label: "the message before this one", link: `https://matrix.to/#/${encodeURIComponent(room)}/${encodeURIComponent(message.eventId)}` };
}

function causeOf(changes: readonly GroupChange[]): "began" | "worse" | undefined {
  if (changes.some((change) => change.kind === "ended")) return undefined;
  if (changes.some((change) => change.kind === "began")) return "began";
  return changes.some((change) => change.kind === "worse") ? "worse" : undefined;
}

/** Mentions of a row that has not gone out: the row that takes its place must not lose them. */
function stillToMention(standing: OutboxRow | undefined): readonly UserId[] {
  if (standing?.state !== "waiting") return [];
  const mentions = standing.content["m.mentions"];
  const people = typeof mentions === "object" && mentions !== null && "user_ids" in mentions ? mentions.user_ids : undefined;
  return Array.isArray(people) ? people.filter((each): each is UserId => typeof each === "string" && isUserId(each)) : [];
}

/** A notice never notifies: only what nobody has to look at soon is one. */
function isLoud({ status, severity }: AlertGroup): boolean {
  return status === "firing" && severity !== "info" && severity !== "none";
}

function laneOf({ status, severity }: AlertGroup): Lane {
  return status === "firing" && severity === "critical" ? "critical" : "rest";
}
