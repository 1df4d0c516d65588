/** The kinds of objects that the embedded cluster keeps as they were given to it; what else it serves is made from its {@link Fleet}. */

export interface Kind {
  /** Empty for the core. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Served only where this is installed. */
  readonly of?: "barman-cloud" | "cloudnative-pg";
}

const cnpg = { group: "postgresql.cnpg.io", version: "v1", namespaced: true, of: "cloudnative-pg" } as const;

export const kinds = {
  namespace: { group: "", version: "v1", resource: "namespaces", kind: "Namespace", namespaced: false },
  secret: { group: "", version: "v1", resource: "secrets", kind: "Secret", namespaced: true },
  service: { group: "", version: "v1", resource: "services", kind: "Service", namespaced: true },
  volumeClaim: { group: "", version: "v1", resource: "persistentvolumeclaims", kind: "PersistentVolumeClaim", namespaced: true },
  cluster: { ...cnpg, resource: "clusters", kind: "Cluster" },
  backup: { ...cnpg, resource: "backups", kind: "Backup" },
  scheduledBackup: { ...cnpg, resource: "scheduledbackups", kind: "ScheduledBackup" },
  objectStore: { group: "barmancloud.cnpg.io", version: "v1", resource: "objectstores", kind: "ObjectStore", namespaced: true, of: "barman-cloud" },
} as const satisfies Record<string, Kind>;

export const apiVersionOf = ({ group, version }: Pick<Kind, "group" | "version">): string => (group === "" ? version : `${group}/${version}`);

export function kindServing(group: string, version: string, resource: string): Kind | undefined {
  return Object.values<Kind>(kinds).find((each) => each.group === group && each.version === version && each.resource === resource);
}

/** @throws RangeError when it is none of {@link kinds} */
export function kindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Kind {
  const found = Object.values<Kind>(kinds).find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
  if (found === undefined) throw new RangeError(`the embedded cluster keeps no ${kind} of ${apiVersion}`);
  return found;
}
