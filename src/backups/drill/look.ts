/** What is seen of a drill: the copy, and everything that was made for it. */
import { calls, drillPlaceCalls, type ApiCall } from "../../kubernetes/calls.ts";
import { ClusterError } from "../../kubernetes/errors.ts";
import { field, listOf, numberOf, textOf } from "../../kubernetes/json.ts";
import type { ObjectReads } from "../../kubernetes/objects.ts";
import { nameIn, runLabel, runOf } from "../acting/labels.ts";
import { conditionOf, createdAtOf, isGoing, worded } from "../records/object.ts";
import type { Leftover, SeenCopy } from "./decide.ts";

type Lists = Pick<ObjectReads, "list">;

const healthy = "Cluster in healthy state";
/** Reasons to wait that do not go by themselves, or not soon. */
const stuckReasons: ReadonlySet<string> = new Set(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError", "CrashLoopBackOff"]);

/** @returns `undefined` when it is not there */
export async function seeCopy(
  access: Lists,
  run: string,
  place: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<SeenCopy | undefined> {
  const { namespace, name } = place;
  const [copies, pods] = await Promise.all([
    access.list(signal, calls.postgresClusters, { namespace, labelSelector: `${runLabel}=${run}` }, (item) =>
      nameIn(item) === name ? clusterState(item) : undefined,
    ),
    access.list(signal, calls.pods, { namespace, labelSelector: `cnpg.io/cluster=${name}` }, podState),
  ]);
  const [copy] = copies;
  if (copy === undefined) return undefined;
  const failures = pods.reduce((sum, each) => sum + each.failures, 0);
  return { ...copy, failures, trouble: pods.find((each) => each.trouble !== undefined)?.trouble };
}

function clusterState(item: unknown): Omit<SeenCopy, "failures" | "trouble"> {
  const status = field(item, "status");
  const phase = worded(field(status, "phase"));
  const ready = conditionOf(item, "Ready");
  return {
    phase,
    ready: !isGoing(item) && (numberOf(field(status, "readyInstances")) ?? 0) >= 1 && (ready?.status === "True" || phase === healthy),
    primary: worded(field(status, "currentPrimary")),
    createdAt: createdAtOf(item),
    readyAt: ready?.status === "True" ? ready.since : undefined,
  };
}

interface PodState {
  readonly failures: number;
  readonly trouble: string | undefined;
}

function podState(item: unknown): PodState {
  const status = field(item, "status");
  const name = nameIn(item) ?? "a pod";
  const states = [...listOf(field(status, "initContainerStatuses")), ...listOf(field(status, "containerStatuses"))];
  const restarts = states.reduce<number>((sum, each) => sum + (numberOf(field(each, "restartCount")) ?? 0), 0);
  const failed = field(status, "phase") === "Failed";
  const waiting = states.flatMap((each) => textOf(field(field(field(each, "state"), "waiting"), "reason")) ?? []).find((reason) => stuckReasons.has(reason));
  const scheduled = conditionOf(item, "PodScheduled");
  const trouble =
    waiting !== undefined
      ? `${name}: ${waiting}`
      : scheduled?.status === "False"
        ? `${name} finds no node: ${scheduled.message ?? scheduled.reason ?? "no reason is given"}`
        : failed || restarts > 0
          ? `${name} has failed`
          : undefined;
  return { failures: restarts + (failed ? 1 : 0), trouble };
}

const kinds: readonly (readonly [Leftover["kind"], ApiCall])[] = [
  ["cluster", calls.postgresClusters],
  ["object-store", calls.objectStores],
  ["secret", drillPlaceCalls.listSecrets],
  ["volume-claim", drillPlaceCalls.listVolumeClaims],
  ["pod", calls.pods],
];

/** Everything in the drill's namespace that belongs to a drill, by its run. */
export async function seeLeftovers(access: Lists, namespace: string, signal: AbortSignal): Promise<ReadonlyMap<string, readonly Leftover[]>> {
  const found = await Promise.all(
    kinds.map(async ([kind, call]) => {
      try {
        return await access.list(signal, call, { namespace }, (item) => {
          const [run, name] = [runOf(item), nameIn(item)];
          return run === undefined || name === undefined ? undefined : { run, leftover: { kind, name, going: isGoing(item) } };
        });
      } catch (error) {
        // Without the plugin there are no ObjectStores.
        if (error instanceof ClusterError && error.failure === "not-served") return [];
        throw error;
      }
    }),
  );
  const byRun = new Map<string, Leftover[]>();
  for (const { run, leftover } of found.flat()) {
    const of = byRun.get(run);
    if (of === undefined) byRun.set(run, [leftover]);
    else of.push(leftover);
  }
  return byRun;
}
