/** Why something said in an encrypted room is not acted on. Pure. */
import { isAccepted, type AcceptFrom } from "../trust.ts";
import type { HeardEvent } from "./heard.ts";

export interface Distrust {
  /** For the audit log. */
  readonly why: string;
  /** What is wrong and what to do, as it is said in the room. */
  readonly words: string;
}

/** @param encrypted whether the room is, or has to be: what was said in clear there proves nothing @returns `undefined` when it may be acted on */
export function distrustOf({ origin, sender }: Pick<HeardEvent, "origin" | "sender">, encrypted: boolean, accept: AcceptFrom): Distrust | undefined {
  if (origin === undefined) {
    if (!encrypted) return undefined;
    return {
      why: "said in clear in an encrypted room",
      words: "it came in clear, and this room is encrypted: whoever runs a homeserver could have written it. Type it again with encryption on",
    };
  }
  if (isAccepted(origin.trust, accept)) return undefined;
  const device = origin.device === undefined ? "a device that is not known (any more)" : `the device ${origin.device}`;
  const why = `${device}: ${origin.trust}`;
  switch (origin.trust) {
    case "unsigned":
    case "unknown-device":
      return { why, words: `it came from ${device}, which ${sender} has not signed. Verify that session with another one of yours, then type it again` };
    case "identity-changed":
      return { why, words: `the identity of ${sender} has changed since it was verified. Verify each other again, then type it again` };
    case "not-authentic":
      return { why, words: "its key came from a backup, which does not prove who wrote it. Type it again" };
    case "signed":
      return { why, words: `${sender} is not verified by this account, and the configuration asks for that. Verify each other, then type it again` };
    case "verified":
      return undefined;
    default:
      return origin.trust satisfies never;
  }
}
