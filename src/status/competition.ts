/** Finds what has no need to be beside a Synapse on a node that is short of memory, and where there is room for it. Pure. */
import { overThreshold } from "./severity.ts";
import type { StatusThresholds } from "./thresholds.ts";
import type { Competition, Consumer, HomeserverVerdict, NodeVerdict } from "./verdicts.ts";

/** Worst nodes looked at: one tells a person what to do, a hundred do not. */
const mostNodes = 20;

/** `nodes` worst first. */
export function findCompetition(
  nodes: readonly NodeVerdict[],
  homeservers: readonly HomeserverVerdict[],
  thresholds: StatusThresholds,
): readonly Competition[] {
  const busiest = homeservers.toSorted((a, b) => (b.memory ?? -1) - (a.memory ?? -1))[0];
  return nodes
    .filter((node) => node.problems.some((problem) => problem.kind === "memory"))
    .slice(0, mostNodes)
    .flatMap((node): readonly Competition[] => {
      const synapse = node.consumers.find((each) => each.homeserver?.part === "synapse" && each.memory !== undefined);
      if (synapse?.homeserver === undefined || synapse.memory === undefined) return [];
      const strangers = node.consumers.filter((each) => each.homeserver === undefined && each.memory !== undefined && !each.bound);
      const stack = strangers.filter((each) => each.monitoring);
      const monitoring = stack.length > 1 && memoryOf(stack) >= synapse.memory;
      const members = monitoring ? stack : strangers.slice(0, 3);
      const membersMemory = memoryOf(members);
      if (members.length === 0 || membersMemory < synapse.memory) return [];
      return [
        {
          cluster: node.cluster,
          node: node.shortName,
          homeserver: synapse.homeserver.name,
          busiest: busiest?.spec.name === synapse.homeserver.name,
          synapseMemory: synapse.memory,
          monitoring,
          members,
          membersMemory,
          roomOn: roomFor(membersMemory, node, nodes, thresholds),
        },
      ];
    });
}

function memoryOf(consumers: readonly Consumer[]): number {
  return consumers.reduce((sum, each) => sum + (each.memory ?? 0), 0);
}

/** The node of the same cluster that is the least full with `bytes` more, if it is not short then. */
function roomFor(bytes: number, from: NodeVerdict, nodes: readonly NodeVerdict[], thresholds: StatusThresholds): Competition["roomOn"] {
  let best: Competition["roomOn"];
  for (const { cluster, name, shortName, schedulable, severity, memory } of nodes) {
    if (cluster !== from.cluster || name === from.name || !schedulable || severity !== "ok") continue;
    if (memory.basis !== "measured" || memory.used === undefined || memory.of === undefined || memory.of <= 0) continue;
    const shareThen = (memory.used + bytes) / memory.of;
    if (overThreshold(shareThen, thresholds.nodeMemory) === undefined && (best === undefined || shareThen < best.shareThen))
      best = { node: shortName, shareThen };
  }
  return best;
}
