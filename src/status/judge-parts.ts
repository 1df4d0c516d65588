/** Judges the pods and workloads of a homeserver, part by part. Pure. */
import type { ContainerRecord, WorkloadRecord } from "../kubernetes/cluster.ts";
import type { OwnedPod, PartTest } from "./cluster-view.ts";
import type { HomeserverPart } from "./homeserver-spec.ts";
import type { StatusThresholds } from "./thresholds.ts";
import type { HomeserverProblem } from "./verdicts.ts";

/** Without these a homeserver does not serve; without the others it lacks something. */
const essential = new Set<HomeserverPart>(["synapse", "workers", "mas", "postgres", "masPostgres"]);
/** What a container says while it starts. */
const starting = new Set(["ContainerCreating", "PodInitializing"]);

export interface Replicas {
  readonly ready: number;
  /** Not known when nothing that makes the pods was found. */
  readonly wanted: number | undefined;
}

/** How many of a part there are; `undefined` when there is neither a workload nor a pod. */
export function replicasOf(
  part: HomeserverPart,
  pods: readonly OwnedPod[],
  workloads: readonly WorkloadRecord[],
  tests: readonly PartTest[],
): Replicas | undefined {
  const makers = workloads.filter((workload) => tests.find((test) => test.fits(workload.labels))?.part === part);
  const mine = pods.filter((each) => each.part === part && !each.pod.terminating);
  if (makers.length === 0) return mine.length === 0 ? undefined : { ready: mine.filter(({ pod }) => pod.ready).length, wanted: undefined };
  return { ready: makers.reduce((sum, each) => sum + each.readyReplicas, 0), wanted: makers.reduce((sum, each) => sum + each.replicas, 0) };
}

export function judgeReplicas(part: HomeserverPart, replicas: Replicas): readonly HomeserverProblem[] {
  const severity = essential.has(part) ? "critical" : "warning";
  if (replicas.wanted === 0) return essential.has(part) ? [{ severity, kind: "stopped", part }] : [];
  if (replicas.ready === 0) return [{ severity, kind: "not-ready", part, ...replicas }];
  return replicas.wanted !== undefined && replicas.ready < replicas.wanted ? [{ severity: "warning", kind: "not-ready", part, ...replicas }] : [];
}

/** What its containers say of themselves: waiting, OOM-killed, restarted. `now`: milliseconds since 1970. */
export function judgePod({ pod, part, container }: OwnedPod, thresholds: StatusThresholds, now: number): readonly HomeserverProblem[] {
  if (pod.terminating) return [];
  if (pod.phase === "Pending" && pod.node === undefined)
    return [{ severity: essential.has(part) ? "critical" : "warning", kind: "waiting", part, reason: "no node takes it", restarts: 0 }];
  return pod.containers.flatMap((each) => {
    const main = container === undefined || each.name === container;
    return judgeContainer(each, part, main && essential.has(part), thresholds, now);
  });
}

function judgeContainer(
  { restarts, waitingReason, lastTermination }: ContainerRecord,
  part: HomeserverPart,
  vital: boolean,
  thresholds: StatusThresholds,
  now: number,
): readonly HomeserverProblem[] {
  const severity = vital ? "critical" : "warning";
  const problems: HomeserverProblem[] = [];
  const within = (ms: number): boolean => lastTermination?.finishedAt !== undefined && now - lastTermination.finishedAt <= ms;
  if (lastTermination?.reason === "OOMKilled") {
    const { finishedAt: at } = lastTermination;
    if (within(thresholds.oomRecentMs)) problems.push({ severity, kind: "oom-killed", part, at, restarts });
    else if (at === undefined) problems.push({ severity: "warning", kind: "oom-killed", part, at, restarts });
  } else if (lastTermination !== undefined && within(thresholds.restartRecentMs)) {
    problems.push({ severity: "warning", kind: "restarted", part, at: lastTermination.finishedAt, reason: lastTermination.reason, restarts });
  }
  if (waitingReason !== undefined && !starting.has(waitingReason)) problems.push({ severity, kind: "waiting", part, reason: waitingReason, restarts });
  return problems;
}
