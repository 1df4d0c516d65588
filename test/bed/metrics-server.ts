/** metrics-server as a process beside the API server, which answers metrics.k8s.io through it. */
import * as z from "zod";
import { everyKubeconfig, type ControlPlane } from "./control-plane.ts";
import { flags, waitFor } from "./process.ts";

export interface MetricsServerOptions {
  readonly port: number;
  /** Seconds from one reading of the kubelets to the next; at least 10. */
  readonly resolutionSeconds: number;
  /** How many nodes and pods must have figures before it counts as started. */
  readonly expected: { readonly nodes: number; readonly pods: number };
  readonly deadlineMs: number;
}

/** @throws with the tail of its log when the figures are not there in time. */
export async function startMetricsServer(plane: ControlPlane, { port, resolutionSeconds, expected, deadlineMs }: MetricsServerOptions): Promise<void> {
  const server = plane.startComponent(
    "metrics-server",
    flags({
      ...everyKubeconfig(plane.kubeconfigPath),
      "bind-address": "127.0.0.1",
      "secure-port": port,
      "tls-cert-file": plane.pki("kubelet-server.crt"),
      "tls-private-key-file": plane.pki("kubelet-server.key"),
      "kubelet-preferred-address-types": "InternalIP",
      "kubelet-use-node-status-port": true,
      "kubelet-certificate-authority": plane.pki("ca.crt"),
      "metric-resolution": `${resolutionSeconds}s`,
      "kubelet-request-timeout": `${Math.floor(resolutionSeconds * 0.8)}s`,
    }),
  );
  await plane.kubectl(["apply", "-f", "-"], { stdin: JSON.stringify(registration(port)) });
  for (const [kind, count] of Object.entries(expected)) {
    await waitFor(`metrics-server knows ${count} ${kind}`, deadlineMs, [server], async () => {
      const answer = await plane.kubectl(["get", "--raw", `/apis/metrics.k8s.io/v1beta1/${kind}`]);
      const { items } = z.object({ items: z.array(z.unknown()) }).parse(JSON.parse(answer));
      return items.length >= count || undefined;
    });
  }
}

/** How the API server finds it: a Service that is a host name needs no pod and no kube-proxy. */
function registration(port: number): object {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "metrics-server", namespace: "kube-system" },
    spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] },
  };
  const apiService = {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.metrics.k8s.io" },
    spec: {
      group: "metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: "metrics-server", namespace: "kube-system", port },
    },
  };
  return { apiVersion: "v1", kind: "List", items: [service, apiService] };
}
