/** Everything that can happen to what the embedded homeserver keeps for encryption. Its state is what these add up to. */
import * as z from "zod";

const json = z.record(z.string(), z.unknown());
const position = z.number().int();
const device = { userId: z.string(), deviceId: z.string() };
const backup = { userId: z.string(), version: z.number().int() };

export const usageSchema = z.enum(["master", "self_signing", "user_signing"]);

const backedUp = z.object({
  first_message_index: z.number(),
  forwarded_count: z.number(),
  is_verified: z.boolean(),
  session_data: z.unknown(),
});

export const keyChangeSchema = z.discriminatedUnion("kind", [
  /** Whoever shares a room with this user has to ask for their keys again. */
  z.object({ kind: z.literal("device-list"), userId: z.string(), position }),
  /** Signatures that only their maker is told of. */
  z.object({ kind: z.literal("signed-users"), userId: z.string(), targets: z.array(z.string()), position }),
  z.object({ kind: z.literal("device-keys"), ...device, keys: json }),
  /** By `algorithm:id`, oldest first. */
  z.object({ kind: z.literal("one-time-keys"), ...device, keys: json }),
  z.object({ kind: z.literal("one-time-key-claimed"), ...device, id: z.string() }),
  z.object({ kind: z.literal("fallback-key"), ...device, id: z.string(), key: z.unknown() }),
  z.object({ kind: z.literal("fallback-key-used"), ...device, algorithm: z.string() }),
  z.object({ kind: z.literal("device-keys-gone"), ...device }),
  z.object({ kind: z.literal("cross-signing-key"), userId: z.string(), usage: usageSchema, key: json }),
  /** `device` is a device id, or the public part of a master key. */
  z.object({ kind: z.literal("cross-signature"), by: z.string(), target: z.string(), device: z.string(), keyId: z.string(), signature: z.string() }),
  z.object({ kind: z.literal("to-device"), position, messages: z.array(z.object({ ...device, event: json })) }),
  z.object({ kind: z.literal("to-device-read"), ...device, upTo: position }),
  z.object({ kind: z.literal("backup-version"), ...backup, algorithm: z.string(), authData: z.unknown() }),
  z.object({ kind: z.literal("backup-version-gone"), ...backup }),
  z.object({ kind: z.literal("backup-key"), ...backup, roomId: z.string(), sessionId: z.string(), key: backedUp }),
  z.object({ kind: z.literal("backup-keys-gone"), ...backup, roomId: z.string().optional(), sessionId: z.string().optional() }),
  z.object({ kind: z.literal("backup-etag"), ...backup, etag: z.number().int() }),
]);

export type KeyChange = z.infer<typeof keyChangeSchema>;
export type KeyChangeOf<Kind extends KeyChange["kind"]> = Extract<KeyChange, { readonly kind: Kind }>;
export type Usage = z.infer<typeof usageSchema>;
export type BackedUpKey = z.infer<typeof backedUp>;
export const backedUpKeySchema = backedUp;
