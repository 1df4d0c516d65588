/** What a path and a method of the Kubernetes API ask for. Pure. */

export type Verb = "create" | "delete" | "get" | "list";

export interface Target {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

export function targetOf(path: string): Target | undefined {
  const parts = path.split("/").slice(1);
  // Names need no escaping: what is escaped is no name.
  if (parts.some((part) => part.includes("%"))) return undefined;
  const core = parts[0] === "api";
  if (!core && parts[0] !== "apis") return undefined;
  const [group = "", version = ""] = core ? ["", parts[1]] : [parts[1], parts[2]];
  const rest = parts.slice(core ? 2 : 3);
  // `namespaces/x` alone is the Namespace itself.
  const namespaced = rest[0] === "namespaces" && rest.length > 2;
  const [resource = "", name, subresource, more] = namespaced ? rest.slice(2) : rest;
  if (version === "" || resource === "" || name === "" || more !== undefined) return undefined;
  return { group, version, namespace: namespaced ? rest[1] : undefined, resource, name, subresource };
}

export function verbOf(method: string | undefined, { name }: Target): Verb | undefined {
  if (method === "GET") return name === undefined ? "list" : "get";
  if (method === "POST" && name === undefined) return "create";
  if (method === "DELETE" && name !== undefined) return "delete";
  return undefined;
}

/** `pods/exec`, as RBAC writes it. */
export const resourceOf = ({ resource, subresource }: Target): string => (subresource === undefined ? resource : `${resource}/${subresource}`);
