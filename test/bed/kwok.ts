/** A big cluster without machines: a real control plane and metrics-server, while kwok plays the nodes and pods. */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { startControlPlane } from "./control-plane.ts";
import { createObjects } from "./create-objects.ts";
import type { Cluster } from "./kubernetes.ts";
import { bigCluster } from "./kwok-objects.ts";
import { startMetricsServer } from "./metrics-server.ts";
import { built, makeRunDir, removeRunDir } from "./paths.ts";
import { flags, freePorts, waitFor } from "./process.ts";

export interface KwokOptions {
  readonly nodes: number;
  /** Spread evenly over the nodes; at least one a node, as a node without pods has no figures. */
  readonly pods: number;
}

/**
 * Resolves when every node is ready, every pod runs and metrics.k8s.io answers for all of them.
 * The processes are plain ones on loopback; several clusters can run side by side.
 * @throws with the tails of the logs when a part does not come up.
 */
export async function startKwokCluster(options: KwokOptions): Promise<Cluster> {
  if (options.pods < options.nodes) throw new RangeError(`${options.pods} pods do not reach ${options.nodes} nodes`);
  const config = built("kwok", "kwok.yaml");
  const dir = makeRunDir("kwok");
  const port = await freePorts("api", "etcd", "etcdPeer", "controllers", "kubelet", "metrics");
  const ports = { api: port("api"), etcd: port("etcd"), etcdPeer: port("etcdPeer"), controllers: port("controllers") };
  // Far beyond the lease that kwok renews: a node that flaps loses its address.
  const plane = await startControlPlane({ dir, address: "127.0.0.1", ports, nodeGraceSeconds: 600 }).catch((error: unknown) => {
    removeRunDir(dir);
    throw error;
  });
  const stop = async (): Promise<void> => {
    await plane.stop();
    removeRunDir(dir);
  };
  try {
    const kwok = plane.startComponent(
      "kwok",
      flags({
        kubeconfig: plane.kubeconfigPath,
        config,
        "manage-all-nodes": true,
        cidr: "10.128.0.0/9",
        "node-ip": "127.0.0.1",
        "node-port": port("kubelet"),
        "server-address": `127.0.0.1:${port("kubelet")}`,
        "tls-cert-file": plane.pki("kubelet-server.crt"),
        "tls-private-key-file": plane.pki("kubelet-server.key"),
        "node-lease-duration-seconds": 200,
      }),
    );
    const deadlineMs = 60_000 + options.pods * 60;
    await waitFor("pods can be created", 30_000, [kwok], async () => plane.kubectl(["get", "serviceaccount", "default"]));
    const credentials = {
      ca: readFileSync(plane.pki("ca.crt")),
      cert: readFileSync(plane.pki("admin.crt")),
      key: readFileSync(plane.pki("admin.key")),
    };
    const { nodes, pods } = bigCluster(options);
    const server = `https://127.0.0.1:${ports.api}`;
    await createObjects(`${server}/api/v1/nodes`, nodes, credentials);
    const ready = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}';
    await waitFor("every node is ready", deadlineMs, [kwok], async () => {
      const states = (await plane.kubectl(["get", "nodes", "-o", ready])).split(" ");
      return (states.length === nodes.length && states.every((state) => state === "True")) || undefined;
    });
    await createObjects(`${server}/api/v1/namespaces/default/pods`, pods, credentials);
    await waitFor("every pod runs", deadlineMs, [kwok], async () => {
      const answer = await plane.kubectl(["get", "--raw", "/api/v1/pods?fieldSelector=status.phase!=Running&limit=1"]);
      return z.object({ items: z.array(z.unknown()) }).parse(JSON.parse(answer)).items.length === 0 || undefined;
    });
    await startMetricsServer(plane, { port: port("metrics"), resolutionSeconds: options.nodes > 200 ? 15 : 10, expected: options, deadlineMs });
    const { kubeconfigPath, kubectl } = plane;
    return { kubeconfigPath, kubectl, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
