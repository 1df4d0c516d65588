/** The webhook of the configuration: secrets read, what is accepted put into the store. */
import { serveIntake, type Intake } from "../alerts/intake/server.ts";
import type { Clock } from "../clock.ts";
import type { AlertsConfig } from "../config/alerts.ts";
import { readSecret } from "../config/secrets.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Store } from "../store/store.ts";
import type { Wakeable } from "../wakeable.ts";

export interface OpenIntakeNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Rung when something was accepted. */
  readonly bell: Wakeable;
}

/** Copies from a second Alertmanager arrive within its share of `peer_timeout`; what comes later is believed to be news. */
const copyWindowMs = 120_000;
/** Deliveries that may wait to be worked off: at the rate of a storm, minutes; of a database that only answers reads, hours. */
const mostWaiting = 20_000;

/** @throws OpsroomError when a credential cannot be read; what listening throws */
export async function openIntake({ listen, credentials }: AlertsConfig, { store, clock, log, metrics, env, bell }: OpenIntakeNeeds): Promise<Intake> {
  const source = { env, warn: (warning: string) => log.warn(warning) };
  const resolved = await Promise.all(credentials.map(async (credential) => ({ ...credential, secret: await readSecret(credential.secret, source) })));
  return await serveIntake({
    listen,
    credentials: resolved,
    clock,
    log,
    metrics: { delivered: metrics.alertDelivery },
    deadLetter: store.saveDeadLetter,
    accept: async (deliveries) => {
      const fresh = await store.acceptDeliveries(deliveries, { copyWindowMs, limit: mostWaiting });
      if (fresh > 0) bell.wake();
      return fresh;
    },
  });
}
