/**
 * `node test/bed/observe-damages.ts FOLDER plugin|in-tree [NAME …]`: does each damage of the table to a real cluster, writes what its objects look
 * like then and after the repair, and prints how long each took. For whoever changes what is said of them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRealDamageable } from "./backup-damage.ts";
import { installCloudNativePg } from "./cnpg.ts";
import { startKubernetes } from "./kubernetes.ts";
import { hostAddress } from "./node-config.ts";
import { observeCluster } from "./observe-cluster.ts";
import { startS3 } from "./s3.ts";

const [folder = "observed", way = "plugin", ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const began = performance.now();
const say = (text: string): void => console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${text}`);

await using kubernetes = await startKubernetes();
say("Kubernetes");
const cnpg = await installCloudNativePg(kubernetes, { plugin: true });
say("CloudNativePG");
await using s3 = await startS3({ address: hostAddress });
await using damageable = await openRealDamageable({ kubernetes, cnpg, s3 }, way === "in-tree" ? way : "plugin");
say("a cluster that is well");

const write = async (file: string): Promise<void> => {
  writeFileSync(join(folder, `${file.replaceAll(" ", "-")}.json`), JSON.stringify(await observeCluster(damageable.cluster), undefined, 2));
};
await write("well");
for (const { name, inflict, repair } of damageable.damages) {
  if (names.length > 0 && !names.includes(name)) continue;
  for (const [what, work] of Object.entries({ inflict, repair })) {
    const result = await work().then(() => "done", String);
    say(`${name}: ${what} ${result}`);
    await write(what === "inflict" ? name : `${name} repaired`);
  }
}
