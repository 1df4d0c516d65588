/** The store that the configuration names. */
import type { Config } from "../config/schema/root.ts";
import { readSecret } from "../config/secrets.ts";
import type { Log } from "../observe/log.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";

/** Messages that may wait to be sent: at Synapse's default limit these are more than an hour's. */
const outboxLimit = 1000;

/** @throws OpsroomError when the secret or the database cannot be had */
export async function openConfiguredStore({ store }: Pick<Config, "store">, env: Readonly<Record<string, string | undefined>>, log: Log): Promise<Store> {
  const place =
    store.kind === "sqlite" ? store : { kind: "postgres" as const, url: await readSecret(store.url, { env, warn: (warning) => log.warn(warning) }) };
  return openStore({ ...place, outboxLimit, log });
}
