/** `node test/bed/cnpg-smoke.ts`: clusters with the plugin and in-tree, a base backup of each, and a restore into another namespace. */
import { join } from "node:path";
import { installCloudNativePg } from "./cnpg.ts";
import { startKubernetes } from "./kubernetes.ts";
import { hostAddress } from "./node-config.ts";
import { bedDir } from "./paths.ts";
import { createPostgresCluster, objectStoreName, openPostgresCluster, restoredObject, secretName } from "./postgres-cluster.ts";
import { run, waitFor } from "./process.ts";
import { startS3 } from "./s3.ts";

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name}`);
  return result;
}

async function main(): Promise<void> {
  await using kubernetes = await step("Kubernetes", startKubernetes);
  await step("CloudNativePG and the plugin installed", async () => installCloudNativePg(kubernetes, { plugin: true }));
  await using s3 = await step("S3", async () => startS3({ address: hostAddress }));
  await s3.createBucket("backups");
  const at = { namespace: "databases", s3, bucket: "backups" };
  const shared = await step("a cluster with the plugin, healthy", async () => createPostgresCluster(kubernetes, { ...at, way: "plugin", name: "shared-pg" }));
  await step("its WAL archived", async () => shared.switchWal());
  await step("its base backup completed", async () => shared.takeBackup("first"));
  await step("its recovery window filled", async () =>
    waitFor(
      "a recovery window",
      60_000,
      [],
      async () => (await shared.kubectl("get", "objectstore", "-o", "jsonpath={..firstRecoverabilityPoint}")) || undefined,
    ),
  );
  const old = await step("a cluster in-tree, healthy", async () => createPostgresCluster(kubernetes, { ...at, way: "in-tree", name: "old-pg" }));
  await step("its base backup completed", async () => old.takeBackup("second"));
  await step("rows after the base backup archived", async () => {
    await shared.psql("create table proof as select generate_series(1, 1000) as n");
    await shared.switchWal();
  });
  const restored = openPostgresCluster(kubernetes, { namespace: "drill", name: "restored", way: "plugin" });
  await step("restored into another namespace, healthy", async () => {
    await kubernetes.kubectl(["create", "namespace", "drill"]);
    for (const object of [`secret/${secretName(shared.name)}`, `objectstore/${objectStoreName(shared.name)}`]) {
      await restored.restore(await shared.kubectl("get", object, "-o", "json"));
    }
    await restored.apply(restoredObject("restored", shared.name));
    await restored.waitHealthy();
  });
  const rows = await restored.psql("select count(*) from proof");
  if (rows !== "1000") throw new Error(`restored ${rows} rows of 1000`);
  console.log(`         objects in S3: ${(await s3.list("backups")).join(" ")}`);
  console.log(await run("free", ["-m"]));
}

const began = performance.now();
await main();
console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  all, and stopped`);
console.log(await step("looked for leftovers", async () => run("bash", [join(bedDir, "down.sh"), "--check"])));
