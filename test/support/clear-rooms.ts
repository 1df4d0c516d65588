/** Rooms of which none is encrypted. */
import type { DispatchNeeds } from "../../src/chat/dispatch.ts";
import type { Envelopes } from "../../src/matrix/outbox/envelopes.ts";

export const clearRooms: Envelopes = {
  manner: async () => ({ kind: "clear" }),
  encrypt: async (room) => {
    throw new Error(`${room} is not encrypted`);
  },
};

export const nothingEncrypted: Pick<DispatchNeeds, "decipher" | "isEncrypted" | "accept" | "wakeTimers"> = {
  decipher: async () => ({ kind: "refused", why: "nothing is encrypted" }),
  isEncrypted: async () => false,
  accept: "signed",
  wakeTimers: () => undefined,
};
