/**
 * Every question Opsroom asks of a Kubernetes API. `deploy/rbac.yaml` allows {@link calls} and nothing else; what acts has files of its own in
 * `deploy/optional`. A test compares them.
 */

export interface ApiCall {
  readonly verb: "list" | "get" | "create" | "delete";
  /** API group; empty for the core. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export const calls = {
  nodes: { verb: "list", group: "", version: "v1", resource: "nodes" },
  pods: { verb: "list", group: "", version: "v1", resource: "pods" },
  deployments: { verb: "list", group: "apps", version: "v1", resource: "deployments" },
  statefulSets: { verb: "list", group: "apps", version: "v1", resource: "statefulsets" },
  postgresClusters: { verb: "list", group: "postgresql.cnpg.io", version: "v1", resource: "clusters" },
  postgresBackups: { verb: "list", group: "postgresql.cnpg.io", version: "v1", resource: "backups" },
  scheduledBackups: { verb: "list", group: "postgresql.cnpg.io", version: "v1", resource: "scheduledbackups" },
  objectStores: { verb: "list", group: "barmancloud.cnpg.io", version: "v1", resource: "objectstores" },
  services: { verb: "list", group: "", version: "v1", resource: "services" },
  nodeMetrics: { verb: "list", group: "metrics.k8s.io", version: "v1beta1", resource: "nodes" },
  podMetrics: { verb: "list", group: "metrics.k8s.io", version: "v1beta1", resource: "pods" },
} as const satisfies Record<string, ApiCall>;

/** What `!backup run` does: `deploy/optional/rbac-backup-run.yaml`. */
export const backupRunCalls = {
  createBackup: { verb: "create", group: "postgresql.cnpg.io", version: "v1", resource: "backups" },
} as const satisfies Record<string, ApiCall>;

/** What a drill does where the source is: `deploy/optional/rbac-drill.yaml`. */
export const drillSourceCalls = {
  getSecret: { verb: "get", group: "", version: "v1", resource: "secrets" },
  /** The API server asks for `create`; up to 1.34 it asks for `get` when it is done over a WebSocket. */
  exec: { verb: "create", group: "", version: "v1", resource: "pods/exec" },
  execByGet: { verb: "get", group: "", version: "v1", resource: "pods/exec" },
} as const satisfies Record<string, ApiCall>;

/** What it does in the namespace that is kept for drills: a Role there, and nowhere else. */
export const drillPlaceCalls = {
  listSecrets: { verb: "list", group: "", version: "v1", resource: "secrets" },
  createSecret: { verb: "create", group: "", version: "v1", resource: "secrets" },
  deleteSecret: { verb: "delete", group: "", version: "v1", resource: "secrets" },
  listVolumeClaims: { verb: "list", group: "", version: "v1", resource: "persistentvolumeclaims" },
  deleteVolumeClaim: { verb: "delete", group: "", version: "v1", resource: "persistentvolumeclaims" },
  createObjectStore: { verb: "create", group: "barmancloud.cnpg.io", version: "v1", resource: "objectstores" },
  deleteObjectStore: { verb: "delete", group: "barmancloud.cnpg.io", version: "v1", resource: "objectstores" },
  createPostgresCluster: { verb: "create", group: "postgresql.cnpg.io", version: "v1", resource: "clusters" },
  deletePostgresCluster: { verb: "delete", group: "postgresql.cnpg.io", version: "v1", resource: "clusters" },
  exec: { verb: "create", group: "", version: "v1", resource: "pods/exec" },
  execByGet: { verb: "get", group: "", version: "v1", resource: "pods/exec" },
} as const satisfies Record<string, ApiCall>;

export interface Where {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** The path of a call, with its query: `/api/v1/namespaces/x/pods?limit=500`. */
export function pathOf(call: ApiCall, { namespace, labelSelector }: Where, page: { readonly limit: number; readonly continue?: string | undefined }): string {
  const query = new URLSearchParams({ limit: String(page.limit) });
  if (labelSelector !== undefined) query.set("labelSelector", labelSelector);
  if (page.continue !== undefined) query.set("continue", page.continue);
  return `${collectionPath(call, namespace)}?${query.toString()}`;
}

/** Where objects of a kind are created: `/apis/postgresql.cnpg.io/v1/namespaces/x/backups`. */
export function collectionPath({ group, version, resource }: ApiCall, namespace: string | undefined): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${place}/${resource}`;
}

/** Of one object. */
export function objectPath(call: ApiCall, { namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${collectionPath(call, namespace)}/${encodeURIComponent(name)}`;
}
