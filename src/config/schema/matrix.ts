/** The bot's account, and the rooms it answers in. */
import * as z from "zod";
import { roles, type Role } from "../../chat/roles.ts";
import { isRoomId, isUserId, parseRoomId, parseUserId, type RoomId, type UserId } from "../../ids.ts";
import { acceptLevels, type AcceptFrom } from "../../trust.ts";
import type { SecretRef } from "../../secret-ref.ts";
import { absoluteFile, address, duration, secret, shortName } from "./pieces.ts";

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

export interface EncryptionConfig {
  /** `undefined`: beside the SQLite file. */
  readonly folder: string | undefined;
  readonly passphrase: SecretRef | undefined;
  readonly accept: AcceptFrom;
  /** Holds the account's recovery key; made, and written there, for an account that has none. */
  readonly recoveryKeyFile: string | undefined;
}

const encryption = z
  .strictObject({
    folder: absoluteFile()
      .optional()
      .describe("Folder for this device's keys and nothing else. Default: `crypto` beside the SQLite file; has to be given with PostgreSQL."),
    passphrase: secret("Encrypts the keys in that folder. Cannot be added, changed or taken away later, short of new keys.").optional(),
    accept: z
      .enum(acceptLevels)
      .default("signed")
      .describe(
        "From which devices commands are taken in encrypted rooms. `signed`: those that their owner has signed; `verified`: those of people that this account has verified; `any`: all, as far as the homeserver is to be trusted.",
      ),
    recoveryKeyFile: absoluteFile()
      .optional()
      .describe(
        "File with the account's recovery key: with it the identity and the old room keys come back after the keys' folder was lost. Made there at the first start of an account that has none. Without it, `opsroom crypto init` shows one, once.",
      ),
  })
  .describe("Encrypted rooms. Nothing of it is loaded as long as no room is encrypted.")
  .transform(({ folder, passphrase, accept, recoveryKeyFile }): EncryptionConfig => ({ folder, passphrase, accept, recoveryKeyFile }))
  .prefault({});

export const matrixSchema = z
  .strictObject({
    homeserver: address("Base address of the homeserver's client API.", { insideCluster: true }),
    accessToken: secret("The bot's access token. `opsroom login` gets one."),
    rateLimit,
    encryption,
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
    encrypted: z
      .enum(["required", "allowed"])
      .default("allowed")
      .describe(
        "`required`: nothing is said, and nothing taken, in the room unless it is encrypted. `allowed`: as the room is. What is encrypted once stays so.",
      ),
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
