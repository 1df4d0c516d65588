/** The Alertmanagers of the configuration, and what they say of their own failures. */
import { openAlertmanager, type Alertmanager } from "../alerts/alertmanager/client.ts";
import type { Clock } from "../clock.ts";
import type { AlertmanagerAccess } from "../config/alerts.ts";
import { readSecret, readSecretFile } from "../config/secrets.ts";
import type { Log } from "../observe/log.ts";

export interface AlertmanagersNeeds {
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const lookEveryMs = 60_000;

/** By the name of their source. Credentials are read at each call: a secret that is changed counts at once. */
export function openAlertmanagers(accesses: readonly AlertmanagerAccess[], { clock, log, env }: AlertmanagersNeeds): ReadonlyMap<string, Alertmanager> {
  const warn = (warning: string): void => log.warn(warning);
  return new Map(
    accesses.map(({ source, url, credential, caFile }) => [
      source,
      openAlertmanager({
        source,
        url,
        clock,
        ca: async () => (caFile === undefined ? undefined : readSecretFile(caFile, warn)),
        authorization: async () => {
          if (credential === undefined) return undefined;
          const secret = await readSecret(credential.secret, { env, warn });
          return credential.kind === "bearer" ? `Bearer ${secret}` : `Basic ${Buffer.from(`${credential.user}:${secret}`).toString("base64")}`;
        },
      }),
    ]),
  );
}

/** Reads once a minute how many webhook notifications each failed to deliver. One that does not answer keeps its last figure. Runs until `signal` aborts. */
export async function watchNotificationFailures(
  managers: ReadonlyMap<string, Alertmanager>,
  failed: Map<string, number>,
  { clock, log }: Pick<AlertmanagersNeeds, "clock" | "log">,
  signal: AbortSignal,
): Promise<void> {
  while (managers.size > 0 && !signal.aborted) {
    for (const [source, manager] of managers) {
      try {
        const count = await manager.notificationFailures(signal);
        if (count.failed !== undefined) failed.set(source, count.failed);
      } catch (error) {
        if (!signal.aborted) log.debug({ err: error, source }, "an Alertmanager does not tell of its failures");
      }
    }
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  }
}
