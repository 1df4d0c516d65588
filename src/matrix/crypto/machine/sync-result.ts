/** What a `/sync` brought for encryption, and what came of it. */
import type { Native, Wasm } from "@matrix-org/matrix-sdk-crypto-nodejs";
import * as z from "zod";
import { isRoomId, isUserId, type RoomId, type UserId } from "../../../ids.ts";

/** Of one answer of `/sync`; what it does not have is empty. */
export interface SyncChanges {
  /** `to_device.events` */
  readonly toDevice: readonly unknown[];
  /** `device_lists` */
  readonly changed: readonly UserId[];
  readonly left: readonly UserId[];
  /** `device_one_time_keys_count`; `undefined` when the answer has none: the count is then taken for unchanged. */
  readonly oneTimeKeys: Readonly<Record<string, number>> | undefined;
  /** `device_unused_fallback_key_types`; `undefined` when the answer has none: the server then knows no fallback keys. */
  readonly unusedFallbackKeys: readonly string[] | undefined;
}

/** A room's session: what waits for its key can be decrypted now. */
export interface SessionOf {
  readonly room: RoomId;
  readonly session: string;
}

export interface Withheld extends SessionOf {
  readonly by: UserId;
  /** `m.unverified`, `m.blacklisted`, … Anyone may claim it: it says why a key does not come, and proves nothing. */
  readonly code: string;
  readonly words: string;
}

export interface SyncResult {
  readonly newKeys: readonly SessionOf[];
  readonly withheld: readonly Withheld[];
  /** Verifications that a message of this sync belongs to. */
  readonly verifications: readonly { readonly user: UserId; readonly flow: string }[];
  /** Messages to this device that could not be decrypted: a sender's session with us is out of step, and the machine makes a new one. */
  readonly undecryptable: number;
}

const room = z.string().refine(isRoomId);
const roomKey = z.object({
  type: z.enum(["m.room_key", "m.forwarded_room_key"]),
  content: z.object({ room_id: room, session_id: z.string() }),
});
const withheldEvent = z.object({
  type: z.enum(["m.room_key.withheld", "org.matrix.room_key.withheld"]),
  sender: z.string().refine(isUserId),
  content: z.object({ room_id: room, session_id: z.string(), code: z.string(), reason: z.string().catch("") }),
});
const verificationEvent = z.object({
  type: z.string().startsWith("m.key.verification."),
  sender: z.string().refine(isUserId),
  content: z.object({ transaction_id: z.string() }),
});

export function readSyncResult(wasm: Wasm, events: readonly Native.ProcessedToDeviceEvent[]): SyncResult {
  const newKeys: SessionOf[] = [];
  const withheld: Withheld[] = [];
  const verifications: SyncResult["verifications"][number][] = [];
  let undecryptable = 0;
  for (const event of events) {
    const encrypted = event instanceof wasm.DecryptedToDeviceEvent;
    if (event instanceof wasm.UTDToDeviceEvent) undecryptable += 1;
    const raw: unknown = JSON.parse(event.rawEvent);
    const key = roomKey.safeParse(raw);
    if (encrypted && key.success) newKeys.push({ room: key.data.content.room_id, session: key.data.content.session_id });
    const refusal = withheldEvent.safeParse(raw);
    if (refusal.success) {
      const { room_id, session_id: session, code, reason } = refusal.data.content;
      withheld.push({ room: room_id, session, by: refusal.data.sender, code, words: reason });
    }
    const verification = verificationEvent.safeParse(raw);
    if (verification.success) verifications.push({ user: verification.data.sender, flow: verification.data.content.transaction_id });
  }
  return { newKeys, withheld, verifications, undecryptable };
}
