/** DNS for pods that ask for a Service by its name. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Kubernetes } from "./kubernetes.ts";
import { nodeAddress } from "./node-config.ts";

/** Answers for `cluster.local` where the kubelet tells pods to ask, until the cluster stops. */
export function startClusterDns({ dir, kubeconfigPath, startComponent }: Kubernetes): void {
  const file = join(dir, "Corefile");
  const zone = `kubernetes cluster.local in-addr.arpa {\n kubeconfig ${kubeconfigPath}\n ttl 5\n }`;
  writeFileSync(file, `.:53 {\n bind ${nodeAddress}\n errors\n ${zone}\n}\n`);
  startComponent("dns", ["-conf", file]);
}
