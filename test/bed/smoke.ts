/** `node test/bed/smoke.ts`: starts every part of the test bed for real, uses it, stops it, and looks that nothing is left. */
import { join } from "node:path";
import * as z from "zod";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { startAlertmanagerPair } from "./alertmanager.ts";
import { startKubernetes } from "./kubernetes.ts";
import { startKwokCluster } from "./kwok.ts";
import { bedDir, makeRunDir, removeRunDir } from "./paths.ts";
import { oomPod, podManifest } from "./pods.ts";
import { checkTestBed } from "./preflight.ts";
import { run, waitFor } from "./process.ts";
import { figureRule, startPrometheus, watchdogRule } from "./prometheus.ts";
import { writeServiceAccountKubeconfig } from "./service-account.ts";
import { call, startSynapse } from "./synapse.ts";

const MiB = 2 ** 20;

/** Runs one step and prints how long it took. */
async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name}`);
  return result;
}

async function trySynapse(dir: string): Promise<void> {
  await using synapse = await step("Synapse started", async () => startSynapse({ dir, rateLimits: "default" }));
  const user = await step("an account with a device", async () => synapse.registerUser("nadia", { admin: true }));
  const rooms = `${synapse.baseUrl}/_matrix/client/v3`;
  await step("a room and a message", async () => {
    const { room_id } = z.object({ room_id: z.string() }).parse(await call("POST", `${rooms}/createRoom`, {}, user.accessToken));
    await call("PUT", `${rooms}/rooms/${encodeURIComponent(room_id)}/send/m.room.message/1`, { msgtype: "m.text", body: "!status" }, user.accessToken);
  });
  await step("killed, started again, the account still valid", async () => {
    await synapse.kill();
    await synapse.start();
    await call("GET", `${rooms}/account/whoami`, undefined, user.accessToken);
  });
}

async function tryKubernetes(dir: string): Promise<void> {
  await using cluster = await step("Kubernetes started, its node ready, node metrics", startKubernetes);
  const { kubectl } = cluster;
  const create = async (pod: object): Promise<string> => kubectl(["create", "-f", "-"], { stdin: JSON.stringify(pod) });
  await step("a pod that runs", async () => {
    await create(podManifest({ name: "synapse", labels: { "app.kubernetes.io/name": "synapse" }, memoryBytes: 100 * MiB, memoryLimitBytes: 200 * MiB }));
    await kubectl(["wait", "--for=condition=Ready", "pod/synapse", "--timeout=60s"]);
  });
  await step("a pod killed for its memory", async () => {
    await create(oomPod({ name: "greedy" }));
    const reason = "{.status.containerStatuses[0].lastState.terminated.reason}";
    await kubectl(["wait", `--for=jsonpath=${reason}=OOMKilled`, "pod/greedy", "--timeout=60s"]);
  });
  await step("pod metrics", async () =>
    waitFor("pod metrics", 60_000, [], async () => {
      const answer: unknown = JSON.parse(await kubectl(["get", "--raw", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/synapse"]));
      const { containers } = z.object({ containers: z.array(z.object({ usage: z.object({ memory: z.string() }) })).min(1) }).parse(answer);
      return containers[0]?.usage.memory;
    }),
  );
  await step("a service account without rights is refused", async () => {
    const file = join(dir, "bot.kubeconfig");
    await writeServiceAccountKubeconfig(cluster, { namespace: "opsroom", name: "bot" }, file);
    const refusal = await kubectl(["--kubeconfig", file, "get", "nodes"]).catch(String);
    if (!refusal.includes("Forbidden")) throw new Error(`not refused: ${refusal}`);
  });
  await step("API server down and back", async () => {
    await cluster.stopApiServer();
    await cluster.startApiServer();
  });
  await step("node gone", cluster.stopNode);
  await step("node back", cluster.startNode);
  await step("Kubernetes stopped", cluster.stop);
}

async function tryAlerts(): Promise<void> {
  await using webhook = await startWebhookReceiver();
  const [first, second] = await step("two Alertmanagers that know each other", async () => startAlertmanagerPair({ webhook: { url: webhook.url } }));
  await using stack = new AsyncDisposableStack();
  stack.use(first);
  stack.use(second);
  const rules = [figureRule("BedFull", "critical"), watchdogRule];
  const prometheus = stack.use(
    await step("Prometheus, its rules and a scrape", async () => startPrometheus({ alertmanagers: [first.baseUrl, second.baseUrl], rules })),
  );
  await step("the watchdog told", async () => webhook.waitFor("Watchdog", 1));
  await step("an alert from a figure", async () => {
    prometheus.set("BedFull", 1, { instance: "a" });
    await webhook.waitFor("BedFull", 1);
  });
  await step("Alertmanager killed; the other tells the end", async () => {
    await first.kill();
    prometheus.set("BedFull", 0, { instance: "a" });
    // What the first had told but not yet passed on, the second tells again.
    await waitFor("the alert's end", 40_000, [], async () => webhook.told("BedFull").find((told) => told.body.status === "resolved"));
  });
  await step("Alertmanager back with its data", first.start);
}

async function tryKwok(nodes: number, pods: number): Promise<void> {
  await using cluster = await step(`kwok with ${nodes} nodes and ${pods} pods, metrics for all`, async () => startKwokCluster({ nodes, pods }));
  await step("kubectl top node", async () => cluster.kubectl(["top", "node"]));
  await step("kwok stopped", cluster.stop);
}

checkTestBed();
const [nodes = 50, pods = 500] = process.argv.slice(2).map(Number);
const dir = makeRunDir("smoke");
try {
  await tryKubernetes(dir);
  await tryKwok(nodes, pods);
  await trySynapse(dir);
  await tryAlerts();
} finally {
  removeRunDir(dir);
}
console.log(await step("looked for leftovers", async () => run("bash", [join(bedDir, "down.sh"), "--check"])));
