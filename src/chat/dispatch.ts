/** One event's way from the inbox: a command, a reaction, or a redaction, each handled once. */
import type { PendingEvent } from "../store/store.ts";
import { isVerificationEvent } from "../verification-event.ts";
import { dispatchEncrypted, takeVerification, type EncryptedNeeds } from "./dispatch-encrypted.ts";
import type { HeardEvent } from "./heard.ts";
import { mayBeCommand } from "./decide.ts";
import { dispatchCommand, type CommandNeeds } from "./dispatch-command.ts";
import { dispatchReaction, mayBeReaction, type ReactionNeeds } from "./dispatch-reaction.ts";

export type DispatchNeeds = CommandNeeds & ReactionNeeds & EncryptedNeeds;

/** Whether an event can concern us at all; the sync loop keeps only these. */
export function mayConcern(event: Pick<PendingEvent, "type" | "content">): boolean {
  return event.type === "m.room.encrypted" || mayBeCommand(event) || mayBeReaction(event) || isVerificationEvent(event);
}

/** Handles one event once; after a crash it is handled again, and what comes of it is still one. @throws what the store throws */
export async function dispatch(event: PendingEvent, needs: DispatchNeeds, signal: AbortSignal): Promise<void> {
  if (event.type === "m.room.encrypted")
    await dispatchEncrypted(event, needs, { concerns: mayConcern, handle: (heard) => handle(heard, needs, signal) }, signal);
  else if (isVerificationEvent(event)) await takeVerification(event, needs, signal);
  else await handle(event, needs, signal);
}

async function handle(event: HeardEvent, needs: DispatchNeeds, signal: AbortSignal): Promise<void> {
  await (event.type === "m.room.message" ? dispatchCommand(event, needs, signal) : dispatchReaction(event, needs));
}
