/** What the objects of a PostgreSQL cluster look like: the material for what is said of them. */
import * as z from "zod";
import { operatorNamespace } from "./cnpg.ts";
import type { PostgresCluster } from "./postgres-cluster.ts";

const seen = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.unknown().optional(), creationTimestamp: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.unknown().optional(),
  status: z.unknown().optional(),
});

export interface Observed {
  readonly at: string;
  /** By kind; without what Kubernetes keeps for itself. What could not be read is the words why. */
  readonly objects: Readonly<Record<string, unknown>>;
  /** The row of `pg_stat_archiver`, or why there is none. */
  readonly archiver: unknown;
}

const kinds = {
  cluster: ["clusters.postgresql.cnpg.io"],
  backups: ["backups.postgresql.cnpg.io"],
  scheduledBackups: ["scheduledbackups.postgresql.cnpg.io"],
  objectStores: ["objectstores.barmancloud.cnpg.io"],
  pods: ["pods"],
  plugin: ["-n", operatorNamespace, "deployments,services", "-l", "app=barman-cloud"],
  pluginService: ["-n", operatorNamespace, "services", "-l", "cnpg.io/pluginName"],
  operator: ["-n", operatorNamespace, "deployments", "-l", "app.kubernetes.io/name=cloudnative-pg"],
} as const;

/** Reads all objects of the cluster's namespace that tell of its backups, and the plugin's and operator's. */
export async function observeCluster({ kubectl, psql }: PostgresCluster): Promise<Observed> {
  const objects: Record<string, unknown> = {};
  for (const [name, what] of Object.entries(kinds)) {
    objects[name] = await kubectl("get", ...what, "-o", "json")
      .then(itemsOf)
      .catch(String);
  }
  const row = "select row_to_json(a) from pg_stat_archiver a";
  const archiver: unknown = await psql(row).then(JSON.parse, String);
  return { at: new Date().toISOString(), objects, archiver };
}

function itemsOf(list: string): readonly unknown[] {
  return z
    .object({ items: z.array(seen) })
    .parse(JSON.parse(list))
    .items.map(({ kind, metadata: { name, labels, creationTimestamp, deletionTimestamp }, spec, status }) => ({
      kind,
      metadata: { name, labels, creationTimestamp, deletionTimestamp },
      ...(kind === "Pod" ? {} : { spec }),
      status,
    }));
}
