/** One cluster's facts, arranged for judging: which pod is whose, on which node, and what it uses. Built once an answer. */
import type { Amount, ContainerRecord, PodRecord, PodUsage } from "../kubernetes/cluster.ts";
import { appLabel, appOf, partName, type App } from "./app-names.ts";
import { newest, type ClusterFacts } from "./facts.ts";
import { homeserverParts, type HomeserverPart, type HomeserverSpec } from "./homeserver-spec.ts";
import { parseLabelSelector, type LabelTest } from "./label-selector.ts";
import { selectorsOf } from "./shapes.ts";
import type { Consumer } from "./verdicts.ts";

export interface OwnedPod {
  readonly pod: PodRecord;
  readonly part: HomeserverPart;
  /** The container that is meant; `undefined` for the whole pod. */
  readonly container: string | undefined;
}

export interface PartTest {
  readonly part: HomeserverPart;
  readonly fits: LabelTest;
  readonly container: string | undefined;
}

export interface ClusterView {
  readonly facts: ClusterFacts;
  /** What the pods of each node use, the biggest first. */
  readonly consumersOf: (node: string) => readonly Consumer[];
  readonly podsOf: (homeserver: string) => readonly OwnedPod[];
  readonly usageOf: (pod: PodRecord) => PodUsage | undefined;
}

/** The selectors of a homeserver, in the order in which parts claim a pod. */
export function partTests(spec: HomeserverSpec): readonly PartTest[] {
  const selectors = selectorsOf(spec);
  return homeserverParts.flatMap((part) => {
    const selector = selectors[part];
    return selector === undefined ? [] : [{ part, fits: parseLabelSelector(selector.labels), container: selector.container }];
  });
}

export function viewCluster(facts: ClusterFacts, homeservers: readonly HomeserverSpec[]): ClusterView {
  const usage = new Map((newest(facts.podUsage)?.value ?? []).map((each) => [`${each.namespace}/${each.pod}`, each]));
  const usageOf = (pod: PodRecord): PodUsage | undefined => usage.get(`${pod.namespace}/${pod.name}`);
  const alive = (newest(facts.pods)?.value ?? []).filter((pod) => pod.phase !== "Succeeded" && pod.phase !== "Failed");
  const byNamespace = Map.groupBy(alive, (pod) => pod.namespace);
  const owners = new Map<PodRecord, { readonly name: string; readonly part: HomeserverPart }>();
  const owned = new Map<string, readonly OwnedPod[]>();
  for (const spec of homeservers) {
    const tests = partTests(spec);
    const pods = (byNamespace.get(spec.namespace) ?? []).flatMap((pod): readonly OwnedPod[] => {
      const test = tests.find((each) => each.fits(pod.labels));
      return test === undefined ? [] : [{ pod, part: test.part, container: test.container }];
    });
    for (const { pod, part } of pods) owners.set(pod, { name: spec.name, part });
    owned.set(spec.name, pods);
  }
  const apps = new Map<string, App>();
  const appFor = (pod: PodRecord): App => {
    const label = appLabel(pod);
    const app = apps.get(label) ?? appOf(label);
    apps.set(label, app);
    return app;
  };
  const byNode = Map.groupBy(alive, (pod) => pod.node);
  return {
    facts,
    usageOf,
    podsOf: (homeserver) => owned.get(homeserver) ?? [],
    consumersOf: (node) =>
      (byNode.get(node) ?? [])
        .map((pod) => consumerOf(pod, owners.get(pod), appFor(pod), usageOf(pod)))
        .toSorted((a, b) => (b.memory ?? -1) - (a.memory ?? -1)),
  };
}

function consumerOf(pod: PodRecord, homeserver: Consumer["homeserver"], app: App, usage: PodUsage | undefined): Consumer {
  return {
    label: homeserver === undefined ? app.name : `${partName(homeserver.part)} ${homeserver.name}`,
    namespace: pod.namespace,
    pod: pod.name,
    monitoring: homeserver === undefined && app.monitoring,
    bound: pod.owner?.startsWith("DaemonSet/") === true,
    homeserver,
    memory: usage === undefined ? undefined : sumOf(Object.values(usage.containers).map((each) => each.memoryBytes)),
    memoryRequest: sumOf(pod.containers.map((each) => each.requests.memoryBytes)),
    memoryLimit: limitOf(pod.containers),
    restarts: pod.containers.reduce((sum, each) => sum + each.restarts, 0),
  };
}

/** The sum of what is known; `undefined` when nothing is. */
export function sumOf(amounts: readonly (number | undefined)[]): number | undefined {
  return amounts.reduce((sum, amount) => (amount === undefined ? sum : (sum ?? 0) + amount), undefined);
}

/** Memory that all of `containers` may take together; `undefined` when one of them has no limit. */
export function limitOf(containers: readonly ContainerRecord[]): number | undefined {
  const limits = containers.map((each) => each.limits.memoryBytes);
  return limits.includes(undefined) ? undefined : sumOf(limits);
}

/** What the container that is meant uses, or the whole pod. */
export function usedBy(usage: PodUsage | undefined, container: string | undefined): Amount {
  const meant = container === undefined ? undefined : usage?.containers[container];
  if (meant !== undefined) return meant;
  const all = Object.values(usage?.containers ?? {});
  return { cpuMillicores: sumOf(all.map((each) => each.cpuMillicores)), memoryBytes: sumOf(all.map((each) => each.memoryBytes)) };
}
