/** API objects as the records of `cluster.ts`. An object without a name is skipped; a missing figure stays unknown. */
import type { Amount, ContainerRecord, NodeRecord, NodeUsage, PodRecord, PodUsage, PostgresClusterRecord, Termination, WorkloadRecord } from "./cluster.ts";
import { field, listOf, numberOf, textOf, textsOf, timeOf } from "./json.ts";
import { bytes, millicores } from "./quantity.ts";

export function amount(resources: unknown): Amount {
  return { cpuMillicores: millicores(field(resources, "cpu")), memoryBytes: bytes(field(resources, "memory")) };
}

export function nodeRecord(item: unknown): NodeRecord | undefined {
  const name = textOf(field(field(item, "metadata"), "name"));
  if (name === undefined) return undefined;
  const status = field(item, "status");
  const conditions = listOf(field(status, "conditions"));
  const state = (type: string): unknown =>
    field(
      conditions.find((each) => field(each, "type") === type),
      "status",
    );
  const ready = state("Ready");
  return {
    name,
    ready: ready === "True" ? true : ready === "False" ? false : undefined,
    unschedulable: field(field(item, "spec"), "unschedulable") === true,
    pressures: ["MemoryPressure", "DiskPressure", "PIDPressure"].filter((type) => state(type) === "True"),
    allocatable: amount(field(status, "allocatable")),
  };
}

export function podRecord(item: unknown): PodRecord | undefined {
  const metadata = field(item, "metadata");
  const name = textOf(field(metadata, "name"));
  const namespace = textOf(field(metadata, "namespace"));
  if (name === undefined || namespace === undefined) return undefined;
  const spec = field(item, "spec");
  const status = field(item, "status");
  // A side-car is an init container that is restarted for ever; it uses memory as the others do.
  const sidecars = listOf(field(spec, "initContainers")).filter((each) => field(each, "restartPolicy") === "Always");
  const states = [...listOf(field(status, "containerStatuses")), ...(sidecars.length === 0 ? [] : listOf(field(status, "initContainerStatuses")))];
  return {
    namespace,
    name,
    node: textOf(field(spec, "nodeName")),
    labels: textsOf(field(metadata, "labels")),
    phase: textOf(field(status, "phase")) ?? "Unknown",
    ready: listOf(field(status, "conditions")).some((each) => field(each, "type") === "Ready" && field(each, "status") === "True"),
    terminating: field(metadata, "deletionTimestamp") !== undefined,
    containers: [...listOf(field(spec, "containers")), ...sidecars].map((container) => containerRecord(container, states)),
    owner: ownerOf(metadata),
  };
}

function containerRecord(container: unknown, states: readonly unknown[]): ContainerRecord {
  const name = textOf(field(container, "name")) ?? "";
  const state = states.find((each) => field(each, "name") === name);
  const resources = field(container, "resources");
  return {
    name,
    image: textOf(field(container, "image")) ?? "",
    requests: amount(field(resources, "requests")),
    limits: amount(field(resources, "limits")),
    ready: field(state, "ready") === true,
    restarts: numberOf(field(state, "restartCount")) ?? 0,
    waitingReason: textOf(field(field(field(state, "state"), "waiting"), "reason")),
    // One that has ended for good, or waits to be started again, tells it as its present state.
    lastTermination: termination(field(field(state, "state"), "terminated")) ?? termination(field(field(state, "lastState"), "terminated")),
  };
}

function termination(terminated: unknown): Termination | undefined {
  const exitCode = numberOf(field(terminated, "exitCode"));
  if (exitCode === undefined) return undefined;
  // The kubelet's own words where a runtime gave it none.
  return {
    reason: textOf(field(terminated, "reason")) ?? (exitCode === 0 ? "Completed" : "Error"),
    exitCode,
    finishedAt: timeOf(field(terminated, "finishedAt")),
  };
}

function ownerOf(metadata: unknown): string | undefined {
  const owner = listOf(field(metadata, "ownerReferences")).find((each) => field(each, "controller") === true);
  const kind = textOf(field(owner, "kind"));
  const name = textOf(field(owner, "name"));
  if (kind === undefined || name === undefined) return undefined;
  // A Deployment's ReplicaSet is named after it, with a hash behind that its pods have as a label; people know the Deployment.
  const hash = textOf(field(field(metadata, "labels"), "pod-template-hash"));
  const made = kind === "ReplicaSet" && hash !== undefined && name.endsWith(`-${hash}`);
  return made ? `Deployment/${name.slice(0, -hash.length - 1)}` : `${kind}/${name}`;
}

export const workloadRecord =
  (kind: WorkloadRecord["kind"]) =>
  (item: unknown): WorkloadRecord | undefined => {
    const metadata = field(item, "metadata");
    const name = textOf(field(metadata, "name"));
    const namespace = textOf(field(metadata, "namespace"));
    if (name === undefined || namespace === undefined) return undefined;
    return {
      kind,
      namespace,
      name,
      labels: textsOf(field(metadata, "labels")),
      // The API's own default where nobody wrote a number.
      replicas: numberOf(field(field(item, "spec"), "replicas")) ?? 1,
      readyReplicas: numberOf(field(field(item, "status"), "readyReplicas")) ?? 0,
    };
  };

export function postgresClusterRecord(item: unknown): PostgresClusterRecord | undefined {
  const metadata = field(item, "metadata");
  const name = textOf(field(metadata, "name"));
  const namespace = textOf(field(metadata, "namespace"));
  if (name === undefined || namespace === undefined) return undefined;
  const status = field(item, "status");
  return {
    namespace,
    name,
    phase: textOf(field(status, "phase")),
    instances: numberOf(field(field(item, "spec"), "instances")),
    // The operator leaves out a 0 once it says anything of instances.
    readyInstances: numberOf(field(status, "readyInstances")) ?? (numberOf(field(status, "instances")) === undefined ? undefined : 0),
    currentPrimary: textOf(field(status, "currentPrimary")),
  };
}

export function nodeUsage(item: unknown): NodeUsage | undefined {
  const node = textOf(field(field(item, "metadata"), "name"));
  return node === undefined ? undefined : { node, usage: amount(field(item, "usage")), at: timeOf(field(item, "timestamp")) };
}

export function podUsage(item: unknown): PodUsage | undefined {
  const metadata = field(item, "metadata");
  const pod = textOf(field(metadata, "name"));
  const namespace = textOf(field(metadata, "namespace"));
  if (pod === undefined || namespace === undefined) return undefined;
  const containers = listOf(field(item, "containers")).map((each) => [textOf(field(each, "name")) ?? "", amount(field(each, "usage"))] as const);
  return { namespace, pod, containers: Object.fromEntries(containers), at: timeOf(field(item, "timestamp")) };
}
