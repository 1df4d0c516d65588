/** A real Kubernetes of one node: control plane, kubelet, containerd and metrics-server, in namespaces of its own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { everyKubeconfig, startControlPlane, type ControlPlane } from "./control-plane.ts";
import { startMetricsServer } from "./metrics-server.ts";
import { nodeAddress, nodeConfig, nodeName } from "./node-config.ts";
import { bedDir, built, makeRunDir, removeRunDir } from "./paths.ts";
import { flags, run, startProcess, waitFor, type OwnedProcess } from "./process.ts";

export interface Cluster extends AsyncDisposable {
  /** Usable by any process of this machine. */
  readonly kubeconfigPath: string;
  /** Runs kubectl and returns its standard output. */
  readonly kubectl: (args: readonly string[], options?: { readonly stdin?: string }) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface Kubernetes extends Cluster {
  readonly stopApiServer: () => Promise<void>;
  /** Resolves when it is ready again. */
  readonly startApiServer: () => Promise<void>;
  /** Makes the node be gone: ends its kubelet and resolves when the cluster no longer calls it ready (16 s). Its pods run on unseen. */
  readonly stopNode: () => Promise<void>;
  /** Brings it back and resolves when it is ready. Also after `kubectl delete node`. */
  readonly startNode: () => Promise<void>;
  /** Holds the cluster's state; on this machine and on the node it is the same folder. Gone after `stop`. */
  readonly dir: string;
  /** Gives the node the images of an archive of build.sh's `images` folder. */
  readonly importImages: (archive: string) => Promise<void>;
  /** Starts a program of build.sh's `bin` folder in the node's network, which `stop` stops too. */
  readonly startComponent: ControlPlane["startComponent"];
}

/** Starts with no data. @throws with the tails of the logs when a part does not come up, or when another one is running. */
export async function startKubernetes(): Promise<Kubernetes> {
  built("images", "bed.tar");
  const dir = makeRunDir("kubernetes");
  const namespaces = startNamespaces(dir);
  let plane: ControlPlane | undefined;
  const stop = async (): Promise<void> => {
    await plane?.stop();
    await namespaces.stop();
    removeRunDir(dir);
  };
  try {
    const initPid = await waitFor(
      "the namespaces are there",
      60_000,
      [namespaces],
      async () => readFileSync(join(dir, "init.pid"), "utf8").trim() || undefined,
    );
    const started = await startControlPlane({
      dir,
      address: nodeAddress,
      ports: { api: 6443, etcd: 2379, etcdPeer: 2380, controllers: 10257 },
      // Not the usual 50 s: scenarios wait for it. Fits the kubelet's short lease.
      nodeGraceSeconds: 16,
      enter: ["nsenter", "--target", initPid, "--net", "--uts", "--"],
    });
    plane = started;
    const scheduler = everyKubeconfig(started.pki("scheduler.kubeconfig"));
    started.startComponent("kube-scheduler", flags({ ...scheduler, "bind-address": "127.0.0.1", "leader-elect": false }));
    started.startComponent("kube-proxy", flags({ config: join(dir, "proxy.json"), "hostname-override": nodeName }));

    const node = nodeSwitch(started, namespaces, join(dir, "kubelet.log"));
    await waitFor("containerd has the image", 30_000, [namespaces], async () => existsSync(join(dir, "images-ready")) || undefined);
    await node.startNode();
    await startMetricsServer(started, { port: 10_251, resolutionSeconds: 10, expected: { nodes: 1, pods: 0 }, deadlineMs: 90_000 });
    const { kubeconfigPath, kubectl, stopApiServer, startApiServer, startComponent } = started;
    const importImages = async (archive: string): Promise<void> => {
      await run("ctr", ["--address", join(dir, "containerd.sock"), "--namespace", "k8s.io", "images", "import", built("images", archive)]);
    };
    return {
      kubeconfigPath,
      kubectl,
      stopApiServer,
      startApiServer,
      startComponent,
      importImages,
      ...node,
      dir,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Writes the node's configuration and starts what holds its namespaces. */
function startNamespaces(dir: string): OwnedProcess {
  for (const [file, content] of Object.entries(nodeConfig(dir))) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), content);
  }
  return startProcess({
    name: "namespaces",
    command: ["bash", join(bedDir, "namespaces.sh"), dir],
    logFile: join(dir, "namespaces.log"),
    diesBy: "end of input",
  });
}

function nodeSwitch(plane: ControlPlane, namespaces: OwnedProcess, logFile: string): Pick<Kubernetes, "startNode" | "stopNode"> {
  const watched = [namespaces, { name: "kubelet", logFile, running: namespaces.running }];
  const ready = `jsonpath={.status.conditions[?(@.type=="Ready")].status}`;
  const readiness = async (): Promise<string> => plane.kubectl(["get", "node", nodeName, "-o", ready]);
  return {
    async startNode() {
      namespaces.tell("start kubelet");
      await waitFor(`${nodeName} is ready`, 60_000, watched, async () => (await readiness()) === "True" || undefined);
      await waitFor("pods can be created", 30_000, watched, async () => plane.kubectl(["get", "serviceaccount", "default"]));
    },
    async stopNode() {
      namespaces.tell("stop kubelet");
      await waitFor(`${nodeName} is not ready`, 60_000, watched, async () => (await readiness()) !== "True" || undefined);
    },
  };
}
