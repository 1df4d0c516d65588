import { readFile } from "node:fs/promises";
import type { Cluster } from "../../../src/kubernetes/cluster.ts";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { gatherBackups } from "../../../src/backups/gather/gather.ts";
import { systemClock } from "../../../src/clock.ts";
import { backupRunCalls, calls, drillPlaceCalls, drillSourceCalls, type ApiCall } from "../../../src/kubernetes/calls.ts";
import { newFleet } from "../../../src/sandbox/cluster/shared-database.ts";
import { clusterBed } from "../../support/embedded-cluster.ts";

const roleSchema = z.object({
  kind: z.enum(["ClusterRole", "Role"]),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(
    z.strictObject({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
      verbs: z.array(z.string()),
    }),
  ),
});
const bindingSchema = z.object({
  kind: z.enum(["ClusterRoleBinding", "RoleBinding"]),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })),
});

async function documentsOf(file: string): Promise<readonly unknown[]> {
  return parseAllDocuments(await readFile(`deploy/${file}`, "utf8")).map((document): unknown => document.toJS());
}

function fitting<T>(schema: z.ZodType<T>, documents: readonly unknown[]): readonly T[] {
  return documents.flatMap((document) => {
    const parsed = schema.safeParse(document);
    return parsed.success ? [parsed.data] : [];
  });
}

async function grantedBy(file: string, role: string): Promise<readonly string[]> {
  const found = fitting(roleSchema, await documentsOf(file)).find(({ metadata }) => metadata.name === role);
  return (found?.rules ?? [])
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`))),
    )
    .toSorted();
}

const wanted = (of: Readonly<Record<string, ApiCall>>): readonly string[] =>
  Object.values(of)
    .map(({ verb, resource, group }) => `${verb} ${resource}.${group}`)
    .toSorted();

describe("deploy/rbac.yaml", () => {
  test("allows what the client asks of a cluster, and nothing else", async () => {
    await using bed = await clusterBed({ fleet: newFleet });
    const { cluster, api } = bed;
    const { signal } = new AbortController();
    // Every function there is, so that a new one cannot be forgotten here.
    const ask: { readonly [Name in keyof Omit<Cluster, "name">]: () => Promise<unknown> } = {
      listNodes: () => cluster.listNodes(signal),
      listPods: () => cluster.listPods(signal),
      listWorkloads: () => cluster.listWorkloads(signal, "cnpg"),
      listPostgresClusters: () => cluster.listPostgresClusters(signal, "cnpg"),
      nodeUsage: () => cluster.nodeUsage(signal),
      podUsage: () => cluster.podUsage(signal),
    };
    const lookAtOther = () => Promise.reject(new Error("there is none"));
    const backups = gatherBackups({ sources: [{ name: "prod", objects: cluster }], others: [], lookAtOther, now: systemClock.now }, signal);
    await Promise.all([...Object.values(ask).map((each) => each()), backups]);

    expect([...api.asked()].toSorted()).toEqual(await grantedBy("rbac.yaml", "opsroom"));
  });
});

describe.each<[string, string, Readonly<Record<string, ApiCall>>]>([
  ["rbac.yaml", "opsroom", calls],
  ["optional/rbac-backup-run.yaml", "opsroom-backup-run", backupRunCalls],
  ["optional/rbac-drill.yaml", "opsroom-drill-place", drillPlaceCalls],
  ["optional/rbac-drill.yaml", "opsroom-drill-source", drillSourceCalls],
])("%s: %s", (file, role, of) => {
  test("is the list of calls, with no right written twice and no wildcard", async () => {
    const granted = await grantedBy(file, role);
    expect(granted).toEqual(wanted(of));
    expect(new Set(granted).size).toBe(granted.length);
    expect(granted.join(" ")).not.toContain("*");
  });

  test("is given to the account that Opsroom runs as, where it is meant", async () => {
    const documents = await documentsOf(file);
    const bound = fitting(bindingSchema, documents).filter(({ roleRef }) => roleRef.name === role);
    const [given] = fitting(roleSchema, documents).filter(({ metadata }) => metadata.name === role);
    expect(bound).toHaveLength(1);
    expect(bound[0]?.subjects).toEqual([{ kind: "ServiceAccount", name: "opsroom", namespace: "opsroom" }]);
    expect(bound[0]?.roleRef.kind).toBe(given?.kind);
  });
});

describe("what acts", () => {
  test("is never given for the whole cluster", async () => {
    for (const file of ["optional/rbac-backup-run.yaml", "optional/rbac-drill.yaml"])
      expect(fitting(bindingSchema, await documentsOf(file)).every(({ kind }) => kind === "RoleBinding")).toBe(true);
  });

  test("reads only the Secrets that are named", async () => {
    const source = fitting(roleSchema, await documentsOf("optional/rbac-drill.yaml")).find(({ metadata }) => metadata.name === "opsroom-drill-source");
    const rules = source?.rules.filter(({ resources }) => resources.includes("secrets")) ?? [];
    expect(rules.every(({ resourceNames = [] }) => resourceNames.length > 0)).toBe(true);
  });
});
