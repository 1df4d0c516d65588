/** Everything Opsroom measures of itself, by name, in one place. Served at `/metrics`. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { createWorkMetrics, type WorkMetrics } from "./work-metrics.ts";

export interface Metrics {
  readonly registry: Registry;
  /** Time of the last good sync, seconds since 1970; `opsroom_sync_age_seconds` is made from it. */
  readonly syncSucceeded: (atMs: number) => void;
  readonly eventsAccepted: (count: number) => void;
  readonly messageSent: () => void;
  readonly rateLimited: (waitMs: number) => void;
  readonly outbox: (depth: { readonly waiting: number; readonly oldestAgeMs: number }) => void;
  readonly apiFailure: (api: string, kind: string) => void;
  readonly command: (name: string, outcome: string, seconds: number) => void;
  readonly leaseHeld: (held: boolean) => void;
  readonly fault: (kind: string) => void;
  /** A webhook call: `accepted`, `copy`, `unreadable`, `refused`, `later`. */
  readonly alertDelivery: (source: string, outcome: string, seconds: number) => void;
  readonly alerts: (picture: AlertPicture) => void;
  readonly work: WorkMetrics;
}

/** Of alerts, at a scrape. */
export interface AlertPicture {
  readonly waiting: number;
  readonly oldestAgeMs: number;
  readonly deadLetters: number;
  readonly firingGroups: number;
  readonly heartbeatAgesMs: ReadonlyMap<string, number>;
  /** Webhook notifications that each source's Alertmanager failed to deliver, as it counts them. */
  readonly failedNotifications: ReadonlyMap<string, number>;
}

/** @param now milliseconds since 1970, read at each scrape for the ages */
export function createMetrics(now: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let lastSyncMs: number | undefined;
  new Gauge({
    name: "opsroom_sync_age_seconds",
    help: "Age of the last good sync with the homeserver; absent before the first",
    registers,
    collect() {
      if (lastSyncMs !== undefined) this.set((now() - lastSyncMs) / 1000);
    },
  });
  const accepted = new Counter({ name: "opsroom_events_accepted_total", help: "Room events taken into the inbox", registers });
  const sent = new Counter({ name: "opsroom_messages_sent_total", help: "Events the homeserver accepted from us", registers });
  const limited = new Counter({ name: "opsroom_rate_limited_total", help: "Times the homeserver told us to wait", registers });
  const limitedSeconds = new Counter({ name: "opsroom_rate_limited_seconds_total", help: "How long it told us to wait, in all", registers });
  const depth = new Gauge({ name: "opsroom_outbox_waiting", help: "Messages not yet accepted by the homeserver", registers });
  const oldest = new Gauge({ name: "opsroom_outbox_oldest_age_seconds", help: "Age of the oldest message not yet accepted; 0 when none waits", registers });
  const failures = new Counter({
    name: "opsroom_api_failures_total",
    help: "Calls that failed, by API and kind",
    labelNames: ["api", "kind"] as const,
    registers,
  });
  const commands = new Histogram({
    name: "opsroom_command_seconds",
    help: "Time from taking a command up to its answer in the outbox",
    labelNames: ["command", "outcome"] as const,
    buckets: [0.01, 0.05, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  const lease = new Gauge({ name: "opsroom_lease_held", help: "1 while this instance is the one that acts", registers });
  const faults = new Counter({ name: "opsroom_faults_total", help: "Bugs and unhandled rejections", labelNames: ["kind"] as const, registers });
  const deliveries = new Histogram({
    name: "opsroom_alert_delivery_seconds",
    help: "Time from a webhook call to its answer, by source and outcome",
    labelNames: ["source", "outcome"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const backlog = new Gauge({ name: "opsroom_alert_deliveries_waiting", help: "Webhook calls that were accepted and not yet worked off", registers });
  const backlogAge = new Gauge({ name: "opsroom_alert_deliveries_oldest_age_seconds", help: "Age of the oldest of them; 0 when none waits", registers });
  const unreadable = new Gauge({ name: "opsroom_alert_dead_letters", help: "Webhook calls kept that could never be read", registers });
  const firing = new Gauge({ name: "opsroom_alert_groups_firing", help: "Groups of alerts that fire", registers });
  const heartbeats = new Gauge({ name: "opsroom_alert_heartbeat_age_seconds", help: "Age of the last heartbeat", labelNames: ["source"] as const, registers });
  const undelivered = new Gauge({
    name: "opsroom_alertmanager_notifications_failed",
    help: "Webhook notifications that the source's Alertmanager failed to deliver since it started, as it counts them",
    labelNames: ["source"] as const,
    registers,
  });
  return {
    registry,
    syncSucceeded: (atMs) => {
      lastSyncMs = atMs;
    },
    eventsAccepted: (count) => accepted.inc(count),
    messageSent: () => sent.inc(),
    rateLimited: (waitMs) => {
      limited.inc();
      limitedSeconds.inc(waitMs / 1000);
    },
    outbox: ({ waiting, oldestAgeMs }) => {
      depth.set(waiting);
      oldest.set(oldestAgeMs / 1000);
    },
    apiFailure: (api, kind) => failures.inc({ api, kind }),
    command: (command, outcome, seconds) => commands.observe({ command, outcome }, seconds),
    leaseHeld: (held) => lease.set(held ? 1 : 0),
    fault: (kind) => faults.inc({ kind }),
    alertDelivery: (source, outcome, seconds) => deliveries.observe({ source, outcome }, seconds),
    work: createWorkMetrics(registry, now),
    alerts: (picture) => {
      backlog.set(picture.waiting);
      backlogAge.set(picture.oldestAgeMs / 1000);
      unreadable.set(picture.deadLetters);
      firing.set(picture.firingGroups);
      heartbeats.reset();
      for (const [source, ageMs] of picture.heartbeatAgesMs) heartbeats.set({ source }, ageMs / 1000);
      undelivered.reset();
      for (const [source, count] of picture.failedNotifications) undelivered.set({ source }, count);
    },
  };
}
