/** What came of decrypting an event. */
import type { Native, Wasm } from "@matrix-org/matrix-sdk-crypto-nodejs";
import * as z from "zod";
import { isDeviceId, isUserId, type DeviceId, type UserId } from "../../../ids.ts";
import type { Trust } from "../../../trust.ts";
import { messageIndex } from "./message-index.ts";

/** It is judged once for a session, when its key comes, and better only when keys that were not known then are queried: a verification counts for sessions begun after it, and the very first one of a device may still count as `signed`. */
export type { Trust };

export interface Decrypted {
  readonly kind: "decrypted";
  readonly type: string;
  /** With the `m.relates_to` that stands outside of the ciphertext. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The owner of the key; the machine refuses an event whose `sender` is another. */
  readonly sender: UserId;
  readonly device: DeviceId | undefined;
  readonly trust: Trust;
  readonly session: string;
  /** `undefined` when the ciphertext's form is not known. */
  readonly messageIndex: number | undefined;
}

export interface Undecryptable {
  readonly kind: "undecryptable";
  /**
   * - `no-key`: it may still come; `withheld` when the sender's client said that it will not, and why;
   * - `key-starts-later`: our key is good for later messages of the session only;
   * - `forged`: the key's owner is not the sender, or the event is of another room;
   * - `malformed`: it is no Megolm event that this version reads.
   */
  readonly why: "no-key" | "key-starts-later" | "forged" | "malformed";
  readonly session: string | undefined;
  readonly withheld: { readonly code: string; readonly words: string } | undefined;
  /** The machine's own words. */
  readonly detail: string;
}

export type Decryption = Decrypted | Undecryptable;

/** An encrypted event is 64 KiB at most, by the specification; anything beyond did not come through a homeserver that keeps to it. */
export const mostEventBytes = 65_536;

const encryptedEvent = z.object({
  event_id: z.string(),
  sender: z.string().refine(isUserId),
  content: z.object({ algorithm: z.literal("m.megolm.v1.aes-sha2"), session_id: z.string(), ciphertext: z.string() }),
});
const clearEvent = z.object({ type: z.string(), content: z.record(z.string(), z.unknown()) });

export type EncryptedEvent = z.infer<typeof encryptedEvent>;

/** Says what is wrong with an event before the machine sees it. */
export function readEncrypted(event: unknown): EncryptedEvent | Undecryptable {
  const parsed = encryptedEvent.safeParse(event);
  if (!parsed.success) return malformed(undefined, "not an event encrypted with m.megolm.v1.aes-sha2");
  const { session_id: session, ciphertext } = parsed.data.content;
  return ciphertext.length > mostEventBytes ? malformed(session, "larger than an event may be") : parsed.data;
}

const malformed = (session: string | undefined, detail: string): Undecryptable => {
  return { kind: "undecryptable", why: "malformed", session, withheld: undefined, detail };
};

export function readDecrypted(wasm: Wasm, event: EncryptedEvent, decrypted: Native.DecryptedRoomEvent): Decryption {
  const session = event.content.session_id;
  // The strict one tells a verified owner from any other; the lax one tells the others apart.
  const strict = decrypted.shieldState(true).code;
  const code = decrypted.shieldState(false).code;
  // The machine decrypts an event whose sender is not the owner of the key, and says so here only.
  const owner = decrypted.sender.toString();
  if (code === wasm.ShieldStateCode.MismatchedSender || owner !== event.sender)
    return { kind: "undecryptable", why: "forged", session, withheld: undefined, detail: `the key belongs to ${owner}` };
  const clear = clearEvent.safeParse(JSON.parse(decrypted.event));
  if (!clear.success) return malformed(session, "what it holds is no event");
  const device = decrypted.senderDevice?.toString();
  return {
    kind: "decrypted",
    type: clear.data.type,
    content: clear.data.content,
    sender: event.sender,
    device: device !== undefined && isDeviceId(device) ? device : undefined,
    trust: strict === undefined ? "verified" : readTrust(wasm, code),
    session,
    messageIndex: messageIndex(event.content.ciphertext),
  };
}

function readTrust(wasm: Wasm, code: Native.ShieldState["code"]): Trust {
  const { ShieldStateCode } = wasm;
  switch (code) {
    case undefined:
    case ShieldStateCode.UnverifiedIdentity:
      return "signed";
    case ShieldStateCode.UnsignedDevice:
      return "unsigned";
    case ShieldStateCode.UnknownDevice:
      return "unknown-device";
    case ShieldStateCode.VerificationViolation:
      return "identity-changed";
    // A mismatched sender was refused before.
    case ShieldStateCode.AuthenticityNotGuaranteed:
    case ShieldStateCode.MismatchedSender:
    default:
      return "not-authentic";
  }
}

/** @throws what was thrown, when it is no verdict on the event */
export function readFailure(wasm: Wasm, event: EncryptedEvent, thrown: unknown): Undecryptable {
  if (!(thrown instanceof wasm.MegolmDecryptionError)) throw thrown;
  const { code, description, withheldCode, maybe_withheld: words } = thrown;
  const withheld = withheldCode === undefined ? undefined : { code: withheldCode, words: words ?? withheldCode };
  return { kind: "undecryptable", why: why(wasm, code, description), session: event.content.session_id, withheld, detail: description };
}

function why(wasm: Wasm, code: Native.MegolmDecryptionError["code"], description: string): Undecryptable["why"] {
  const { DecryptionErrorCode } = wasm;
  switch (code) {
    case DecryptionErrorCode.MissingRoomKey:
      return "no-key";
    case DecryptionErrorCode.UnknownMessageIndex:
      return "key-starts-later";
    case DecryptionErrorCode.MismatchedIdentityKeys:
    case DecryptionErrorCode.MismatchedSender:
      return "forged";
    // The next three are of a trust requirement that is never set.
    case DecryptionErrorCode.UnknownSenderDevice:
    case DecryptionErrorCode.UnsignedSenderDevice:
    case DecryptionErrorCode.SenderIdentityVerificationViolation:
    case DecryptionErrorCode.UnableToDecrypt:
    default:
      return /room/iu.test(description) ? "forged" : "malformed";
  }
}
