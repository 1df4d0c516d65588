/** Judges one node. Pure. */
import type { NodeRecord, NodeUsage } from "../kubernetes/cluster.ts";
import { sumOf } from "./cluster-view.ts";
import { overThreshold, urgency } from "./severity.ts";
import type { StatusThresholds } from "./thresholds.ts";
import type { Consumer, NodeProblem, NodeVerdict, Use } from "./verdicts.ts";

export interface NodeFacts {
  readonly cluster: string;
  readonly node: NodeRecord;
  readonly shortName: string;
  /** When the node itself was read. */
  readonly readAt: number;
  readonly usage: { readonly record: NodeUsage; readonly at: number } | undefined;
  readonly consumers: readonly Consumer[];
}

/** `now`: milliseconds since 1970. */
export function judgeNode({ cluster, node, shortName, readAt, usage, consumers }: NodeFacts, thresholds: StatusThresholds, now: number): NodeVerdict {
  const stale = (at: number): boolean => now - at > thresholds.staleMs;
  const memory = usage === undefined ? requested(consumers, node.allocatable.memoryBytes) : use(usage.record.usage.memoryBytes, node.allocatable.memoryBytes);
  const cpu = use(usage?.record.usage.cpuMillicores, node.allocatable.cpuMillicores);
  const problems: NodeProblem[] = [];
  if (node.ready === false) problems.push({ severity: "critical", kind: "not-ready" });
  if (node.ready === undefined) problems.push({ severity: "critical", kind: "silent" });
  if (node.pressures.length > 0) problems.push({ severity: "critical", kind: "pressure", pressures: node.pressures });
  if (stale(readAt)) problems.push({ severity: "unknown", kind: "no-figures", at: readAt });
  else if (usage !== undefined && stale(usage.at)) problems.push({ severity: "unknown", kind: "no-figures", at: usage.at });
  else if (memory.share === undefined || memory.basis === "requested") problems.push({ severity: "unknown", kind: "no-figures", at: undefined });
  else {
    const short = overThreshold(memory.share, thresholds.nodeMemory);
    if (short !== undefined) problems.push({ severity: short, kind: "memory", share: memory.share });
    const busy = cpu.share === undefined ? undefined : overThreshold(cpu.share, thresholds.nodeCpu);
    if (busy !== undefined && cpu.share !== undefined) problems.push({ severity: busy, kind: "cpu", share: cpu.share });
  }
  if (node.unschedulable) problems.push({ severity: "warning", kind: "cordoned" });
  const worstFirst = problems.toSorted((a, b) => urgency(a.severity) - urgency(b.severity));
  return {
    cluster,
    name: node.name,
    shortName,
    severity: worstFirst[0]?.severity ?? "ok",
    problems: worstFirst,
    memory,
    cpu,
    consumers,
    schedulable: node.ready === true && !node.unschedulable && node.pressures.length === 0,
    figuresAt: usage?.at,
  };
}

function use(used: number | undefined, of: number | undefined): Use {
  return { used, of, share: used === undefined || of === undefined || of <= 0 ? undefined : used / of, basis: "measured" };
}

/** Without metrics: what the pods asked for says how full a node was meant to be, not how full it is. */
function requested(consumers: readonly Consumer[], of: number | undefined): Use {
  return { ...use(sumOf(consumers.map((each) => each.memoryRequest)), of), basis: "requested" };
}
