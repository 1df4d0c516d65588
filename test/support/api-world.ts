/**
 * A Kubernetes API in memory with CloudNativePG's operator in it, as far as backups and drills go: objects are created once by name, what a Cluster owns goes after it,
 * and nothing happens before {@link ApiWorld.step}. Commands in pods answer as `psql` does.
 */
import { z } from "zod";
import type { ApiCall } from "../../src/kubernetes/calls.ts";
import { ClusterError } from "../../src/kubernetes/errors.ts";
import { field, listOf, textOf, textsOf } from "../../src/kubernetes/json.ts";
import type { ContainerCommand, ObjectAccess } from "../../src/kubernetes/objects.ts";
import { parseLabelSelector } from "../../src/status/label-selector.ts";

type Json = Record<string, unknown>;

interface Metadata {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly creationTimestamp?: string;
  /** The Cluster that it goes with. */
  readonly owner?: string;
}

export interface WorldObject extends Json {
  readonly metadata: Metadata;
}

const worldObject = z.looseObject({ metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }) });

export interface ApiWorld {
  readonly access: ObjectAccess;
  readonly put: (resource: string, object: WorldObject) => void;
  readonly drop: (resource: string, namespace: string, name: string) => void;
  readonly all: (resource: string, namespace?: string) => readonly WorldObject[];
  /** The operator takes one step: restores go on, garbage is collected, Backups go on. */
  readonly step: () => void;
  /** Every object that was ever created through the API: `clusters drills/drill-a`. */
  readonly created: readonly string[];
  /** The most Clusters that ever were in a namespace at once. */
  readonly mostClusters: (namespace: string) => number;
  /** SQL that was asked: `pod database sql`. */
  readonly asked: readonly string[];
  /** What psql says, by what the question has in it; later ones first. A string is an error. */
  readonly answer: (contains: string, value: (pod: string) => unknown) => void;
  readonly levers: Levers;
}

export interface Levers {
  /** Restores fail again and again. */
  restoreFails: boolean;
  /** The Cluster's object is never finished with. */
  restoreHangs: boolean;
  backupEnds: "completed" | "failed" | "never";
  /** Thrown by the next call of this verb and resource, once. */
  failNext: { readonly call: string; readonly error: ClusterError } | undefined;
}

