/** The damages of the table done to a real cluster, `good-pg`, which is backed up to an S3 server of this machine. */
import { damageNames, type Damage, type Damageable, type DamageName } from "../support/backup-damage.ts";
import type { CloudNativePg } from "./cnpg.ts";
import type { Kubernetes } from "./kubernetes.ts";
import { createPostgresCluster, scheduledBackup, type BackupWay, type PostgresCluster } from "./postgres-cluster.ts";
import { holdBackups, killSender, releaseBackups, signalArchiver } from "./postgres-processes.ts";
import type { S3 } from "./s3.ts";
import { createScheduleDesk, type ScheduleDesk } from "./schedule-desk.ts";

export interface DamageableParts {
  readonly kubernetes: Kubernetes;
  readonly cnpg: CloudNativePg;
  readonly s3: S3;
}

export const bucket = "backups";

export interface RealDamageable extends Damageable {
  readonly cluster: PostgresCluster;
}

/** What an in-tree cluster cannot suffer. */
const ofPlugin: ReadonlySet<DamageName> = new Set([
  "object store deleted",
  "plugin stopped",
  "plugin uninstalled",
  "operator restarted without the plugin",
  "schedule of the wrong method",
]);

/** Makes the cluster, its daily schedule and the first base backup. The parts are the caller's to stop. */
export async function openRealDamageable(parts: DamageableParts, way: BackupWay = "plugin"): Promise<RealDamageable> {
  const { kubernetes, s3 } = parts;
  await s3.createBucket(bucket);
  const cluster = await createPostgresCluster(kubernetes, { way, namespace: "databases", name: "good-pg", s3, bucket });
  const schedule = `${cluster.name}-daily`;
  await cluster.switchWal();
  await cluster.apply(scheduledBackup(schedule, cluster.name, cluster.way));
  const desk = createScheduleDesk(cluster, schedule);
  await desk.waitCompleted();
  const acts = actsOn(parts, cluster, desk);
  return {
    kubeconfigPath: kubernetes.kubeconfigPath,
    namespace: cluster.namespace,
    clusterName: cluster.name,
    cluster,
    damages: damageNames.filter((name) => way === "plugin" || !ofPlugin.has(name)).map((name): Damage => ({ name, ...acts[name] })),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

type Act = Pick<Damage, "inflict" | "repair">;

function actsOn({ cnpg, s3 }: DamageableParts, cluster: PostgresCluster, desk: ScheduleDesk): Readonly<Record<DamageName, Act>> {
  const { kubectl } = cluster;
  /** Until a base backup of the schedule has been tried, which may never end. */
  const fire = async (): Promise<void> => {
    await desk.fire();
    await desk.waitEnded(15_000);
  };
  /** And until archiving is said to fail, which it is not when it hangs. */
  const letItShow = async (): Promise<void> => {
    await cluster.switchWal({ wait: false });
    await desk.fire();
    // Each of these does end, however busy the machine is.
    await desk.waitEnded(90_000);
    await cluster.waitArchiving("False", 30_000).catch(() => undefined);
  };
  const recover = async (): Promise<void> => {
    await cluster.waitHealthy();
    await desk.removeUnfinished();
    await cluster.switchWal();
    await cluster.waitArchiving("True", 120_000);
    await desk.fire();
    await desk.waitCompleted();
  };
  const act = (damage: () => Promise<unknown> | void, repair: () => Promise<unknown> | void, show = letItShow): Act => ({
    inflict: async () => {
      await damage();
      await show();
    },
    repair: async () => {
      await repair();
      await recover();
    },
  });
  const nothing = async (): Promise<void> => undefined;
  const kept = new Map<string, string>();
  /** Deletes an object and keeps what is needed to make it again. */
  const takeAway = async (name: string): Promise<void> => {
    kept.set(name, await kubectl("get", name, "-o", "json"));
    await kubectl("delete", name, "--wait=false");
  };
  const putBack = async (name: string): Promise<void> => cluster.restore(kept.get(name) ?? "");
  const store = `objectstore/${cluster.name}-store`;
  const secret = `secret/${cluster.name}-s3`;

  return {
    "wrong secret key": act(
      async () => cluster.setKey({ ...s3.key, secret: "not-this-one" }),
      async () => cluster.setKey(s3.key),
    ),
    "wrong key id": act(
      async () => cluster.setKey({ ...s3.key, id: "nobody" }),
      async () => cluster.setKey(s3.key),
    ),
    "key withdrawn": act(
      async () => s3.acceptOnly(),
      async () => s3.acceptOnly(s3.key),
    ),
    "credentials deleted": act(
      async () => takeAway(secret),
      async () => putBack(secret),
    ),
    "store down": act(s3.stop, s3.start),
    "store hangs": act(s3.hang, s3.goOn, async () => {
      await cluster.switchWal({ wait: false });
      await fire();
    }),
    "bucket gone": act(
      async () => s3.dropBucket(bucket),
      async () => s3.createBucket(bucket),
    ),
    "object store deleted": act(
      async () => takeAway(store),
      async () => putBack(store),
    ),
    "plugin stopped": act(cnpg.stopPlugin, cnpg.startPlugin, fire),
    "plugin uninstalled": act(cnpg.uninstallPlugin, cnpg.installPlugin, fire),
    "operator restarted without the plugin": act(
      async () => {
        await cnpg.uninstallPlugin();
        await cnpg.stopOperator();
        await cnpg.startOperator();
      },
      cnpg.installPlugin,
      fire,
    ),
    "operator stopped": act(cnpg.stopOperator, cnpg.startOperator, nothing),
    "archiver stopped": act(
      async () => signalArchiver(cluster, "STOP"),
      async () => signalArchiver(cluster, "CONT"),
      async () => cluster.switchWal({ wait: false }),
    ),
    "primary killed during a backup": act(
      async () => {
        const held = holdBackups(cluster);
        await desk.fire();
        await held;
        // Of the containers of a pod that is killed, the one that sends may be the first or the last to go. When it is the last, nobody is left to say that the
        // backup failed, the operator begins it anew (`isValidBackupRunning` of its backup controller, 1.28), and nothing is wrong in the end.
        await killSender();
        await desk.waitEnded(60_000);
        await kubectl("delete", "pod", "-l", "cnpg.io/instanceRole=primary", "--grace-period=0", "--force");
      },
      nothing,
      async () => cluster.waitHealthy(),
    ),
    "schedule suspended": act(
      async () => desk.patch({ suspend: true }),
      async () => desk.patch({ suspend: false }),
      nothing,
    ),
    "schedule of five fields": act(
      async () => desk.patch({ schedule: "0 3 * * *" }),
      async () => desk.patch({ schedule: "0 0 3 * * *" }),
      nothing,
    ),
    "schedule of the wrong method": act(
      async () => desk.patch({ method: "barmanObjectStore", pluginConfiguration: null }),
      async () => desk.patch(desk.method),
      fire,
    ),
    "backup stuck": act(
      async () => {
        const held = holdBackups(cluster);
        await desk.fire();
        await held;
      },
      async () => releaseBackups(cluster),
      nothing,
    ),
  };
}
