/** The state of an embedded cluster: its fleet, what has happened to it since, and the objects that are kept in it. */
import type { Clock } from "../../clock.ts";
import type { CnpgTimes } from "./cnpg/needs.ts";
import { cnpgDesk, type CnpgDesk } from "./cnpg/desk.ts";
import type { ExecHandler } from "./exec/command.ts";
import type { Fleet } from "./fleet.ts";
import { kindServing } from "./kinds.ts";
import { instant, keptObjects, type KeptObjects } from "./kept-objects.ts";
import { keptObject, nodeMetrics, nodeObject, podMetrics, podObject, workloadObject, type Json } from "./objects.ts";
import { podRoster } from "./pod-roster.ts";
import type { Labels, NodeSituation, NodeState, PodHistory, PodSpec, Pressure } from "./spec.ts";

/** An object that is made into JSON only when it is on the page that was asked for. */
export interface Entry {
  /** `namespace/name`, or the name alone; lists are in this order. */
  readonly key: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly labels: Labels;
  readonly json: () => Json;
}

export interface ResourceList {
  readonly kind: string;
  readonly entries: readonly Entry[];
  /** metrics-server knows no pages: it sends all that there is. */
  readonly paged: boolean;
}

export interface World {
  /** `absent`: the cluster does not serve it. `broken`: what serves it does not answer. */
  readonly list: (group: string, version: string, resource: string) => ResourceList | "absent" | "broken";
  /** What was created, here or through the API. */
  readonly objects: KeptObjects;
  /** CloudNativePG there, and what can be done to it; `undefined` where it is not installed. */
  readonly cnpg: CnpgDesk | undefined;
  /** `gone`: the Node object is deleted, and its pods with it. */
  readonly setNode: (name: string, state: NodeState | "gone") => void;
  readonly cordon: (name: string, cordoned: boolean) => void;
  readonly press: (name: string, pressures: readonly Pressure[]) => void;
  /** The first container of a pod is killed for its memory and started again. `pod`: its name, or how that begins. @throws RangeError when there is none */
  readonly oomKill: (namespace: string, pod: string) => void;
  /** It ends with an error each time it is started. */
  readonly crashLoop: (namespace: string, pod: string) => void;
  /** @returns whether there was one of that name; an operator may make it again */
  readonly deletePod: (namespace: string, name: string) => boolean;
  readonly findPod: (namespace: string, name: string) => PodSpec | undefined;
  readonly setMetricsInstalled: (installed: boolean) => void;
  /** metrics-server is installed and does not answer. */
  readonly setMetricsBroken: (broken: boolean) => void;
  /** What answers commands in containers; each is refused until this is said. */
  readonly onExec: (handler: ExecHandler) => void;
  readonly exec: ExecHandler;
}

const refuse: ExecHandler = async ({ command: [program] }) => ({
  exitCode: 127,
  output: "",
  errors: `${program}: nothing runs in the containers of this embedded cluster\n`,
});

