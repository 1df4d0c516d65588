/** The real world: Synapse, and Kubernetes with kubelet and metrics-server. Brought up once for all scenarios. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openCluster, openHomeserver } from "../bed/borrowed.ts";
import type { Cluster, Kubernetes } from "../bed/kubernetes.ts";
import { answerFederation } from "../../src/sandbox/federation.ts";
import { oomPod, podManifest } from "../bed/pods.ts";
import { writeServiceAccountKubeconfig } from "../bed/service-account.ts";
import { person } from "../support/person.ts";
import type { Bed, BedCluster } from "./bed.ts";
import { borrowed, homeserverOf, outageMs } from "./borrowed-homeserver.ts";

const namespace = "matrix-roglog";
const labels = { "app.kubernetes.io/name": "matrix", "app.kubernetes.io/instance": "chat" };
const MiB = 2 ** 20;

export interface RealBed extends Bed, AsyncDisposable {
  /** Credentials that may do anything: what is asked with these is asked of the API server, not of the roles. */
  readonly adminKubeconfig: string;
}

export async function openRealBed(): Promise<RealBed> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "opsroom-real-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const synapse = stack.use(await openHomeserver({ dir: join(folder, "synapse"), rateLimits: "raised" }));
  const kubernetes = stack.use(await openCluster());
  const federation = stack.use(await answerFederation("1.150.0"));
  const cluster = await furnish(kubernetes, folder, federation.address);
  const releases = stack.move();
  return {
    kind: "real",
    scale: {
      backlog: { messages: 5000, commands: 20 },
      kills: { times: 200, commands: 300 },
      outageMs,
    },
    homeserverUrl: synapse.baseUrl,
    serverName: synapse.serverName,
    folder,
    newAccount: (localpart) => synapse.registerUser(localpart),
    newPerson: async (localpart) => person(synapse.baseUrl, await synapse.registerUser(localpart)),
    homeserver: homeserverOf(synapse),
    cluster,
    adminKubeconfig: kubernetes.kubeconfigPath,
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}

/** A Synapse-like pod as the older chart labels it, and credentials that may do what deploy/rbac.yaml says and no more. */
async function furnish(kubernetes: Cluster | Kubernetes, folder: string, federation: string): Promise<BedCluster> {
  const { kubectl } = kubernetes;
  const apply = async (object: object): Promise<void> => {
    await kubectl(["apply", "-f", "-"], { stdin: JSON.stringify(object) });
  };
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const kubeconfig = join(folder, "kubeconfig");
  await writeServiceAccountKubeconfig(kubernetes, { namespace: "opsroom", name: "opsroom" }, kubeconfig);
  const rbac = await readFile("deploy/rbac.yaml", "utf8");
  await kubectl(["apply", "-f", "-"], { stdin: rbac });
  await apply(
    podManifest({
      name: "chat-matrix",
      namespace,
      labels,
      containerName: "matrix",
      memoryBytes: 134 * MiB,
      memoryLimitBytes: 512 * MiB,
      memoryRequestBytes: 64 * MiB,
    }),
  );
  await kubectl(["wait", "--for=condition=Ready", "pod/chat-matrix", "-n", namespace, "--timeout=60s"]);
  await apply(podManifest({ name: "bystander", namespace: "opsroom", labels: { app: "bystander" }, memoryBytes: 8 * MiB }));
  await untilAnswered(() => kubectl(["get", "--raw", `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`]), "chat-matrix");
  const node = (await kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"])).trim();
  const own = "stopApiServer" in kubernetes ? kubernetes : undefined;
  const listPods = (): Promise<string> => kubectl(["get", "pods", "-A", "-o", "name", "--as=system:serviceaccount:opsroom:opsroom"]);
  return {
    kubeconfig,
    context: "bed",
    homeserver: { name: "roglog", serverName: "roglog.test", namespace, shape: "matrix-chart", address: federation },
    node,
    apiDown: own?.stopApiServer ?? borrowed,
    apiUp: own?.startApiServer ?? borrowed,
    forbidPods: async () => {
      await kubectl(["apply", "-f", "-"], { stdin: rbac.replace("[nodes, pods, services]", "[nodes, services]") });
      await untilAnswered(listPods, "orbidden");
    },
    allowPods: async () => {
      await kubectl(["apply", "-f", "-"], { stdin: rbac });
      await untilAnswered(listPods, "pod/");
    },
    loseNode: async () => {
      await (own?.stopNode ?? borrowed)();
      return node;
    },
    findNode: own?.startNode ?? borrowed,
    killByMemory: async () => {
      await apply(oomPod({ name: "chat-matrix-worker", namespace, labels, containerName: "matrix" }));
      await untilAnswered(
        () => kubectl(["get", "pod", "chat-matrix-worker", "-n", namespace, "-o", "jsonpath={.status.containerStatuses[0].lastState.terminated.reason}"]),
        "OOMKilled",
      );
    },
  };
}

/** A refusal is an answer too. */
async function untilAnswered(ask: () => Promise<string>, wanted: string): Promise<void> {
  for (let tries = 0; tries < 120; tries += 1) {
    const answer = await ask().catch((error: unknown) => String(error));
    if (answer.includes(wanted)) return;
    await delay(500);
  }
  throw new Error(`never became ${wanted}`);
}