export function apiWorld(now: () => number): ApiWorld {
  const shelves = new Map<string, Map<string, WorldObject>>();
  const created: string[] = [];
  const asked: string[] = [];
  const most = new Map<string, number>();
  const answers: { readonly contains: string; readonly value: (pod: string) => unknown }[] = [];
  const levers: Levers = { restoreFails: false, restoreHangs: false, backupEnds: "completed", failNext: undefined };
  const shelf = (resource: string): Map<string, WorldObject> => {
    const found = shelves.get(resource) ?? new Map<string, WorldObject>();
    shelves.set(resource, found);
    return found;
  };
  const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;
  const instant = (): string => new Date(now()).toISOString();
  const put = (resource: string, object: WorldObject): void => {
    const metadata = { ...object.metadata, creationTimestamp: object.metadata.creationTimestamp ?? instant() };
    shelf(resource).set(keyOf(metadata.namespace, metadata.name), { ...object, metadata });
  };
  const all = (resource: string, namespace?: string): readonly WorldObject[] =>
    [...shelf(resource).values()].filter((each) => namespace === undefined || each.metadata.namespace === namespace);
  const check = ({ verb, resource }: ApiCall): void => {
    const failure = levers.failNext;
    if (failure?.call !== `${verb} ${resource}`) return;
    levers.failNext = undefined;
    throw failure.error;
  };

  function restore(cluster: WorldObject): void {
    const { name, namespace = "", labels } = cluster.metadata;
    const owned = { namespace, owner: name, labels: { ...labels, "cnpg.io/cluster": name } };
    const pod = (suffix: string, phase: string): void =>
      put("pods", { metadata: { ...owned, name: `${name}-${suffix}` }, spec: { nodeName: "uzig", containers: [] }, status: { phase } });
    if (cluster["status"] === undefined) {
      put("persistentvolumeclaims", { metadata: { ...owned, name: `${name}-1` } });
      put("secrets", { metadata: { ...owned, name: `${name}-app` } });
      pod("1-full-recovery", "Running");
      put("clusters", { ...cluster, status: { phase: "Setting up primary" } });
    } else if (levers.restoreFails || !canRestore(cluster)) pod(`1-full-recovery-${all("pods").length}`, "Failed");
    else if (!levers.restoreHangs && field(cluster["status"], "readyInstances") === undefined) {
      shelf("pods").delete(keyOf(namespace, `${name}-1-full-recovery`));
      pod("1", "Running");
      const conditions = [{ type: "Ready", status: "True", lastTransitionTime: instant() }];
      put("clusters", { ...cluster, status: { phase: "Cluster in healthy state", readyInstances: 1, currentPrimary: `${name}-1`, conditions } });
    }
  }

  function canRestore(cluster: WorldObject): boolean {
    const { namespace } = cluster.metadata;
    const [source] = listOf(field(cluster["spec"], "externalClusters"));
    const name = textOf(field(field(field(source, "plugin"), "parameters"), "barmanObjectName"));
    const store = name === undefined ? undefined : shelf("objectstores").get(keyOf(namespace, name));
    const configuration = name === undefined ? field(source, "barmanObjectStore") : field(store?.["spec"], "configuration");
    const key = field(field(configuration, "s3Credentials"), "secretAccessKey");
    const secret = shelf("secrets").get(keyOf(namespace, textOf(field(key, "name")) ?? ""));
    return field(secret?.["data"], textOf(field(key, "key")) ?? "") === "c2VjcmV0";
  }

  function step(): void {
    for (const cluster of all("clusters")) if (field(field(cluster["spec"], "bootstrap"), "recovery") !== undefined) restore(cluster);
    for (const resource of ["pods", "persistentvolumeclaims", "secrets"])
      for (const { metadata } of all(resource))
        if (metadata.owner !== undefined && !shelf("clusters").has(keyOf(metadata.namespace, metadata.owner)))
          shelf(resource).delete(keyOf(metadata.namespace, metadata.name));
    for (const backup of all("backups")) {
      if (levers.backupEnds === "never" || field(backup["status"], "phase") === "completed") continue;
      const status =
        backup["status"] === undefined
          ? { phase: "started", startedAt: instant() }
          : levers.backupEnds === "failed"
            ? { phase: "failed", error: "SignatureDoesNotMatch" }
            : {
                ...Object(backup["status"]),
                phase: "completed",
                stoppedAt: instant(),
                beginWal: "000000010000000000000004",
                endWal: "000000010000000000000005",
              };
      put("backups", { ...backup, status });
    }
  }

  async function exec({ namespace, name, command, input }: ContainerCommand): Promise<{ exitCode: number; output: string; errors: string }> {
    if (!shelf("pods").has(keyOf(namespace, name))) throw new ClusterError("bad-answer", `there is no pod ${name}`, "See.");
    const database = command[command.indexOf("-d") + 1] ?? "";
    asked.push(`${name} ${database} ${input}`);
    const found = answers.find((each) => input.includes(each.contains));
    const value = found?.value(name);
    if (typeof value === "string") return { exitCode: 3, output: "", errors: `psql:<stdin>:4: ERROR:  ${value}\n` };
    return { exitCode: 0, output: `${JSON.stringify(value ?? null)}\n-- end of the answer --\n`, errors: "" };
  }

  const access: ObjectAccess = {
    list: async (_, call, { namespace, labelSelector }, keep) => {
      check(call);
      const fits = labelSelector === undefined ? () => true : parseLabelSelector(labelSelector);
      return all(call.resource, namespace)
        .filter(({ metadata }) => fits(textsOf(metadata.labels)))
        .flatMap((each) => keep(structuredClone(each)) ?? []);
    },
    get: async (_, call, { namespace, name }) => {
      check(call);
      return structuredClone(shelf(call.resource).get(keyOf(namespace, name)));
    },
    create: async (_, call, namespace, given) => {
      check(call);
      const object = worldObject.parse(structuredClone(given));
      const key = keyOf(namespace, object.metadata.name);
      if (shelf(call.resource).has(key)) return "exists";
      put(call.resource, { ...object, metadata: { ...object.metadata, namespace } });
      created.push(`${call.resource} ${key}`);
      if (call.resource === "clusters") most.set(namespace, Math.max(most.get(namespace) ?? 0, all("clusters", namespace).length));
      return { object };
    },
    remove: async (_, call, { namespace, name }) => {
      check(call);
      return shelf(call.resource).delete(keyOf(namespace, name));
    },
    exec: async (_, command) => exec(command),
  };
  return {
    access,
    put,
    drop: (resource, namespace, name) => void shelf(resource).delete(keyOf(namespace, name)),
    all,
    step,
    created,
    mostClusters: (namespace) => most.get(namespace) ?? 0,
    asked,
    answer: (contains, value) => void answers.unshift({ contains, value }),
    levers,
  };
}
