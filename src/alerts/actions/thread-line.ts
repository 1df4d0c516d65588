/** A line below the message that something is about. */
import type { Line } from "../../chat/line.ts";
import { renderContent } from "../../chat/render/content.ts";
import type { RoomId, UserId } from "../../ids.ts";
import type { Relation, Target } from "../../relation.ts";
import type { Writes } from "../../store/store.ts";

export interface Place {
  readonly room: RoomId;
  /** A message of ours, in whose thread it is said, or what somebody typed, which is replied to: that may be in a thread itself, and threads do not nest. */
  readonly thread: Target;
}

/** Said once for each `name`. @param name letters, digits and `-` @param mentions these people are notified */
export async function sayInThread(
  tx: Writes,
  { room, thread }: Place,
  name: string,
  lines: readonly Line[],
  mentions: readonly UserId[],
  now: number,
): Promise<void> {
  const key = "key" in thread ? `${thread.key}/said-${name}` : `said/${thread.event}/${name}`;
  const relation: Relation = "key" in thread ? { kind: "thread", root: thread } : { kind: "reply", to: thread };
  const content = renderContent(lines, { mentions, notice: mentions.length === 0 });
  await tx.enqueue({ key, room, lane: "answer", type: "m.room.message", content, relation }, now);
}
