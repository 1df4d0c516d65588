/** The nodes and pods of a big cluster. The same numbers give the same cluster. */

/** `kwok.x-k8s.io/usage-memory` is what kwok reports as used; the node's annotation tells metrics-server where kwok serves it. */
export function bigCluster({ nodes, pods }: { readonly nodes: number; readonly pods: number }): {
  readonly nodes: readonly object[];
  readonly pods: readonly object[];
} {
  const names = Array.from({ length: nodes }, (_, index) => `node-${String(index + 1).padStart(4, "0")}`);
  return {
    nodes: names.map(node),
    pods: Array.from({ length: pods }, (_, index) => pod(index, names[index % nodes] ?? "")),
  };
}

function node(name: string): object {
  const resources = { cpu: "8", memory: "4Gi", pods: "250" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name },
      annotations: { "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/${name}/metrics/resource` },
    },
    status: { capacity: resources, allocatable: resources },
  };
}

/** Uses from 64 to 319 MiB; the multiplier spreads neighbours. */
function pod(index: number, nodeName: string): object {
  const memoryMiB = 64 + ((index * 97) % 256);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `pod-${String(index + 1).padStart(5, "0")}`,
      namespace: "default",
      labels: { app: `app-${index % 50}` },
      annotations: { "kwok.x-k8s.io/usage-memory": `${memoryMiB}Mi`, "kwok.x-k8s.io/usage-cpu": `${1 + (index % 100)}m` },
    },
    spec: {
      nodeName,
      automountServiceAccountToken: false,
      containers: [{ name: "main", image: "none", resources: { requests: { memory: "64Mi" }, limits: { memory: "384Mi" } } }],
    },
  };
}
