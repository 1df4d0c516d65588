import { describe, expect, test } from "vitest";
import { field, listOf } from "../../../../../src/kubernetes/json.ts";
import { kinds, type Kind } from "../../../../../src/sandbox/cluster/kinds.ts";
import { openEmbeddedDamageable, type EmbeddedDamageable } from "../../../../support/embedded-backup-damage.ts";
import { ask } from "../../../../support/raw-api.ts";

const hourMs = 3_600_000;
const api = "/apis/postgresql.cnpg.io/v1/namespaces";

async function find(bed: EmbeddedDamageable, path: string): Promise<unknown> {
  return (await ask(bed.api, "GET", path)).body;
}
/** The oldest first. */
function all(bed: EmbeddedDamageable, kind: Kind, namespace: string) {
  const age = (each: { readonly metadata: { readonly creationTimestamp: string } }): number => Date.parse(each.metadata.creationTimestamp);
  return bed.api.world.objects
    .all(kind)
    .filter((each) => each.metadata.namespace === namespace)
    .toSorted((a, b) => age(a) - age(b));
}
const restore = (from: object) => ({
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata: { name: "drill", labels: { "opsroom.dev/run": "r1" } },
  spec: {
    instances: 1,
    storage: { size: "1Gi" },
    bootstrap: { recovery: { source: "origin" } },
    externalClusters: [{ name: "origin", plugin: { name: "barman-cloud.cloudnative-pg.io", parameters: from } }],
  },
});

/** What a drill copies. */
async function copyStore(bed: EmbeddedDamageable): Promise<void> {
  for (const [path, name] of [
    ["/api/v1/namespaces/{}/secrets", "good-pg-backup"],
    ["/apis/barmancloud.cnpg.io/v1/namespaces/{}/objectstores", "good-pg-store"],
  ] as const) {
    const there = await find(bed, `${path.replace("{}", "databases")}/${name}`);
    const copy = Object.fromEntries(["apiVersion", "kind", "data", "spec", "type"].map((part) => [part, field(there, part)]));
    expect(await ask(bed.api, "POST", path.replace("{}", "opsroom-drill"), { ...copy, metadata: { name } })).toMatchObject({ status: 201 });
  }
}

