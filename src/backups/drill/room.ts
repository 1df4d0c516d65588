/** Whether a cluster has room for one pod more. Pure. */
import { bytes as shown } from "../../chat/render/units.ts";
import { amount } from "../../kubernetes/records.ts";
import { field, listOf, textOf } from "../../kubernetes/json.ts";
import type { Refusal } from "../acting/needs.ts";

export interface NodeRoom {
  readonly name: string;
  /** A pod without tolerations may be put there. */
  readonly open: boolean;
  readonly allocatableBytes: number | undefined;
}

export interface PodRoom {
  readonly node: string;
  readonly requestedBytes: number;
}

export function nodeRoom(item: unknown): NodeRoom | undefined {
  const name = textOf(field(field(item, "metadata"), "name"));
  if (name === undefined) return undefined;
  const spec = field(item, "spec");
  const status = field(item, "status");
  const ready = listOf(field(status, "conditions")).some((each) => field(each, "type") === "Ready" && field(each, "status") === "True");
  const closed = listOf(field(spec, "taints")).some((each) => field(each, "effect") === "NoSchedule" || field(each, "effect") === "NoExecute");
  return { name, open: ready && !closed && field(spec, "unschedulable") !== true, allocatableBytes: amount(field(status, "allocatable")).memoryBytes };
}

/** As the scheduler counts: what its containers ask for together, or the largest of the init containers if that is more; side-cars with the containers. */
export function podRoom(item: unknown): PodRoom | undefined {
  const spec = field(item, "spec");
  const phase = field(field(item, "status"), "phase");
  const node = textOf(field(spec, "nodeName"));
  if (node === undefined || phase === "Succeeded" || phase === "Failed") return undefined;
  const inits = listOf(field(spec, "initContainers"));
  const sidecars = inits.filter((each) => field(each, "restartPolicy") === "Always");
  const running = [...listOf(field(spec, "containers")), ...sidecars].map(requested).reduce((sum, each) => sum + each, 0);
  const starting = Math.max(0, ...inits.filter((each) => !sidecars.includes(each)).map(requested));
  return { node, requestedBytes: Math.max(running, starting) };
}

function requested(container: unknown): number {
  return amount(field(field(container, "resources"), "requests")).memoryBytes ?? 0;
}

/** @returns `undefined` when there is room */
export function refuseForRoom(nodes: readonly NodeRoom[], pods: readonly PodRoom[], wantedBytes: number): Refusal | undefined {
  const used = new Map<string, number>();
  for (const { node, requestedBytes } of pods) used.set(node, (used.get(node) ?? 0) + requestedBytes);
  const free = nodes.flatMap(({ name, open, allocatableBytes }) =>
    open && allocatableBytes !== undefined ? [{ name, bytes: allocatableBytes - (used.get(name) ?? 0) }] : [],
  );
  const [most] = free.toSorted((a, b) => b.bytes - a.bytes);
  if (most === undefined) return { refusal: "No node is known that could take the throw-away cluster." };
  if (most.bytes >= wantedBytes) return undefined;
  const left = most.bytes <= 0 ? "nothing" : shown(most.bytes);
  return {
    refusal: `There is no room for a drill: it takes ${shown(wantedBytes)} of memory, and the emptiest node, ${most.name}, has ${left} left. Make room, or lower backups.drill.memory.`,
  };
}
