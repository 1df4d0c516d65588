/** What a room has to see of a group: a message, an edit, or nothing any more. Pure. */
import type { UserId } from "../../ids.ts";
import type { OutboxState } from "../../store/store.ts";
import type { AlertGroup, GroupChange, Presence } from "../group.ts";
import type { MessageSettings } from "../settings.ts";

export type Showing =
  /** A new message; `instead`: of the one before it, which can be linked or not. */
  | { readonly kind: "write"; readonly number: number; readonly instead: Presence | undefined }
  | { readonly kind: "edit"; readonly presence: Presence }
  /** It ended before its message could go out: one line for all such is enough. */
  | { readonly kind: "moot"; readonly waiting: Presence | undefined }
  | { readonly kind: "nothing" };

export interface Circumstances {
  readonly group: Pick<AlertGroup, "status">;
  readonly changes: readonly GroupChange[];
  readonly presence: Presence | undefined;
  /** What became of the message, and of the newest edit of it; `undefined` when the outbox does not know it any more. */
  readonly message: OutboxState | undefined;
  readonly edit: OutboxState | undefined;
  readonly account: UserId;
  /** Messages counted in the room so far. */
  readonly counted: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly settings: MessageSettings;
}

export function decideShowing(about: Circumstances): Showing {
  const { group, presence, message, edit, account } = about;
  const firing = group.status === "firing";
  if (presence === undefined) return firing ? { kind: "write", number: 1, instead: undefined } : { kind: "moot", waiting: undefined };
  if (message === "waiting") return firing ? { kind: "edit", presence } : { kind: "moot", waiting: presence };
  const next = { kind: "write", number: presence.number + 1, instead: presence } as const;
  const began = about.changes.some((change) => change.kind === "began");
  // Refused or withdrawn, and nobody saw it; or so old that it is not known any more.
  if (message === "dropped" || message === undefined) return firing ? next : began ? { kind: "moot", waiting: undefined } : { kind: "nothing" };
  // Somebody took it away: what has ended needs no word any more.
  if (presence.gone) return firing ? next : { kind: "nothing" };
  // Another account wrote it, or the homeserver refused an edit: it would say for ever what is not so any more.
  if (presence.account !== account || edit === "dropped") return next;
  if (began && tooFarUp(about, presence)) return firing ? next : { kind: "moot", waiting: undefined };
  return { kind: "edit", presence };
}

/** People look at the end of a room: what begins anew far above would not be seen. */
function tooFarUp({ counted, now, settings }: Circumstances, presence: Presence): boolean {
  return now - presence.writtenAt > settings.moveAfterMs || counted - presence.countedAt > settings.moveAfterMessages;
}
