/** `!backup` over two hundred PostgreSQL clusters with fifty Backups each, read from a real API server: time, memory, calls. */
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { generatedDatabases } from "../src/sandbox/cluster/generated-databases.ts";
import { startControlPlane, type ControlPlane } from "../test/bed/control-plane.ts";
import { createObjects, type Credentials } from "../test/bed/create-objects.ts";
import { built, makeRunDir, removeRunDir } from "../test/bed/paths.ts";
import { freePorts } from "../test/bed/process.ts";
import { askRepeatedly } from "./latency.ts";
import { quantile, spread, type Row } from "./table.ts";
import { peakMiB, residentMiB, type World } from "./world.ts";

export const databases = { clusters: 200, backups: 50 };

const crd = z.looseObject({ kind: z.literal("CustomResourceDefinition"), spec: z.looseObject({ versions: z.array(z.looseObject({})) }) });
const placed = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ namespace: z.string().optional() }) });

/** An API server with CloudNativePG's kinds, and nobody behind them: what stands there stays as it is. */
export async function startDatabases(): Promise<ControlPlane & AsyncDisposable> {
  const dir = makeRunDir("databases");
  const port = await freePorts("api", "etcd", "etcdPeer", "controllers");
  const ports = { api: port("api"), etcd: port("etcd"), etcdPeer: port("etcdPeer"), controllers: port("controllers") };
  const plane = await startControlPlane({ dir, address: "127.0.0.1", ports, nodeGraceSeconds: 600 });
  const stop = async (): Promise<void> => {
    await plane.stop();
    removeRunDir(dir);
  };
  try {
    for (const file of ["operator.yaml", "plugin.yaml"]) await plane.kubectl(["create", "-f", "-"], { stdin: await kindsOf(built("cnpg", file)) });
    const [ca, cert, key] = await Promise.all(["ca.crt", "admin.crt", "admin.key"].map((name) => readFile(plane.pki(name))));
    if (ca === undefined || cert === undefined || key === undefined) throw new Error("the control plane has no certificates");
    await fill(`https://127.0.0.1:${ports.api}`, { ca, cert, key }, plane);
    return { ...plane, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Without the subresource `status`: an object is then created with its status, at once. */
async function kindsOf(file: string): Promise<string> {
  const kinds = parseAllDocuments(await readFile(file, "utf8")).flatMap((document) => crd.safeParse(document.toJS()).data ?? []);
  const items = kinds.map((kind) => ({ ...kind, spec: { ...kind.spec, versions: kind.spec.versions.map((version) => without("subresources", version)) } }));
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

function without(key: string, value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

const collections: Readonly<Record<string, string>> = {
  Cluster: "clusters",
  Backup: "backups",
  ScheduledBackup: "scheduledbackups",
  ObjectStore: "objectstores",
};

async function fill(server: string, credentials: Credentials, plane: ControlPlane): Promise<void> {
  const fleet = generatedDatabases(databases);
  const objects = (fleet.cloudNativePg?.objects(Date.now()) ?? []).map((object) => placed.parse(object)).filter(({ kind }) => kind in collections);
  // Owners have other uids here.
  const ownerless = objects.map((object) => ({
    ...object,
    metadata: { ...without("ownerReferences", object.metadata), namespace: object.metadata.namespace },
  }));
  const namespaces = [...new Set(objects.map(({ metadata }) => metadata.namespace ?? "default"))];
  await createObjects(
    `${server}/api/v1/namespaces`,
    namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    credentials,
  );
  const places = Map.groupBy(
    ownerless,
    ({ apiVersion, kind, metadata }) => `${server}/apis/${apiVersion}/namespaces/${metadata.namespace ?? "default"}/${collections[kind] ?? ""}`,
  );
  const served = async (path: string): Promise<unknown> => plane.kubectl(["get", "--raw", path]);
  for (const path of ["/apis/postgresql.cnpg.io/v1", "/apis/barmancloud.cnpg.io/v1"]) await served(path);
  for (const [url, some] of places) await createObjects(url, some, credentials);
}

/** @param world whose cluster is {@link startDatabases}'s */
export async function backupLatency(world: World, plane: Pick<ControlPlane, "kubectl">): Promise<readonly Row[]> {
  const bot = await world.start();
  await world.operator.waitFor(world.room, (all) => all.some((each) => each.sender === world.botUserId && each.type === "m.room.member"));
  const before = await residentMiB(bot.pid);
  const asked = await listsAsked(plane);
  const [first = Number.NaN] = await askRepeatedly(world, "!backup", 1);
  const calls = (await listsAsked(plane)) - asked;
  const took = await askRepeatedly(world, "!backup", 9);
  const peak = await peakMiB(bot.pid);
  const after = await residentMiB(bot.pid);
  await bot.stop();
  const all = [first, ...took];
  return [
    {
      what: "question accepted to answer accepted",
      figure: `${spread(all)}, slowest ${Math.round(quantile(all, 1))} ms`,
      reference: `${calls} lists asked for the first`,
      wanted: "3000 ms",
    },
    {
      what: "memory it grew by",
      figure: `${Math.round(after - before)} MiB after 10 (peak ${Math.round(peak - before)})`,
      reference: `${Math.round(before)} MiB before`,
      wanted: "40 MiB",
    },
  ];
}

/** Lists of the kinds that backups are judged by, as the API server counts them; pages count each. */
async function listsAsked({ kubectl }: Pick<ControlPlane, "kubectl">): Promise<number> {
  const text = await kubectl(["get", "--raw", "/metrics"]);
  const wanted =
    /^apiserver_request_total\{(?=[^}]*verb="LIST")(?=[^}]*resource="(?:clusters|backups|scheduledbackups|objectstores|services|pods)")[^}]*\} (\S+)$/gmu;
  return [...text.matchAll(wanted)].reduce((sum, [, count]) => sum + Number(count), 0);
}
