/** A kubeconfig with the rights of a service account, to try what the bot can do with its own role or with too few rights. */
import { writeFileSync } from "node:fs";
import * as z from "zod";
import type { Cluster } from "./kubernetes.ts";

const view = z.object({ clusters: z.array(z.object({ cluster: z.record(z.string(), z.unknown()) })).min(1) });

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** Makes the namespace and the account if they are not there and writes `file`. Rights are the caller's to give, by `kubectl apply`. */
export async function writeServiceAccountKubeconfig({ kubectl }: Cluster, { namespace, name }: ServiceAccount, file: string): Promise<void> {
  const items = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
  ];
  await kubectl(["apply", "-f", "-"], { stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });
  const token = (await kubectl(["create", "token", name, "--namespace", namespace, "--duration=2h"])).trim();
  const [entry] = view.parse(JSON.parse(await kubectl(["config", "view", "--raw", "--minify", "--output=json"]))).clusters;
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "bed", cluster: entry?.cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name: "bed", context: { cluster: "bed", user: name, namespace } }],
    "current-context": "bed",
  };
  writeFileSync(file, JSON.stringify(kubeconfig), { mode: 0o600 });
}
