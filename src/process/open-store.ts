/** The store that the configuration names. */
import type { Clock } from "../clock.ts";
import type { Config } from "../config/schema/root.ts";
import { readSecret } from "../config/secrets.ts";
import { OpsroomError } from "../errors.ts";
import type { Log } from "../observe/log.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";

/** Messages that may wait to be sent: room for ten thousand groups of alerts, each with a message and an edit. */
const outboxLimit = 30_000;

/** Opens it, waiting for a database that is away now and may come back. @throws OpsroomError for what a person has to mend; the signal's reason */
export async function awaitConfiguredStore(
  config: Pick<Config, "store">,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  clock: Clock,
  signal: AbortSignal,
): Promise<Store> {
  for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 10_000)) {
    try {
      return await openConfiguredStore(config, env, log);
    } catch (error) {
      if (!(error instanceof OpsroomError) || error.kind !== "waiting") throw error;
      log.error({ code: error.code, waitMs }, `${error.message}; trying again`);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** @throws OpsroomError when the secret or the database cannot be had */
export async function openConfiguredStore({ store }: Pick<Config, "store">, env: Readonly<Record<string, string | undefined>>, log: Log): Promise<Store> {
  const place =
    store.kind === "sqlite" ? store : { kind: "postgres" as const, url: await readSecret(store.url, { env, warn: (warning) => log.warn(warning) }) };
  return openStore({ ...place, outboxLimit, log });
}