export function createWorld(fleet: Fleet, clock: Pick<Clock, "now">, times?: CnpgTimes): World {
  const states = new Map<string, NodeState | "gone">();
  const cordoned = new Set<string>();
  const pressures = new Map<string, readonly Pressure[]>();
  let metrics: "broken" | "installed" | "missing" = "installed";
  let exec = refuse;

  const stateOf = (node: string): NodeState | "gone" => states.get(node) ?? "ready";
  const nodes = () => fleet.nodes.filter((node) => stateOf(node.name) !== "gone");
  const reporting = (node: string): boolean => stateOf(node) === "ready" || stateOf(node) === "not-ready";
  const situationOf = (name: string, state: NodeState): NodeSituation => ({ state, cordoned: cordoned.has(name), pressures: pressures.get(name) ?? [] });
  const roster = podRoster(fleet.pods, (node) => {
    const state = stateOf(node);
    return state === "ready" || state === "gone" ? state : "silent";
  });
  const objects = keptObjects((object, present) => cnpg?.changed(object, present));
  const cnpg =
    fleet.cloudNativePg === undefined
      ? undefined
      : cnpgDesk({ of: fleet.cloudNativePg, objects, roster, nodes: fleet.nodes, clock, ...(times === undefined ? {} : { times }) });
  const namespaces = new Set(["default", "kube-system", ...fleet.pods.map((pod) => pod.namespace), ...(cnpg?.namespaces ?? [])]);
  for (const name of namespaces) {
    const labels = { "kubernetes.io/metadata.name": name };
    objects.add({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels }, status: { phase: "Active" } }, clock.now());
  }
  cnpg?.begin();

  const find = (namespace: string, name: string): PodSpec => {
    const pod = roster.find(namespace, name);
    if (pod === undefined) throw new RangeError(`there is no pod ${name} in ${namespace}`);
    return pod;
  };
  /** What is done to the cluster is done now, and the operator sees it next time. */
  const act = (what: () => void): void => {
    cnpg?.catchUp();
    what();
    cnpg?.lookAgain();
  };
  const fell = (namespace: string, name: string, reason: string, exitCode: number, more: Partial<PodHistory> = {}): void =>
    act(() => {
      const pod = find(namespace, name);
      roster.happened(pod, { restarts: roster.history(pod).restarts + 1, last: { reason, exitCode, finishedAt: instant(clock.now()) }, ...more });
    });

  const ownerUid = ({ namespace, owner }: PodSpec): string | undefined => (owner?.kind === "Cluster" ? cnpg?.uidOf(namespace, owner.name) : undefined);
  const podJson = (pod: PodSpec): Json => podObject(pod, roster.history(pod), stateOf(pod.node) === "ready", ownerUid(pod));
  const podEntries = (json: (pod: PodSpec) => Json, of: readonly PodSpec[]): readonly Entry[] =>
    inOrder(of.map((pod) => ({ key: `${pod.namespace}/${pod.name}`, namespace: pod.namespace, name: pod.name, labels: pod.labels, json: () => json(pod) })));
  const workloads = (kind: "Deployment" | "StatefulSet"): readonly Entry[] =>
    inOrder(
      roster.workloads(kind).map((each) => ({
        key: `${each.namespace}/${each.name}`,
        namespace: each.namespace,
        name: each.name,
        labels: each.pods[0]?.labels ?? {},
        json: () => workloadObject(kind, each, each.pods, each),
      })),
    );
  const plain = (key: string, json: () => Json): Entry => ({ key, namespace: undefined, name: key, labels: { "kubernetes.io/hostname": key }, json });
  const figures = (kind: string, entries: () => readonly Entry[]): ResourceList | "absent" | "broken" =>
    metrics === "installed" ? { kind, entries: entries(), paged: false } : metrics === "broken" ? "broken" : "absent";

  const resources: Readonly<Record<string, () => ResourceList | "absent" | "broken">> = {
    "/v1/nodes": () => {
      const entries = nodes().map((node) => plain(node.name, () => nodeObject(node, situationOf(node.name, presentState(stateOf(node.name))))));
      return { kind: "NodeList", entries: inOrder(entries), paged: true };
    },
    "/v1/pods": () => ({ kind: "PodList", entries: podEntries(podJson, roster.pods()), paged: true }),
    "apps/v1/deployments": () => ({ kind: "DeploymentList", entries: workloads("Deployment"), paged: true }),
    "apps/v1/statefulsets": () => ({ kind: "StatefulSetList", entries: workloads("StatefulSet"), paged: true }),
    // A kubelet that does not answer has no figures, nor have its pods.
    "metrics.k8s.io/v1beta1/nodes": () =>
      figures("NodeMetricsList", () =>
        nodes()
          .filter((node) => reporting(node.name))
          .map((node) => plain(node.name, () => nodeMetrics(node, lastScrape(clock.now())))),
      ),
    "metrics.k8s.io/v1beta1/pods": () =>
      figures("PodMetricsList", () => {
        const measured = roster.pods().filter((pod) => pod.failed !== true && reporting(pod.node) && roster.history(pod).waiting === undefined);
        return podEntries((pod) => podMetrics(pod, lastScrape(clock.now())), measured);
      }),
  };
  const keptList = keptLists(objects);
  return {
    objects,
    cnpg,
    list: (group, version, resource) => {
      cnpg?.catchUp();
      const kind = kindServing(group, version, resource);
      if (kind === undefined) return resources[`${group}/${version}/${resource}`]?.() ?? "absent";
      return kind.of === undefined || cnpg?.serves(kind) === true ? keptList(kind) : "absent";
    },
    setNode: (name, state) => act(() => states.set(name, state)),
    cordon: (name, on) => (on ? cordoned.add(name) : cordoned.delete(name)),
    press: (name, now) => pressures.set(name, now),
    oomKill: (namespace, pod) => fell(namespace, pod, "OOMKilled", 137),
    crashLoop: (namespace, pod) => fell(namespace, pod, "Error", 1, { waiting: "CrashLoopBackOff" }),
    findPod: (namespace, name) => roster.pods().find((pod) => pod.namespace === namespace && pod.name === name),
    deletePod: (namespace, name) => {
      const pod = roster.pods().find((each) => each.namespace === namespace && each.name === name);
      if (pod !== undefined) act(() => roster.remove(pod));
      return pod !== undefined;
    },
    setMetricsInstalled: (installed) => {
      metrics = installed ? "installed" : "missing";
    },
    setMetricsBroken: (broken) => {
      metrics = broken ? "broken" : "installed";
    },
    onExec: (handler) => {
      exec = handler;
    },
    exec: async (asked, signal) => exec(asked, signal),
  };
}

/** The list of a kind is made anew only when one of its objects has changed. */
function keptLists(objects: KeptObjects): (kind: Parameters<KeptObjects["all"]>[0]) => ResourceList {
  const made = new Map<string, { readonly of: readonly unknown[]; readonly list: ResourceList }>();
  return (kind) => {
    const all = objects.all(kind);
    const last = made.get(kind.resource);
    if (last?.of === all) return last.list;
    const entries = all.map((object): Entry => {
      const { namespace, name, labels = {} } = object.metadata;
      return { key: `${namespace ?? ""}/${name}`, namespace, name, labels, json: () => keptObject(object) };
    });
    const list = { kind: `${kind.kind}List`, entries, paged: true };
    made.set(kind.resource, { of: all, list });
    return list;
  };
}

function presentState(state: NodeState | "gone"): NodeState {
  return state === "gone" ? "unknown" : state;
}

function inOrder(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** metrics-server asks the kubelets every 15 s. */
const lastScrape = (now: number): string => instant(Math.floor((now - 1) / 15_000) * 15_000);