describe("the embedded operator", () => {
  test("takes a plugin backup from an empty phase over started to completed, and moves the recovery window", async () => {
    await using bed = await openEmbeddedDamageable();
    const body = {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Backup",
      metadata: { name: "now" },
      spec: { cluster: { name: "good-pg" }, method: "plugin", pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" } },
    };
    await ask(bed.api, "POST", `${api}/databases/backups`, body);
    const seen: unknown[] = [];
    for (const waitMs of [0, 1000, 5000, 10_000]) {
      bed.pass(waitMs);
      seen.push(field(field(await find(bed, `${api}/databases/backups/now`), "status"), "phase"));
    }
    expect(seen).toEqual([undefined, "started", "started", "completed"]);
    expect(await find(bed, `${api}/databases/backups/now`)).toMatchObject({
      status: {
        method: "plugin",
        backupId: expect.any(String),
        startedAt: "2026-06-12T09:00:01Z",
        stoppedAt: "2026-06-12T09:00:13Z",
        instanceID: { podName: "good-pg-2" },
      },
    });
    expect(await find(bed, "/apis/barmancloud.cnpg.io/v1/namespaces/databases/objectstores/good-pg-store")).toMatchObject({
      status: { serverRecoveryWindow: { "good-pg": { firstRecoverabilityPoint: "2026-05-30T03:00:48Z", lastSuccessfulBackupTime: "2026-06-12T09:00:13Z" } } },
    });
  });

  test("fires a schedule of six fields daily; retention takes the oldest, and its Backup object", async () => {
    await using bed = await openEmbeddedDamageable();
    expect(all(bed, kinds.backup, "databases")).toHaveLength(14);
    bed.pass(3 * 24 * hourMs);
    const names = all(bed, kinds.backup, "databases").map((each) => each.metadata.name);
    expect(names.at(-1)).toBe("good-pg-daily-20260615030000");
    expect(names[0]).toBe("good-pg-daily-20260531030000");
    expect(await find(bed, `${api}/databases/scheduledbackups/good-pg-daily`)).toMatchObject({
      status: { lastScheduleTime: "2026-06-15T03:00:00Z", nextScheduleTime: "2026-06-16T03:00:00Z" },
    });
  });

  test("fires the plan's schedule of five fields each hour at minute 3, and each Backup fails for want of a section", async () => {
    await using bed = await openEmbeddedDamageable();
    const before = all(bed, kinds.backup, "cnpg").length;
    bed.pass(5 * hourMs);
    const now = all(bed, kinds.backup, "cnpg");
    expect(now.length - before).toBe(5);
    expect(now.at(-1)).toMatchObject({
      metadata: { name: "shared-pg-daily-20260612130300", ownerReferences: [{ kind: "ScheduledBackup", name: "shared-pg-daily" }] },
      status: { phase: "failed", method: "barmanObjectStore", error: "cannot proceed with the backup as the cluster has no backup section" },
    });
    expect(await find(bed, `${api}/cnpg/clusters/shared-pg`)).toMatchObject({
      status: { phase: "Cluster in healthy state", conditions: expect.arrayContaining([expect.objectContaining({ reason: "LastBackupFailed" })]) },
    });
  });

  test("restores into a new Cluster in another namespace, and leaves nothing when that is deleted", async () => {
    await using bed = await openEmbeddedDamageable();
    await copyStore(bed);
    await ask(bed.api, "POST", `${api}/opsroom-drill/clusters`, restore({ barmanObjectName: "good-pg-store", serverName: "good-pg" }));
    bed.pass(5000);
    expect(await find(bed, `${api}/opsroom-drill/clusters/drill`)).toMatchObject({ status: { phase: "Setting up primary" } });
    bed.pass(60_000);
    expect(await find(bed, `${api}/opsroom-drill/clusters/drill`)).toMatchObject({
      status: { phase: "Cluster in healthy state", readyInstances: 1, currentPrimary: "drill-1", conditions: [{ type: "Ready", status: "True" }] },
    });
    expect(await find(bed, "/api/v1/namespaces/opsroom-drill/pods")).toMatchObject({
      items: [{ metadata: { name: "drill-1", labels: { "cnpg.io/instanceRole": "primary" } }, status: { phase: "Running" } }],
    });
    await ask(bed.api, "DELETE", `${api}/opsroom-drill/clusters/drill`);
    expect(await find(bed, "/api/v1/namespaces/opsroom-drill/pods")).toMatchObject({ items: [] });
    expect(await find(bed, "/api/v1/namespaces/opsroom-drill/persistentvolumeclaims")).toMatchObject({ items: [] });
  });

  test.each([
    ["the ObjectStore is not there", { barmanObjectName: "none", serverName: "good-pg" }],
    ["no backup of that server is in the store", { barmanObjectName: "good-pg-store", serverName: "another" }],
  ])("never becomes ready with a restore when %s", async (_, from) => {
    await using bed = await openEmbeddedDamageable();
    await copyStore(bed);
    await ask(bed.api, "POST", `${api}/opsroom-drill/clusters`, restore(from));
    bed.pass(24 * hourMs);
    expect(await find(bed, `${api}/opsroom-drill/clusters/drill`)).not.toMatchObject({ status: { phase: "Cluster in healthy state" } });
  });

  test("makes a deleted primary again, with the standby in its place", async () => {
    await using bed = await openEmbeddedDamageable();
    await ask(bed.api, "DELETE", "/api/v1/namespaces/databases/pods/good-pg-1");
    bed.pass(60_000);
    expect(await find(bed, `${api}/databases/clusters/good-pg`)).toMatchObject({
      status: { currentPrimary: "good-pg-2", readyInstances: 2, phase: "Cluster in healthy state" },
    });
  });
});

describe("the archiver of a primary", () => {
  test("has sent a WAL file within five minutes, unless its command hangs or fails, which only the second tells", async () => {
    await using bed = await openEmbeddedDamageable();
    const { cnpg } = bed.api.world;
    const archiver = () => cnpg?.archiver("databases", "good-pg");
    expect(archiver()).toMatchObject({ lastArchivedAt: Date.UTC(2026, 5, 12, 9), lastFailedAt: undefined, waiting: 0 });
    cnpg?.setArchiverHangs("databases", "good-pg", true);
    bed.pass(hourMs);
    expect(archiver()).toMatchObject({ lastArchivedAt: Date.UTC(2026, 5, 12, 9), lastFailedAt: undefined, waiting: 12 });
    cnpg?.setArchiverHangs("databases", "good-pg", false);
    expect(archiver()).toMatchObject({ lastArchivedAt: Date.UTC(2026, 5, 12, 10), waiting: 0 });
    cnpg?.setStore("unreachable");
    bed.pass(hourMs);
    expect(archiver()).toMatchObject({ lastArchivedAt: Date.UTC(2026, 5, 12, 10), lastFailedAt: bed.clock.now() - 60_000, waiting: 12 });
    expect(cnpg?.archiver("cnpg", "shared-pg")).toBeUndefined();
  });
});

describe("a damage shows in the objects as on the real operator", () => {
  const shown = async (name: string) => {
    await using bed = await openEmbeddedDamageable();
    const damage = bed.damages.find((each) => each.name === name);
    await damage?.inflict();
    const last = all(bed, kinds.backup, "databases").at(-1);
    const cluster = field(await find(bed, `${api}/databases/clusters/good-pg`), "status");
    const archiving = listOf(field(cluster, "conditions")).find((each) => field(each, "type") === "ContinuousArchiving");
    const inflicted = [field(last?.["status"], "phase"), field(last?.["status"], "error"), field(archiving, "status")];
    await damage?.repair();
    const after = all(bed, kinds.backup, "databases").at(-1)?.["status"];
    const healed = field(await find(bed, `${api}/databases/clusters/good-pg`), "status");
    expect([name, field(after, "phase"), listOf(field(healed, "conditions")).every((each) => field(each, "status") === "True")]).toEqual([
      name,
      "completed",
      true,
    ]);
    return inflicted;
  };
  const failure = "rpc error: code = Unknown desc = exit status 1";

  test.each<readonly [string, string | undefined, string | undefined, string]>([
    ["wrong secret key", "failed", failure, "False"],
    ["wrong key id", "failed", failure, "False"],
    ["key withdrawn", "failed", failure, "False"],
    ["credentials deleted", "failed", 'rpc error: code = Unknown desc = while getting secret good-pg-backup: secrets "good-pg-backup" not found', "False"],
    ["store down", "failed", failure, "False"],
    ["store hangs", "started", undefined, "True"],
    ["bucket gone", "failed", failure, "False"],
    ["plugin stopped", undefined, undefined, "True"],
    ["plugin uninstalled", undefined, undefined, "True"],
    ["operator restarted without the plugin", undefined, undefined, "True"],
    ["archiver stopped", "completed", undefined, "True"],
    ["primary killed during a backup", "failed", "rpc error: code = Unavailable desc = error reading from server: EOF", "True"],
    ["schedule of the wrong method", "failed", "cannot proceed with the backup as the cluster has no backup section", "True"],
    ["backup stuck", "started", undefined, "True"],
  ])("%s", async (name, phase, error, archiving) => {
    expect(await shown(name)).toEqual([phase, error, archiving]);
  });
});
