/** Read receipts and typing: nice to have, cost no token of the rate limit, and never hold anything up for long. */
import type { EventId, RoomId } from "../ids.ts";
import type { Log } from "../observe/log.ts";
import type { MatrixApi } from "./api.ts";
import { MatrixFailure } from "./failure.ts";

/** Homeservers forget a typing notice after this; renew it earlier. */
export const typingForMs = 30_000;

/** Shows that a command was taken. Does not throw when the homeserver does not go along. */
export function showRead(api: Pick<MatrixApi, "markRead">, room: RoomId, event: EventId, log: Log, signal: AbortSignal): Promise<void> {
  return bestEffort("read receipt", () => api.markRead(room, event, signal), log, signal);
}

/** Shows that an answer is being made, or no longer. Does not throw when the homeserver does not go along. */
export function showTyping(api: Pick<MatrixApi, "typing">, room: RoomId, typing: boolean, log: Log, signal: AbortSignal): Promise<void> {
  return bestEffort("typing notice", () => api.typing(room, typing ? typingForMs : 0, signal), log, signal);
}

async function bestEffort(what: string, act: () => Promise<void>, log: Log, signal: AbortSignal): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof MatrixFailure)) throw error;
    log.debug({ failure: error.message }, `no ${what}`);
  }
}
