/** The pods and volume claims that the operator makes for a Cluster. */
import type { GivenObject, KeptObject } from "../kept-objects.ts";
import type { PodRoster } from "../pod-roster.ts";
import type { NodeSpec, PodSpec } from "../spec.ts";
import type { ControllerNeeds } from "./needs.ts";
import { readCluster } from "./shapes.ts";

interface Named {
  readonly namespace: string;
  readonly cluster: string;
  readonly name: string;
}

/** As the operator labels an instance; the first is the primary when a Cluster is made. */
export function instanceLabels(cluster: string, name: string, role: "primary" | "replica"): PodSpec["labels"] {
  return {
    "cnpg.io/cluster": cluster,
    "cnpg.io/instanceName": name,
    "cnpg.io/instanceRole": role,
    "cnpg.io/podRole": "instance",
    role,
  };
}

export function instancePod(
  { namespace, cluster, name }: Named,
  node: string,
  role: "primary" | "replica",
  container: Omit<PodSpec["containers"][number], "name">,
): PodSpec {
  return {
    namespace,
    name,
    node,
    labels: instanceLabels(cluster, name, role),
    containers: [{ name: "postgres", ...container }],
    owner: { kind: "Cluster", name: cluster },
  };
}

export function addInstance({ objects, roster, nodes }: ControllerNeeds, of: KeptObject, name: string, role: "primary" | "replica", at: number): void {
  const { namespace = "", name: cluster } = of.metadata;
  const { spec } = readCluster(of);
  const memory = (amounts: Readonly<Record<string, unknown>>): number | undefined => mebibytes(amounts["memory"]);
  const [requestMi, limitMi] = [memory(spec.resources.requests), memory(spec.resources.limits)];
  const container = {
    image: spec.imageName,
    usedMi: 96,
    ...(requestMi === undefined ? {} : { requestMi }),
    ...(limitMi === undefined ? {} : { limitMi }),
  };
  roster.add(instancePod({ namespace, cluster, name }, emptiest(nodes, roster), role, container));
  objects.add(claimFor(of, name), at);
}

export function claimFor(of: KeptObject, instance: string): GivenObject {
  const { namespace, name: cluster, uid } = of.metadata;
  const { size, storageClass } = readCluster(of).spec.storage;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: instance,
      namespace,
      labels: { "cnpg.io/cluster": cluster, "cnpg.io/instanceName": instance, "cnpg.io/pvcRole": "PG_DATA" },
      ownerReferences: [{ apiVersion: of.apiVersion, kind: of.kind, name: cluster, uid, controller: true }],
    },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: size } }, storageClassName: storageClass },
    status: { phase: "Bound", capacity: { storage: size } },
  };
}

/** The Job that fills the first volume: from nothing, or from a backup. */
export function bootstrapPod({ roster, nodes }: ControllerNeeds, of: KeptObject, does: "full-recovery" | "initdb"): PodSpec {
  const { namespace = "", name } = of.metadata;
  return {
    namespace,
    name: `${name}-1-${does}-${of.metadata.uid.slice(0, 5)}`,
    node: emptiest(nodes, roster),
    labels: { "cnpg.io/cluster": name, "cnpg.io/instanceName": `${name}-1`, "cnpg.io/jobRole": does, "job-name": `${name}-1-${does}` },
    containers: [{ name: does, image: readCluster(of).spec.imageName, usedMi: 60 }],
    owner: { kind: "Job", name: `${name}-1-${does}` },
  };
}

export function podsOf(roster: PodRoster, { metadata }: KeptObject): readonly PodSpec[] {
  return roster.pods().filter((pod) => pod.namespace === metadata.namespace && pod.labels["cnpg.io/cluster"] === metadata.name);
}

/** What it made for a Cluster that is gone; its volume claims are owned by it. */
export function removePodsOf(roster: PodRoster, cluster: KeptObject): void {
  for (const pod of podsOf(roster, cluster)) roster.remove(pod);
}

function emptiest(nodes: readonly NodeSpec[], roster: PodRoster): string {
  const used = (node: NodeSpec): number =>
    roster
      .pods()
      .filter((pod) => pod.node === node.name)
      .reduce((sum, pod) => sum + pod.containers.reduce((of, each) => of + each.usedMi, 0), 0);
  const [best] = nodes.toSorted((a, b) => b.allocatableMi - used(b) - (a.allocatableMi - used(a)));
  return best?.name ?? "";
}

const units: Readonly<Record<string, number>> = { Ki: 1 / 1024, Mi: 1, Gi: 1024, "": 1 / 1_048_576, M: 0.953_674, G: 953.674 };

function mebibytes(amount: unknown): number | undefined {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/u.exec(typeof amount === "string" || typeof amount === "number" ? String(amount) : "") ?? [];
  const factor = units[unit];
  return count === undefined || factor === undefined ? undefined : Math.round(Number(count) * factor);
}
