/** The damages of {@link damages} done to the embedded cluster: `good-pg` there, on a clock of its own. */
import type { Cluster } from "../../src/kubernetes/cluster.ts";
import type { ObjectAccess } from "../../src/kubernetes/objects.ts";
import { kinds } from "../../src/sandbox/cluster/kinds.ts";
import type { GivenObject, KeptObject } from "../../src/sandbox/cluster/kept-objects.ts";
import { newFleet } from "../../src/sandbox/cluster/shared-database.ts";
import type { EmbeddedCluster } from "../../src/sandbox/cluster/cluster.ts";
import { clusterBed } from "./embedded-cluster.ts";
import { damageNames, type Damage, type Damageable, type DamageName } from "./backup-damage.ts";
import type { Clock } from "../../src/clock.ts";

export interface EmbeddedDamageable extends Damageable {
  readonly api: EmbeddedCluster;
  readonly cluster: Cluster & ObjectAccess;
  /** Time goes on, as for the operator so for whoever judges. */
  readonly clock: Clock;
  readonly pass: (ms: number) => void;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const namespace = "databases";
const name = "good-pg";
const wrong = Buffer.from("something else").toString("base64");

/** @param start milliseconds since 1970; at 03:00 UTC base backups are made */
export async function openEmbeddedDamageable(start = Date.UTC(2026, 5, 12, 9, 0, 0)): Promise<EmbeddedDamageable> {
  let now = start;
  const clock: Clock = { now: () => now, sleep: async () => undefined };
  // Only the cluster lives by this clock: deadlines of whoever asks it are real.
  const bed = await clusterBed({ fleet: newFleet, clock });
  const { world } = bed.api;
  const cnpg = world.cnpg;
  if (cnpg === undefined) throw new Error("CloudNativePG is not in this fleet");
  const { objects } = world;
  const pass = (ms: number): void => {
    now += ms;
    cnpg.catchUp();
  };
  let lost: GivenObject | undefined;
  const secret = (key: string, value: string) => (): void =>
    cnpg.edit(kinds.secret, namespace, `${name}-backup`, (object) => ({ ...object, data: { ...recordOf(object["data"]), [key]: value } }));
  const restored = new Map<string, string>(
    Object.entries(recordOf(objects.get(kinds.secret, namespace, `${name}-backup`)?.["data"])).map(([key, value]) => [key, String(value)]),
  );
  const remove = (kind: (typeof kinds)[keyof typeof kinds], of: string): void => {
    lost = objects.get(kind, namespace, of);
    const object = objects.get(kind, namespace, of);
    if (object !== undefined) objects.remove(object);
  };
  const putBack = (): void => {
    if (lost === undefined) return;
    const { status: _, metadata, ...rest } = lost;
    const { labels, annotations } = metadata;
    objects.add({ ...rest, apiVersion: lost.apiVersion, kind: lost.kind, metadata: { name: metadata.name, namespace, labels, annotations } }, now);
  };
  const method = { method: "plugin", pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" } };
  let made = 0;
  const backUp = (target?: "primary"): void => {
    made += 1;
    const spec = { cluster: { name }, ...method, ...(target === undefined ? {} : { target }) };
    objects.add({ apiVersion: "postgresql.cnpg.io/v1", kind: "Backup", metadata: { namespace, name: `by-hand-${made}` }, spec }, now);
  };
  const schedule = (change: (spec: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>) => (): void =>
    cnpg.edit(kinds.scheduledBackup, namespace, `${name}-daily`, (object: KeptObject) => ({ ...object, spec: change(recordOf(object["spec"])) }));
  /** A new bucket has to be filled before one can go back as far as is wanted. */
  const week = (): void => pass(8 * 24 * hourMs);
  /** Until the next night's base backup has been tried. */
  const night = (): void => pass(24 * hourMs);
  const fresh = (): void => {
    pass(2 * minuteMs);
    for (const each of objects.all(kinds.backup)) if (each.metadata.namespace === namespace && !hasEnded(each)) objects.remove(each);
    backUp();
    pass(5 * minuteMs);
  };
  const acts: Readonly<Record<DamageName, { readonly inflict: () => void; readonly repair: () => void }>> = {
    "wrong secret key": { inflict: after(secret("key", wrong), night), repair: after(secret("key", restored.get("key") ?? ""), fresh) },
    "wrong key id": { inflict: after(secret("id", wrong), night), repair: after(secret("id", restored.get("id") ?? ""), fresh) },
    "key withdrawn": { inflict: after(() => cnpg.setKeyAccepted(false), night), repair: after(() => cnpg.setKeyAccepted(true), fresh) },
    "credentials deleted": { inflict: after(() => remove(kinds.secret, `${name}-backup`), night), repair: after(putBack, fresh) },
    "store down": { inflict: after(() => cnpg.setStore("unreachable"), night), repair: after(() => cnpg.setStore("answers"), fresh) },
    "store hangs": { inflict: after(() => cnpg.setStore("hangs"), night), repair: after(() => cnpg.setStore("answers"), fresh) },
    "bucket gone": { inflict: after(() => cnpg.setBucketExists(false), night), repair: after(() => cnpg.setBucketExists(true), fresh, week) },
    "object store deleted": { inflict: after(() => remove(kinds.objectStore, `${name}-store`), night), repair: after(putBack, fresh) },
    "plugin stopped": { inflict: after(() => cnpg.setPlugin(false), night), repair: after(() => cnpg.setPlugin(true), fresh) },
    "plugin uninstalled": { inflict: after(() => cnpg.setPluginInstalled(false), night), repair: after(() => cnpg.setPluginInstalled(true), fresh) },
    "operator restarted without the plugin": {
      inflict: after(
        () => cnpg.setPluginInstalled(false),
        () => cnpg.restartOperator(),
        night,
      ),
      repair: after(() => cnpg.setPluginInstalled(true), fresh),
    },
    "operator stopped": { inflict: after(() => cnpg.setOperator(false), night), repair: after(() => cnpg.setOperator(true), fresh) },
    "archiver stopped": {
      inflict: after(
        () => cnpg.setArchiverHangs(namespace, name, true),
        () => pass(2 * hourMs),
      ),
      repair: after(() => cnpg.setArchiverHangs(namespace, name, false), fresh),
    },
    "primary killed during a backup": {
      inflict: () => {
        backUp("primary");
        pass(5000);
        world.deletePod(namespace, `${name}-1`);
        pass(5 * minuteMs);
      },
      repair: fresh,
    },
    "schedule suspended": {
      inflict: after(
        schedule((spec) => ({ ...spec, suspend: true })),
        night,
        night,
      ),
      repair: after(
        schedule((spec) => ({ ...spec, suspend: false })),
        fresh,
      ),
    },
    "schedule of five fields": {
      inflict: schedule((spec) => ({ ...spec, schedule: "0 3 * * *" })),
      repair: schedule((spec) => ({ ...spec, schedule: "0 0 3 * * *" })),
    },
    "schedule of the wrong method": {
      inflict: after(
        schedule((spec) => ({ ...spec, pluginConfiguration: undefined, method: "barmanObjectStore" })),
        night,
      ),
      repair: after(
        schedule((spec) => ({ ...spec, ...method })),
        fresh,
      ),
    },
    "backup stuck": {
      inflict: () => {
        const labels = { "cnpg.io/cluster": name, "cnpg.io/immediateBackup": "false", "cnpg.io/scheduled-backup": `${name}-daily` };
        const status = { phase: "started", method: "plugin", instanceID: { podName: `${name}-2`, ContainerID: "containerd://gone" } };
        const metadata = { namespace, name: `${name}-daily-stuck`, labels };
        objects.add({ apiVersion: "postgresql.cnpg.io/v1", kind: "Backup", metadata, spec: { cluster: { name }, ...method }, status }, now);
        night();
      },
      repair: fresh,
    },
  };
  return {
    api: bed.api,
    cluster: bed.cluster,
    clock,
    pass,
    kubeconfigPath: bed.api.kubeconfig,
    namespace,
    clusterName: name,
    damages: damageNames.map((each): Damage => ({ name: each, inflict: async () => acts[each].inflict(), repair: async () => acts[each].repair() })),
    [Symbol.asyncDispose]: async () => bed[Symbol.asyncDispose](),
  };
}

function after(...steps: readonly (() => void)[]): () => void {
  return () => {
    for (const step of steps) step();
  };
}

function hasEnded(backup: KeptObject): boolean {
  return ["completed", "failed"].includes(String(recordOf(backup["status"])["phase"]));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
