/** What stands in an embedded cluster. */
import type { GivenObject } from "./kept-objects.ts";
import type { Labels, NodeSpec, PodSpec } from "./spec.ts";

export interface Fleet {
  /** Also the context's name in its kubeconfig. */
  readonly name: string;
  readonly nodes: readonly NodeSpec[];
  readonly pods: readonly PodSpec[];
  /** `undefined`: CloudNativePG is not installed there. */
  readonly cloudNativePg: CloudNativePg | undefined;
}

export interface CloudNativePg {
  /** Of the operator. */
  readonly version: string;
  /** Whether the Barman Cloud plugin is installed beside it. */
  readonly plugin: boolean;
  /** Beside the pods: Clusters, their backups and what these need, as they stand at `now`. Namespaces come by themselves. */
  readonly objects: (now: number) => readonly GivenObject[];
}

interface Placed {
  readonly namespace: string;
  readonly node: string;
}

/** One pod of a Deployment, as it is named: the ReplicaSet's hash and its own behind the Deployment's name. */
export function deploymentPod(placed: Placed, name: string, labels: Labels, ...containers: PodSpec["containers"]): PodSpec {
  const hash = hashOf(`${placed.namespace}/${name}/${placed.node}`);
  return {
    ...placed,
    name: `${name}-${hash}-${hashOf(hash).slice(0, 5)}`,
    labels: { ...labels, "pod-template-hash": hash },
    containers,
    owner: { kind: "ReplicaSet", name: `${name}-${hash}` },
  };
}

export function statefulPod(placed: Placed, name: string, labels: Labels, ...containers: PodSpec["containers"]): PodSpec {
  const own = { "apps.kubernetes.io/pod-index": "0", "statefulset.kubernetes.io/pod-name": `${name}-0` };
  return { ...placed, name: `${name}-0`, labels: { ...labels, ...own }, containers, owner: { kind: "StatefulSet", name } };
}

export function daemonPod(placed: Placed, name: string, ...containers: PodSpec["containers"]): PodSpec {
  return { ...placed, name: `${name}-${hashOf(name + placed.node).slice(0, 5)}`, labels: { "k8s-app": name }, containers, owner: { kind: "DaemonSet", name } };
}

/** Nine letters and digits, the same for the same text: looks like the API's own, and tests can rely on it. */
function hashOf(text: string): string {
  let hash = 2_166_136_261;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return (hash.toString(36) + Math.imul(hash, 31).toString(36).replace("-", "z")).slice(0, 9).padEnd(9, "x");
}
