import type { Asker } from "../../src/chat/command.ts";
import { nadia, opsRoom, typedEvent } from "./events.ts";

/** Somebody who asks, with nothing to wait for. */
export function asker(given: Partial<Asker> = {}): Asker {
  return {
    user: nadia,
    role: "operator",
    room: opsRoom,
    event: typedEvent("!x").eventId,
    signal: new AbortController().signal,
    progress: () => undefined,
    ...given,
  };
}
