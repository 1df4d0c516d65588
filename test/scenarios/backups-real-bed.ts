/** The real world with a PostgreSQL cluster: Synapse, Kubernetes, CloudNativePG with its plugin, an object store. The bot has the rights of the files under `deploy/`. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { openCluster } from "../../src/kubernetes/open.ts";
import { bucket, openRealDamageable } from "../bed/backup-damage.ts";
import { openHomeserver } from "../bed/borrowed.ts";
import { installCloudNativePg } from "../bed/cnpg.ts";
import { startKubernetes, type Kubernetes } from "../bed/kubernetes.ts";
import { hostAddress } from "../bed/node-config.ts";
import { createPostgresCluster, secretName, type PostgresCluster } from "../bed/postgres-cluster.ts";
import { startS3 } from "../bed/s3.ts";
import { writeServiceAccountKubeconfig } from "../bed/service-account.ts";
import type { ContractObjects } from "../contract/cluster-contract-objects.ts";
import { lookAt } from "../support/backup-verdicts.ts";
import { person } from "../support/person.ts";
import type { BackupsBed } from "./backups-bed.ts";

const minute = 60_000;
const place = "opsroom-drill";
const soak = process.env["OPSROOM_SOAK"] === "1";

export interface RealBackupsBed extends BackupsBed, AsyncDisposable {
  /** For what is asked of the API server itself, with credentials that may do anything. */
  readonly objects: Omit<ContractObjects, "close">;
}

export async function openRealBackupsBed(): Promise<RealBackupsBed> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "opsroom-real-backups-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [synapse, kubernetes] = await Promise.all([
    openHomeserver({ dir: join(folder, "synapse"), rateLimits: "raised" }).then((opened) => stack.use(opened)),
    startKubernetes().then((started) => stack.use(started)),
  ]);
  const cnpg = await installCloudNativePg(kubernetes, { plugin: true });
  const s3 = stack.use(await startS3({ address: hostAddress }));
  const damageable = stack.use(await openRealDamageable({ kubernetes, cnpg, s3 }));
  const { namespace, clusterName: name, cluster } = damageable;
  await fill(cluster);
  const kubeconfig = join(folder, "kubeconfig");
  await writeServiceAccountKubeconfig(kubernetes, { namespace: "opsroom", name: "opsroom" }, kubeconfig);
  await giveRights(kubernetes, namespace, name);
  const metrics = { apiFailure: () => undefined };
  const access = stack.use(
    await openCluster(
      { name: "prod", access: { kind: "kubeconfig", file: kubernetes.kubeconfigPath, context: undefined } },
      { clock: systemClock, random: Math.random, metrics },
    ),
  );
  const look = async (laterMs: number, asksStores: boolean) => lookAt({ access, namespace, clusterName: name, now: () => Date.now() + laterMs, asksStores });
  const releases = stack.move();
  return {
    world: {
      homeserverUrl: synapse.baseUrl,
      folder,
      newAccount: (localpart) => synapse.registerUser(localpart),
      newPerson: async (localpart) => person(synapse.baseUrl, await synapse.registerUser(localpart)),
      cluster: { kubeconfig, context: "bed" },
    },
    database: { namespace, name },
    objects: { kubeconfig: kubernetes.kubeconfigPath, namespace: place, cnpg: true, shell: { namespace, pod: `${name}-1`, container: "postgres" } },
    trapped: undefined,
    settings: {
      askPrimaries: true,
      askStores: true,
      drill: {
        namespace: place,
        deadline: "8m",
        memory: "384Mi",
        cpu: "200m",
        queries: [{ name: "proof", database: "postgres", sql: "SELECT count(*) FROM proof", expect: "equal" }],
      },
    },
    restorable: async () => {
      const old = await createPostgresCluster(kubernetes, { namespace, s3, bucket, way: "in-tree", name: "old-pg" });
      await fill(old);
      await old.takeBackup("first");
      return [name, old.name];
    },
    patience: { backup: 2 * minute, drill: 8 * minute },
    tellsWhatWasLost: true,
    // Each costs a restart of the bot, and a drill in which it happens lasts two minutes: all of them with `npm run soak`.
    kills: { times: soak ? 20 : 5, withinMs: 15_000 },
    breakSchedule: async () => void (await cluster.kubectl("patch", `scheduledbackup/${name}-daily`, "--type=merge", "-p", cron("0 3 * * *"))),
    mendSchedule: async () => void (await cluster.kubectl("patch", `scheduledbackup/${name}-daily`, "--type=merge", "-p", cron("0 0 3 * * *"))),
    leftovers: async () => leftoversIn(kubernetes),
    openTable: async () => ({
      damages: damageable.damages,
      look: async (laterMs) => look(laterMs, false),
      lookAndAsk: async () => look(0, true),
      turnsOkWithinMs: 2 * minute,
      [Symbol.asyncDispose]: async () => undefined,
    }),
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}

async function fill(cluster: PostgresCluster): Promise<void> {
  await cluster.psql("create table proof as select generate_series(1, 1500) as n");
  await cluster.switchWal();
}

const cron = (schedule: string): string => JSON.stringify({ spec: { schedule } });

/** The files as they are, with the names of this cluster in the place of the examples'. */
async function giveRights({ kubectl }: Kubernetes, namespace: string, name: string): Promise<void> {
  for (const file of ["rbac.yaml", "optional/rbac-backup-look.yaml", "optional/rbac-backup-run.yaml", "optional/rbac-drill.yaml"]) {
    const text = await readFile(`deploy/${file}`, "utf8");
    const named = text
      .replaceAll("namespace: cnpg\n", `namespace: ${namespace}\n`)
      .replaceAll("change-me-backup-credentials", `${secretName(name)}, ${secretName("old-pg")}`);
    await kubectl(["apply", "-f", "-"], { stdin: named });
  }
}

/** Of every kind that a drill or the operator makes. */
async function leftoversIn({ kubectl }: Kubernetes): Promise<readonly string[]> {
  const kinds =
    "clusters.postgresql.cnpg.io,objectstores.barmancloud.cnpg.io,secrets,persistentvolumeclaims,pods,jobs,services,poddisruptionbudgets,roles,rolebindings";
  const names = (await kubectl(["-n", place, "get", kinds, "-o", "name"])).trim().split("\n");
  return names.filter((each) => each !== "" && !each.includes("/opsroom-drill-"));
}
