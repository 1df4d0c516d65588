/** The embedded world with the new cluster: its operator is quick, and one PostgreSQL server answers for the source and for what is restored from it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedCluster, type EmbeddedCluster } from "../../src/sandbox/cluster/cluster.ts";
import { askPostgres } from "../../src/sandbox/cluster/exec/postgres-server.ts";
import { psqlWith } from "../../src/sandbox/cluster/exec/psql.ts";
import { kinds } from "../../src/sandbox/cluster/kinds.ts";
import { drillNamespace, newFleet } from "../../src/sandbox/cluster/shared-database.ts";
import { sandboxDatabase } from "../../src/sandbox/database.ts";
import { startHomeserver } from "../../src/sandbox/homeserver/homeserver.ts";
import { person } from "../support/person.ts";
import { lookAt } from "../support/backup-verdicts.ts";
import { openEmbeddedDamageable } from "../support/embedded-backup-damage.ts";
import type { BackupsBed, DamageTable } from "./backups-bed.ts";

const database = { namespace: "databases", name: "good-pg" };
const times = { backup: 1500, bootstrap: 2000, instance: 500, archiving: 2000 };

export async function openEmbeddedBackupsBed(): Promise<BackupsBed & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "opsroom-backups-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const homeserver = stack.use(await startHomeserver({ serverName: "opsroom.test", limits: "none" }));
  const cluster = stack.use(await startEmbeddedCluster({ fleet: newFleet, folder, times }));
  const postgres = stack.use(sandboxDatabase(folder));
  cluster.world.onExec(psqlWith(askPostgres(postgres.clientFor)));
  const releases = stack.move();
  return {
    world: {
      homeserverUrl: homeserver.baseUrl,
      folder,
      newAccount: async (localpart) => homeserver.createUser(localpart),
      newPerson: async (localpart) => person(homeserver.baseUrl, homeserver.createUser(localpart)),
      cluster: { kubeconfig: cluster.kubeconfig, context: cluster.name },
    },
    database,
    trapped: "shared-pg",
    settings: { drill: { namespace: drillNamespace, deadline: "2m" } },
    restorable: async () => [database.name],
    patience: { backup: 30_000, drill: 60_000 },
    // One server answers for source and copy, and restores nothing.
    tellsWhatWasLost: false,
    kills: { times: 3, withinMs: 3000 },
    breakSchedule: async () => writeCron(cluster, "0 3 * * *"),
    mendSchedule: async () => writeCron(cluster, "0 0 3 * * *"),
    leftovers: async () => leftoversIn(cluster),
    openTable,
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}

function writeCron(cluster: EmbeddedCluster, schedule: string): void {
  cluster.world.cnpg?.edit(kinds.scheduledBackup, database.namespace, `${database.name}-daily`, (object) => ({
    ...object,
    spec: { ...(typeof object["spec"] === "object" ? object["spec"] : {}), schedule },
  }));
}

function leftoversIn({ world }: EmbeddedCluster): readonly string[] {
  const resources = [
    ["postgresql.cnpg.io", "clusters"],
    ["barmancloud.cnpg.io", "objectstores"],
    ["", "secrets"],
    ["", "persistentvolumeclaims"],
    ["", "pods"],
  ] as const;
  return resources.flatMap(([group, resource]) => {
    const list = world.list(group, "v1", resource);
    if (typeof list === "string") throw new Error(`${resource} cannot be listed: ${list}`);
    return list.entries.filter(({ namespace }) => namespace === drillNamespace).map(({ name }) => `${resource}/${name}`);
  });
}

async function openTable(): Promise<DamageTable> {
  const damageable = await openEmbeddedDamageable();
  const { api, cluster: access, clock, damages, namespace, clusterName } = damageable;
  api.world.onExec(async () => {
    const state = api.world.cnpg?.archiver(namespace, clusterName);
    const value = { archived: state?.lastArchivedAt ?? null, failed: state?.lastFailedAt ?? null, waiting: state?.waiting ?? 0 };
    return { exitCode: 0, output: `${JSON.stringify(value)}\n-- end of the answer --\n`, errors: "" };
  });
  return {
    damages,
    // Each damage lets the time pass that it takes to show.
    look: async () => lookAt({ access, namespace, clusterName, now: clock.now, asksStores: false }),
    lookAndAsk: undefined,
    turnsOkWithinMs: 5000,
    [Symbol.asyncDispose]: async () => damageable[Symbol.asyncDispose](),
  };
}
