/** Composition root: configuration → store → servers → features, released in the opposite order. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { appVersion } from "./app-version.ts";
import type { BoundCommand } from "./chat/bound-command.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { AlertsConfig } from "./config/alerts.ts";
import type { Config } from "./config/schema/root.ts";
import { readSecret } from "./config/secrets.ts";
import type { BackupLooks } from "./handlers/backup.ts";
import { bindCommands } from "./handlers/registry.ts";
import { describeEncryption } from "./matrix/crypto/identity/describe.ts";
import { encryptionFacts } from "./matrix/crypto/identity/facts.ts";
import { createMatrixApi } from "./matrix/sdk-api.ts";
import { serveAdmin } from "./observe/admin-server.ts";
import type { Vitals } from "./observe/health.ts";
import type { Log } from "./observe/log.ts";
import { createMetrics } from "./observe/metrics.ts";
import { prepareToAct, type Acting, type AlertPart } from "./process/act.ts";
import { openAlertmanagers, type AlertmanagersNeeds } from "./process/alertmanagers.ts";
import { lateLooks } from "./process/late-looks.ts";
import { openFleet } from "./process/fleet.ts";
import { encryptionLines, keysIn } from "./process/encryption.ts";
import { openIntake } from "./process/intake.ts";
import { actUnderLease } from "./process/lease-keeper.ts";
import { alertPicture, messagingFacts } from "./process/messaging.ts";
import { awaitConfiguredStore } from "./process/open-store.ts";
import type { Store } from "./store/store.ts";
import { recoveryKeyIn } from "./process/recovery-key.ts";
import { wakeable, type Wakeable } from "./wakeable.ts";

export interface Opsroom extends AsyncDisposable {
  /** Runs until `drain` aborts. @throws what ends the process */
  readonly run: (drain: AbortSignal) => Promise<void>;
  /** The configuration in force has changed. */
  readonly reconfigure: (config: Config) => Promise<void>;
  /** Says something in every room; does nothing while another instance acts. */
  readonly tellRooms: Acting["tellRooms"];
  /** Whether it acts, and nothing is being handled or waits to be sent. */
  readonly idle: () => Promise<boolean>;
  readonly adminPort: number;
  /** Where alerts are taken; `undefined` when they are not. */
  readonly alertsPort: number | undefined;
  readonly fault: (kind: string) => void;
}

export interface OpsroomNeeds {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock?: Clock;
  /** Ends the waiting for a database that is away. */
  readonly signal: AbortSignal;
}

interface AlertPartNeeds extends AlertmanagersNeeds {
  readonly bell: Wakeable;
  readonly failedNotifications: Map<string, number>;
}

/** What is taken is shown, also when a later configuration has no alerts any more: that counts after a restart. */
function alertPart(atStart: AlertsConfig | undefined, now: () => AlertsConfig | undefined, needs: AlertPartNeeds): AlertPart | undefined {
  if (atStart === undefined) return undefined;
  const { bell, failedNotifications } = needs;
  return { settings: () => (now() ?? atStart).settings, bell, failedNotifications, alertmanagers: openAlertmanagers(atStart.alertmanagers, needs) };
}

