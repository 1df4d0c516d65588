/** People whose clients encrypt, for the contract: each with a device, a signing key of it, and small calls for what clients do. */
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { chatClient, ChatError, type ChatClient, type Content } from "../../src/sandbox/client.ts";
import { signed, signingKey, type SigningKey } from "./homeserver-encryption-signing.ts";
import type { ContractServer } from "./homeserver-contract.ts";

const syncSchema = z.looseObject({
  next_batch: z.string(),
  to_device: z.looseObject({ events: z.array(z.looseObject({ type: z.string(), sender: z.string(), content: z.looseObject({}) })) }).optional(),
  device_lists: z.looseObject({ changed: z.array(z.string()).optional(), left: z.array(z.string()).optional() }).optional(),
  device_one_time_keys_count: z.record(z.string(), z.number()),
  device_unused_fallback_key_types: z.array(z.string()),
  account_data: z.looseObject({ events: z.array(z.looseObject({ type: z.string(), content: z.looseObject({}) })) }).optional(),
});

export type Sync = z.infer<typeof syncSchema>;

export interface Encrypter extends ChatClient {
  readonly deviceId: string;
  readonly password: string;
  readonly accessToken: string;
  readonly key: SigningKey;
  readonly sync: (query?: Readonly<Record<string, string>>) => Promise<Sync>;
  readonly post: (path: string, body: unknown) => Promise<unknown>;
  /** Status and body, whatever the status. */
  readonly raw: (method: string, path: string, body?: unknown) => Promise<{ readonly status: number; readonly body: unknown }>;
  /** What its client publishes first. */
  readonly deviceKeys: Content;
}

export interface EncryptionBed {
  readonly baseUrl: () => string;
  /** Under no rate limit unless `limited`. */
  readonly person: (wish?: { readonly limited?: boolean }) => Promise<Encrypter>;
  /** The same person on one more device. */
  readonly another: (of: Encrypter, wish?: { readonly deviceId?: string; readonly name?: string }) => Promise<Encrypter>;
  /** All of them in one room. */
  readonly roomOf: (creator: Encrypter, ...others: readonly Encrypter[]) => Promise<string>;
}

const loginAnswer = z.object({ access_token: z.string(), device_id: z.string(), user_id: z.string() });

export const api = (path: string): string => `/_matrix/client/v3${path}`;

export function encryptionBed(server: () => ContractServer): EncryptionBed {
  const logIn = async (userId: string, password: string, wish: { readonly deviceId?: string; readonly name?: string }): Promise<Encrypter> => {
    const response = await fetch(server().baseUrl + api("/login"), {
      method: "POST",
      body: JSON.stringify({
        type: "m.login.password",
        identifier: { type: "m.id.user", user: userId },
        password,
        ...(wish.deviceId === undefined ? {} : { device_id: wish.deviceId }),
        ...(wish.name === undefined ? {} : { initial_device_display_name: wish.name }),
      }),
    });
    const login = loginAnswer.parse(await response.json());
    return encrypter(server().baseUrl, { userId, accessToken: login.access_token, deviceId: login.device_id, password });
  };
  return {
    baseUrl: () => server().baseUrl,
    person: async (wish = {}) => {
      const password = "correct horse";
      const made = await server().makeUser(`encrypter-${randomBytes(8).toString("hex")}`, { password, ...wish });
      return logIn(made.userId, password, {});
    },
    another: async ({ userId, password }, wish = {}) => logIn(userId, password, wish),
    roomOf: async (creator, ...others) => {
      const room = await creator.createRoom({ preset: "public_chat" });
      for (const other of others) await other.join(room);
      return room;
    },
  };
}

interface Login {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
  readonly password: string;
}

function encrypter(baseUrl: string, login: Login): Encrypter {
  const client = chatClient({ baseUrl, tries: 1, ...login });
  const key = signingKey(login.deviceId);
  let firstSyncs = 0;
  const curve = randomBytes(32).toString("base64").replaceAll("=", "");
  const deviceKeys = {
    algorithms: ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
    device_id: login.deviceId,
    user_id: login.userId,
    keys: { [key.id]: key.publicKey, [`curve25519:${login.deviceId}`]: curve },
  };
  return {
    ...client,
    ...login,
    key,
    deviceKeys: signed(deviceKeys, login.userId, key),
    sync: async (query = {}) => {
      firstSyncs += 1;
      // A server keeps its answer to a sync for a while and gives it to the same question.
      const all = query["since"] === undefined ? { timeout: String(firstSyncs), ...query } : query;
      return syncSchema.parse(await client.request("GET", api(`/sync?${new URLSearchParams(all).toString()}`)));
    },
    post: async (path, body) => client.request("POST", api(path), body),
    raw: async (method, path, body) => {
      const response = await fetch(baseUrl + api(path), {
        method,
        headers: { authorization: `Bearer ${login.accessToken}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
  };
}

/** A one-time or fallback key, signed by its device. */
export const preKey = (owner: Encrypter, text = randomBytes(32).toString("base64"), extra: Content = {}): Content =>
  signed({ key: text, ...extra }, owner.userId, owner.key);

export async function refusal(act: Promise<unknown>): Promise<{ status: number; errcode: string | undefined; message: string }> {
  const error: unknown = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ChatError)) throw new Error("this was not refused");
  return { status: error.status, errcode: error.errcode, message: error.message };
}
