/** Every question Opsroom asks of a Kubernetes API. `deploy/rbac.yaml` allows these and nothing else; a test compares the two. */

export interface ApiCall {
  readonly verb: "list";
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
  nodeMetrics: { verb: "list", group: "metrics.k8s.io", version: "v1beta1", resource: "nodes" },
  podMetrics: { verb: "list", group: "metrics.k8s.io", version: "v1beta1", resource: "pods" },
} as const satisfies Record<string, ApiCall>;

export interface Where {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** The path of a call, with its query: `/api/v1/namespaces/x/pods?limit=500`. */
export function pathOf(
  { group, version, resource }: ApiCall,
  { namespace, labelSelector }: Where,
  page: { readonly limit: number; readonly continue?: string | undefined },
): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  const query = new URLSearchParams({ limit: String(page.limit) });
  if (labelSelector !== undefined) query.set("labelSelector", labelSelector);
  if (page.continue !== undefined) query.set("continue", page.continue);
  return `${root}${place}/${resource}?${query.toString()}`;
}
