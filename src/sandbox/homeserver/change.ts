/** Everything that can happen to the embedded homeserver's data. The journal is a list of these; the state is what they add up to. */
import * as z from "zod";
import { checkFilter } from "./filter.ts";
import { keyChangeSchema } from "./keys/key-change.ts";

const json = z.record(z.string(), z.unknown());
const position = z.number().int();

const event = z.object({
  eventId: z.string(),
  roomId: z.string(),
  type: z.string(),
  sender: z.string(),
  content: json,
  stateKey: z.string().optional(),
  sentAt: z.number(),
  position,
  replaces: z.string().optional(),
  sentWith: z.object({ device: z.string(), transaction: z.string() }).optional(),
});

const limit = z.object({ perSecond: z.number(), burst: z.number() });

export const changeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("user"), userId: z.string(), displayName: z.string().optional(), passwordHash: z.string().optional(), admin: z.boolean() }),
  z.object({ kind: z.literal("device"), token: z.string(), userId: z.string(), deviceId: z.string(), displayName: z.string().optional() }),
  z.object({ kind: z.literal("device-name"), userId: z.string(), deviceId: z.string(), displayName: z.string() }),
  /** With its tokens, its keys and what waited for it. */
  z.object({ kind: z.literal("device-gone"), userId: z.string(), deviceId: z.string() }),
  /** Written by earlier versions, which knew no devices without a token. */
  z.object({ kind: z.literal("logout"), token: z.string() }),
  z.object({ kind: z.literal("event"), event }),
  z.object({ kind: z.literal("alias"), alias: z.string(), roomId: z.string().optional() }),
  z.object({ kind: z.literal("forgotten"), roomId: z.string(), userId: z.string() }),
  z.object({
    kind: z.literal("receipt"),
    roomId: z.string(),
    userId: z.string(),
    eventId: z.string(),
    receiptType: z.string(),
    threadId: z.string().optional(),
    at: z.number(),
    position,
  }),
  z.object({ kind: z.literal("account-data"), userId: z.string(), roomId: z.string().optional(), type: z.string(), content: json, position }),
  /** Without `limit`: back to the server's own. A `perSecond` of 0 lifts it. */
  z.object({ kind: z.literal("rate-limit"), userId: z.string(), limit: limit.optional() }),
  z.object({ kind: z.literal("filter"), userId: z.string(), id: z.string(), filter: z.unknown().transform(checkFilter) }),
  z.object({ kind: z.literal("keys"), change: keyChangeSchema }),
  /** All keys, messages to devices and backups are as they were when this was the sum of all changes. */
  z.object({ kind: z.literal("keys-restored"), snapshot: z.array(keyChangeSchema) }),
  z.object({ kind: z.literal("media"), id: z.string(), contentType: z.string(), fileName: z.string().optional(), base64: z.string() }),
]);

export type Change = z.infer<typeof changeSchema>;
export type ChangeOf<Kind extends Change["kind"]> = Extract<Change, { readonly kind: Kind }>;
