/** A real Synapse as the contract's server: people are made by its shared-secret registration. */
import { createHmac } from "node:crypto";
import * as z from "zod";
import type { ContractServer } from "./homeserver-contract.ts";

export interface SynapseUnderTest {
  readonly baseUrl: string;
  /** `registration_shared_secret` of its configuration. */
  readonly sharedSecret: string;
}

/** Its limits for logins, invites, joins and new rooms must be raised; that for messages must be Synapse's default. */
export async function synapseContractServer({ baseUrl, sharedSecret }: SynapseUnderTest): Promise<ContractServer> {
  const call = async (method: string, path: string, token?: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(baseUrl + path, {
      method,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  };
  const register = async (localpart: string, admin: boolean, password: string): Promise<{ userId: string; accessToken: string }> => {
    const { nonce } = z.object({ nonce: z.string() }).parse(await call("GET", "/_synapse/admin/v1/register"));
    const signed = [nonce, localpart, password, admin ? "admin" : "notadmin"].join("\0");
    const mac = createHmac("sha1", sharedSecret).update(signed).digest("hex");
    const answer = await call("POST", "/_synapse/admin/v1/register", undefined, { nonce, username: localpart, password, admin, mac });
    const made = z.object({ user_id: z.string(), access_token: z.string() }).parse(answer);
    return { userId: made.user_id, accessToken: made.access_token };
  };
  const owner = await register(`contract-admin-${Date.now()}`, true, "contract");
  return {
    baseUrl,
    close: async () => undefined,
    makeUser: async (localpart, { limited = false, admin = false, password = "contract" } = {}) => {
      const person = await register(localpart, admin, password);
      const path = `/_synapse/admin/v1/users/${encodeURIComponent(person.userId)}/override_ratelimit`;
      if (!limited) await call("POST", path, owner.accessToken, { messages_per_second: 0, burst_count: 0 });
      return person;
    },
  };
}