/** Opens everything that outlives the lease. @throws OpsroomError when something that must be there is not */
export async function openOpsroom({ config: first, env, log, clock = systemClock, signal }: OpsroomNeeds): Promise<Opsroom> {
  await using stack = new AsyncDisposableStack();
  let config = first;
  let state: Vitals["state"] = "starting";
  let lastSyncAt: number | undefined;
  let acting: Acting | undefined;
  const startedAt = clock.now();
  const metrics = createMetrics(clock.now);
  const accessToken = await readSecret(config.matrix.accessToken, { env, warn: (warning) => log.warn(warning) });
  let opened: Store | undefined = undefined;
  const vitals = async (): Promise<Vitals> => {
    if (opened === undefined) return { now: clock.now(), state, lastSyncAt, store: { ok: false, reason: "not open yet" }, outbox: undefined };
    const [health, depth] = await Promise.all([opened.healthy(), opened.read.outboxDepth().catch(() => undefined)]);
    const outbox = depth === undefined ? undefined : { waiting: depth.waiting, oldestAgeMs: depth.oldestAt === undefined ? 0 : clock.now() - depth.oldestAt };
    return { now: clock.now(), state, lastSyncAt, store: health, outbox };
  };
  const failedNotifications = new Map<string, number>();
  const flow = (store: Store) => ({ read: store.read, now: clock.now, failedNotifications: () => failedNotifications });
  const refresh = async (): Promise<void> => {
    if (opened !== undefined && config.alerts !== undefined) metrics.alerts(await alertPicture(flow(opened)));
  };
  const admin = stack.use(await serveAdmin(config.admin, vitals, metrics, refresh));
  const store = stack.use(await awaitConfiguredStore(config, env, log, clock, signal));
  opened = store;
  // Before anything that takes time to load: an alert waits for nobody.
  const delivered = wakeable(clock);
  const intake = config.alerts === undefined ? undefined : stack.use(await openIntake(config.alerts, { store, clock, log, metrics, env, bell: delivered }));
  const api = await createMatrixApi({ homeserver: config.matrix.homeserver, accessToken });
  const messaging = () => messagingFacts(flow(store));
  const fleet = stack.use(await openFleet(config, { clock, random: Math.random, metrics, log, env, messaging }));
  const readRef = (ref: Parameters<typeof readSecret>[0]) => readSecret(ref, { env, warn: (warning) => log.warn(warning) });
  const looks = lateLooks({ settings: () => config.backups, clusters: fleet.clusters, readSecret: readRef, now: clock.now });
  const backups = (): BackupLooks | undefined => {
    if (config.clusters.length === 0 && config.backups.others.length === 0) return undefined;
    const now = acting?.clockwork?.backups;
    return { ...looks, ...(now === undefined ? {} : { run: now.run, ...(config.backups.drill === undefined ? {} : { drill: now.drill }) }) };
  };
  const commands: ReadonlyMap<string, BoundCommand> = bindCommands({
    status: { ...fleet.statusNeeds, own: async (stop) => encryptionLines(describeEncryption(await encryptionFacts({ api, read: store.read }, stop))) },
    backup: { backups },
    schedules: { scheduler: () => acting?.clockwork?.scheduler, clock },
    audit: { readAudit: store.read.audit, now: clock.now },
    alerts: { acting: () => acting?.alerts },
    confirm: { prompts: () => acting?.prompts },
    version: { version: appVersion, node: process.versions.node, store: store.kind, startedAt, residentBytes: () => process.memoryUsage.rss() },
  });
  const needs = {
    config: () => config,
    api,
    store,
    clock,
    random: Math.random,
    log,
    metrics,
    commands: () => commands,
    keys: keysIn(first, { env, warn: (warning) => log.warn(warning) }),
    recoveryKey: recoveryKeyIn(first.matrix.encryption.recoveryKeyFile, { env, warn: (warning) => log.warn(warning) }),
    onSynced: (at: number) => {
      lastSyncAt = at;
    },
    work: { clusters: fleet.clusters, looks, status: fleet.statusNeeds },
    alerts: alertPart(first.alerts, () => config.alerts, { bell: delivered, failedNotifications, clock, log, env }),
  };
  const owner = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const releases = stack.move();
  return {
    adminPort: admin.port,
    alertsPort: intake?.port,
    fault: metrics.fault,
    run: async (drain) => {
      const onState = (next: "waiting" | "acting"): void => {
        state = next;
        metrics.leaseHeld(next === "acting");
      };
      drain.addEventListener("abort", () => {
        state = "stopping";
      });
      await actUnderLease(
        { lease: store.lease, owner, clock, log, onState },
        async (until) => {
          lastSyncAt = undefined;
          const now = await prepareToAct(needs, AbortSignal.any([until.drain, until.lost]));
          // Whoever acts next may be another process, which needs the lock on the keys.
          await using _keys = now.crypto;
          acting = now;
          await now.run(until).finally(() => {
            acting = undefined;
          });
        },
        drain,
      );
    },
    reconfigure: async (next) => {
      config = next;
      await fleet.reconfigure(next);
      acting?.configChanged();
    },
    tellRooms: async (key, lines) => acting?.tellRooms(key, lines),
    idle: async () => (await acting?.idle()) ?? false,
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}
