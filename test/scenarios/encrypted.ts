/** Encrypted rooms, with people whose clients do as Element does. */
import { describe } from "vitest";
import { jsPerson } from "../support/js-person.ts";
import type { Bed } from "./bed.ts";
import { conversationScenarios } from "./conversation.ts";

/** The same world, whose people make encrypted rooms and read what they can decrypt. */
export function encrypted(bed: Bed): Bed {
  return { ...bed, newPerson: async (localpart) => jsPerson(bed.homeserverUrl, await bed.newAccount(localpart)) };
}

export function encryptedScenarios(bed: () => Bed): void {
  describe("encrypted:", () => {
    conversationScenarios(() => encrypted(bed()));
  });
}
