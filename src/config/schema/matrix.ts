/** The bot's account, and the rooms it answers in. */
import * as z from "zod";
import { roles, type Role } from "../../chat/roles.ts";
import { isRoomId, isUserId, parseRoomId, parseUserId, type RoomId, type UserId } from "../../ids.ts";
import { address, duration, secret, shortName } from "./pieces.ts";

/** A room as the configuration names it. An alias is resolved at start. */
export type RoomAddress = { readonly kind: "id"; readonly id: RoomId } | { readonly kind: "alias"; readonly alias: string };

const rateLimit = z
  .union([
    z.literal("none"),
    z.strictObject({
      perSecond: z.number().positive().max(1000).describe("Messages a second in the long run (Synapse: `rc_message.per_second`)."),
      burst: z.int().min(1).max(1000).describe("Messages at once (Synapse: `rc_message.burst_count`)."),
    }),
  ])
  .describe("What the homeserver lets the account send; `none` when the account has an override. The default is Synapse's: `{ perSecond: 0.2, burst: 10 }`.")
  // As Synapse's own overrides do it: 0 a second means without limit.
  .transform((limit) => (limit === "none" ? { perSecond: 0, burst: 1 } : limit))
  .prefault({ perSecond: 0.2, burst: 10 });

export const matrixSchema = z
  .strictObject({
    homeserver: address("Base address of the homeserver's client API.", { insideCluster: true }),
    accessToken: secret("The bot's access token. `opsroom login` gets one."),
    rateLimit,
    maxCommandAge: duration("A command older than this is not run; whoever typed it is asked to type it again.", "10m"),
  })
  .describe("The bot's account.")
  .transform(({ maxCommandAge, ...rest }) => ({ ...rest, maxCommandAgeMs: maxCommandAge }));

const userId = z
  .string()
  .regex(/^@[^:\s]*:\S+$/u, { error: "a Matrix user id such as @nadia:example.org" })
  .refine(isUserId, { error: "a Matrix user id such as @nadia:example.org" });

const aliasPattern = /^#[^:\s\p{C}]+:[^\s\p{C}]+$/u;

const roomAddress = z
  .string({ error: 'a room id or alias in quotes, such as "!abc:example.org" or "#ops:example.org"' })
  .refine((text) => isRoomId(text) || (text.length <= 255 && aliasPattern.test(text)), {
    error: 'a room id or alias in quotes, such as "!abc:example.org" or "#ops:example.org"',
  })
  .describe("Room id (`!…`) or alias (`#…:…`), in quotes: outside them YAML takes ! for a tag and # for a comment.")
  .transform((text): RoomAddress => (isRoomId(text) ? { kind: "id", id: parseRoomId(text) } : { kind: "alias", alias: text }));

const roomSchema = z
  .strictObject({
    name: shortName().describe("Short name of the room, used in answers and logs."),
    room: roomAddress,
    operators: z
      .record(userId, z.enum(roles).describe("The role of the person with this user id."), {
        error: (issue) => (issue.code === "invalid_type" ? 'user ids with roles, such as { "@nadia:example.org": operator }' : undefined),
      })
      .refine((people) => Object.keys(people).length > 0, { error: "at least one operator: without one nobody could make Opsroom act" })
      .describe("Who may act here: user id to role. `viewer` may look, `operator` may act too, `admin` may do everything. Nobody else is answered.")
      .transform((people): ReadonlyMap<UserId, Role> => new Map(Object.entries(people).map(([user, role]) => [parseUserId(user), role]))),
  })
  .describe("One room.");

export const roomsSchema = z.array(roomSchema).min(1).max(50).describe("The ops rooms. Opsroom leaves every other one.");
