/** Somebody is on it: named in the message, and nobody else is called. */
import { clockTime } from "../../chat/render/units.ts";
import type { EventId, RoomId, UserId } from "../../ids.ts";
import type { Writes } from "../../store/store.ts";
import { setEscalation } from "../escalation.ts";
import type { Acknowledgement, AlertGroup } from "../group.ts";
import type { ActionNeeds } from "./needs.ts";

export type AcknowledgeNeeds = Pick<ActionNeeds, "living" | "settings" | "view">;

/** `taken`: somebody had acknowledged it before. `over`: it has ended, or is not known (any more). */
export type Acknowledged =
  | { readonly kind: "done"; readonly group: AlertGroup }
  | { readonly kind: "taken"; readonly group: AlertGroup; readonly by: Acknowledgement }
  | { readonly kind: "over" };

/** @param where only what is shown in this room can be acknowledged from it */
export async function acknowledge(
  tx: Writes,
  id: string,
  who: { readonly by: UserId; readonly reaction: EventId | undefined; readonly where: RoomId },
  needs: AcknowledgeNeeds,
): Promise<Acknowledged> {
  const group = await needs.living.load(tx, id);
  if (group === undefined || group.status !== "firing" || group.rooms[who.where] === undefined) return { kind: "over" };
  if (group.acknowledged !== undefined) return { kind: "taken", group, by: group.acknowledged };
  const view = needs.view();
  const acknowledged = { by: who.by, at: view.now, reaction: who.reaction };
  // What is shown as acknowledged is not escalated any more.
  await needs.living.show(tx, { ...group, acknowledged }, [], [`${clockTime(view.now, view)} 👀 ${who.by} acknowledged`]);
  return { kind: "done", group };
}

/** Taken back by its reaction. `undefined` when that reaction had acknowledged nothing, or it is over. */
export async function takeBack(tx: Writes, id: string, reaction: EventId, needs: AcknowledgeNeeds): Promise<AlertGroup | undefined> {
  const group = await needs.living.load(tx, id);
  if (group?.acknowledged?.reaction !== reaction || group.status !== "firing") return undefined;
  const view = needs.view();
  const open = { ...group, acknowledged: undefined };
  await needs.living.show(tx, open, [], [`${clockTime(view.now, view)} 👀 ${group.acknowledged.by} took the acknowledgement back`]);
  // Nobody is on it: the escalation begins as it did with the alert.
  await setEscalation(tx, open, [{ kind: "began", again: true, alerts: [] }], needs.settings(), view.now);
  return open;
}
