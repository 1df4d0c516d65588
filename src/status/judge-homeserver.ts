/** Judges one homeserver. Pure. */
import type { PodRecord } from "../kubernetes/cluster.ts";
import { limitOf, partTests, sumOf, usedBy, type ClusterView, type OwnedPod } from "./cluster-view.ts";
import { newest, type HomeserverFacts } from "./facts.ts";
import { homeserverParts } from "./homeserver-spec.ts";
import { versionIn, versionOfImage } from "./image-version.ts";
import { judgeDatabase } from "./judge-database.ts";
import { judgePod, judgeReplicas, replicasOf } from "./judge-parts.ts";
import { overThreshold, urgency } from "./severity.ts";
import type { StatusThresholds } from "./thresholds.ts";
import type { HomeserverProblem, HomeserverVerdict, NodeVerdict, PartPod } from "./verdicts.ts";

export interface HomeserverSurroundings {
  /** `undefined` when its cluster is none of those that were read. */
  readonly view: ClusterView | undefined;
  readonly nodeOf: (name: string) => NodeVerdict | undefined;
}

/** `now`: milliseconds since 1970. */
export function judgeHomeserver(
  { spec, workloads, databases, federation }: HomeserverFacts,
  { view, nodeOf }: HomeserverSurroundings,
  thresholds: StatusThresholds,
  now: number,
): HomeserverVerdict {
  const tests = partTests(spec);
  const pods = view?.podsOf(spec.name) ?? [];
  const parts = pods.map((each) => partPod(each, view));
  const made = newest(workloads)?.value ?? [];
  const synapse = pods.find((each) => each.part === "synapse" && !each.pod.terminating) ?? pods.find((each) => each.part === "synapse");
  const replicas = replicasOf("synapse", pods, made, tests);
  const main = parts.find((each) => each.pod === synapse?.pod.name && each.part === "synapse");
  const usage = synapse === undefined ? undefined : view?.usageOf(synapse.pod);
  const readAt = view === undefined ? undefined : newest(view.facts.pods)?.at;
  const figuresAt = usage === undefined || view === undefined ? undefined : (usage.at ?? newest(view.facts.podUsage)?.at);
  const share = main?.memory === undefined || main.memoryLimit === undefined || main.memoryLimit <= 0 ? undefined : main.memory / main.memoryLimit;
  const imageVersion = versionOfImage(synapse === undefined ? "" : (meant(synapse)[0]?.image ?? ""));
  const says = newest(federation)?.value;
  const database = judgeDatabase(spec, databases);

  const problems: HomeserverProblem[] = [];
  const stale = (at: number): boolean => now - at > thresholds.staleMs;
  if (readAt === undefined) {
    const error = view === undefined ? `no cluster is configured as ${spec.cluster}` : view.facts.pods.ok ? "" : view.facts.pods.error;
    problems.push({ severity: "unknown", kind: "pods-unread", error });
  } else {
    if (stale(readAt)) problems.push({ severity: "unknown", kind: "no-figures", at: readAt });
    problems.push(...pods.flatMap((each) => judgePod(each, thresholds, now)));
    for (const part of homeserverParts) {
      const found = replicasOf(part, pods, made, tests);
      if (found !== undefined) problems.push(...judgeReplicas(part, found));
    }
    if (replicas === undefined) problems.push({ severity: "unknown", kind: "not-found" });
    else if (main !== undefined && main.memory === undefined) problems.push({ severity: "unknown", kind: "no-figures", at: undefined });
    else if (figuresAt !== undefined && stale(figuresAt)) problems.push({ severity: "unknown", kind: "no-figures", at: figuresAt });
    else if (share !== undefined) {
      const over = overThreshold(share, thresholds.synapseMemory);
      if (over !== undefined) problems.push({ severity: over, kind: "memory", share });
    }
    const short = synapse?.pod.node === undefined ? undefined : nodeOf(synapse.pod.node);
    const shortage = short?.problems.find((each) => each.kind === "memory");
    if (short !== undefined && shortage !== undefined) problems.push({ severity: "warning", kind: "short-node", node: short.shortName, share: shortage.share });
  }
  problems.push(...database.problems);
  // Asked from here, over whatever lies between: alone it is a warning, with no Synapse ready it is the outage.
  if (!federation.ok)
    problems.push({ severity: replicas?.ready === 0 || replicas?.wanted === 0 ? "critical" : "warning", kind: "unreachable", error: federation.error });
  const served = federation.ok && says !== undefined ? versionIn(says.version) : undefined;
  if (imageVersion !== undefined && served !== undefined && imageVersion !== served)
    problems.push({ severity: "warning", kind: "version-differs", image: imageVersion, served });

  const worstFirst = problems.toSorted((a, b) => urgency(a.severity) - urgency(b.severity));
  return {
    spec,
    severity: worstFirst[0]?.severity ?? "ok",
    problems: worstFirst,
    memory: main?.memory,
    memoryLimit: main?.memoryLimit,
    memoryRequest: main?.memoryRequest,
    memoryShare: share,
    node: synapse?.pod.node,
    restarts: main?.restarts,
    replicas,
    imageVersion,
    federation: says,
    reachable: federation.ok,
    pods: parts,
    database: database.state,
    figuresAt,
  };
}

/** The containers that a selector means: the one it names, or all. */
function meant({ pod, container }: { readonly pod: PodRecord; readonly container: string | undefined }): PodRecord["containers"] {
  const named = pod.containers.filter((each) => each.name === container);
  return named.length === 0 ? pod.containers : named;
}

function partPod(owned: OwnedPod, view: ClusterView | undefined): PartPod {
  const { pod, part, container } = owned;
  const containers = meant(owned);
  const used = usedBy(view?.usageOf(pod), container);
  return {
    part,
    pod: pod.name,
    node: pod.node,
    ready: pod.ready,
    phase: pod.phase,
    terminating: pod.terminating,
    memory: used.memoryBytes,
    memoryLimit: limitOf(containers),
    memoryRequest: sumOf(containers.map((each) => each.requests.memoryBytes)),
    cpu: used.cpuMillicores,
    restarts: containers.reduce((sum, each) => sum + each.restarts, 0),
    waitingReason: containers.find((each) => each.waitingReason !== undefined)?.waitingReason,
    lastTermination: containers
      .flatMap((each) => (each.lastTermination === undefined ? [] : [each.lastTermination]))
      .toSorted((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0))[0],
  };
}
