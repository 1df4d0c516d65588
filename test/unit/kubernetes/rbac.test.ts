import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { calls } from "../../../src/kubernetes/calls.ts";
import { newFleet } from "../../../src/sandbox/cluster/shared-database.ts";
import { clusterBed } from "../../support/embedded-cluster.ts";

const roleSchema = z.object({
  kind: z.literal("ClusterRole"),
  rules: z.array(z.strictObject({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) })),
});
const documents = parseAllDocuments(await readFile("deploy/rbac.yaml", "utf8")).map((document): unknown => document.toJS());
const [role] = documents.flatMap((document) => {
  const parsed = roleSchema.safeParse(document);
  return parsed.success ? [parsed.data] : [];
});
const granted = (role?.rules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
  apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`))),
);

describe("deploy/rbac.yaml", () => {
  test("allows what the client asks of a cluster, and nothing else", async () => {
    await using bed = await clusterBed({ fleet: newFleet });
    const { cluster, api } = bed;
    const { signal } = new AbortController();
    // Every function there is, so that a new one cannot be forgotten here.
    const ask: { readonly [Name in keyof Omit<typeof cluster, "name">]: () => Promise<unknown> } = {
      listNodes: () => cluster.listNodes(signal),
      listPods: () => cluster.listPods(signal),
      listWorkloads: () => cluster.listWorkloads(signal, "cnpg"),
      listPostgresClusters: () => cluster.listPostgresClusters(signal, "cnpg"),
      nodeUsage: () => cluster.nodeUsage(signal),
      podUsage: () => cluster.podUsage(signal),
    };
    await Promise.all(Object.values(ask).map((each) => each()));

    expect([...api.asked()].toSorted()).toEqual(granted.toSorted());
  });

  test("is the list of calls, with no right written twice and no wildcard", () => {
    expect(
      Object.values(calls)
        .map(({ verb, resource, group }) => `${verb} ${resource}.${group}`)
        .toSorted(),
    ).toEqual(granted.toSorted());
    expect(new Set(granted).size).toBe(granted.length);
    expect(granted.join(" ")).not.toContain("*");
  });
});
