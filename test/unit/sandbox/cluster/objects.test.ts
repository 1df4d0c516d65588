import { describe, expect, test } from "vitest";
import { field, listOf } from "../../../../src/kubernetes/json.ts";
import { newFleet } from "../../../../src/sandbox/cluster/shared-database.ts";
import { clusterBed } from "../../../support/embedded-cluster.ts";
import { ask } from "../../../support/raw-api.ts";

const core = "/api/v1/namespaces/opsroom-drill";
const cnpg = "/apis/postgresql.cnpg.io/v1/namespaces/opsroom-drill";
const secret = (name: string, metadata = {}) => ({ apiVersion: "v1", kind: "Secret", metadata: { name, ...metadata }, stringData: { id: "a" } });
const cluster = (name: string, spec = {}) => ({
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata: { name },
  spec: { instances: 1, storage: { size: "1Gi" }, ...spec },
});

describe("objects of the embedded API", () => {
  test("are created once, found by name and label, deleted, and made anew as others", async () => {
    await using bed = await clusterBed({ fleet: newFleet });
    const made = await ask(bed.api, "POST", `${core}/secrets`, secret("one", { labels: { "opsroom.dev/run": "r1" } }));
    expect(made).toMatchObject({ status: 201, body: { metadata: { name: "one", uid: expect.any(String) }, data: { id: "YQ==" }, type: "Opaque" } });
    expect(await ask(bed.api, "POST", `${core}/secrets`, secret("one"))).toMatchObject({
      status: 409,
      body: { reason: "AlreadyExists", message: 'secrets "one" already exists' },
    });
    expect(await ask(bed.api, "GET", `${core}/secrets/one`)).toMatchObject({ status: 200, body: { kind: "Secret", apiVersion: "v1" } });
    expect(await ask(bed.api, "GET", `${core}/secrets?labelSelector=opsroom.dev/run%3Dr1`)).toMatchObject({ body: { items: { length: 1 } } });
    expect(await ask(bed.api, "DELETE", `${core}/secrets/one`, { preconditions: { uid: "another" } })).toMatchObject({
      status: 409,
      body: { reason: "Conflict" },
    });
    expect(await ask(bed.api, "DELETE", `${core}/secrets/one`)).toMatchObject({ status: 200, body: { status: "Success" } });
    expect(await ask(bed.api, "DELETE", `${core}/secrets/one`)).toMatchObject({
      status: 404,
      body: { reason: "NotFound", message: 'secrets "one" not found' },
    });
    const again = await ask(bed.api, "POST", `${core}/secrets`, secret("one"));
    expect(again.body).not.toMatchObject({ metadata: { uid: field(field(made.body, "metadata"), "uid") } });
  });

  test.each<readonly [string, string, unknown, number, RegExp]>([
    ["a name in capitals", `${core}/secrets`, secret("One"), 422, /^Secret "One" is invalid: metadata.name: Invalid value/u],
    ["no name", `${core}/secrets`, secret(""), 422, /name or generateName is required/u],
    ["a label that is too long", `${core}/secrets`, secret("one", { labels: { a: "b".repeat(64) } }), 422, /must be no more than 63 bytes/u],
    ["another namespace", `${core}/secrets`, secret("one", { namespace: "cnpg" }), 400, /does not match the namespace/u],
    ["a namespace that is not there", "/api/v1/namespaces/nowhere/secrets", secret("one"), 404, /^namespaces "nowhere" not found$/u],
    ["a copy with its version", `${core}/secrets`, secret("one", { resourceVersion: "5" }), 500, /resourceVersion should not be set/u],
    ["another kind", `${core}/secrets`, cluster("one"), 400, /cannot be handled as a Secret/u],
    ["a cluster of no instances", `${cnpg}/clusters`, cluster("one", { instances: 0 }), 422, /spec.instances/u],
    [
      "a cluster without a size",
      `${cnpg}/clusters`,
      cluster("one", { storage: {} }),
      422,
      /^admission webhook "vcluster.cnpg.io" denied the request: Cluster.cluster.cnpg.io "one" is invalid: spec.storage.size/u,
    ],
    [
      "a restore from nowhere",
      `${cnpg}/clusters`,
      cluster("one", { bootstrap: { recovery: { source: "origin" } } }),
      422,
      /External cluster origin not found/u,
    ],
    [
      "a plugin backup that names none",
      `${cnpg}/backups`,
      { apiVersion: "postgresql.cnpg.io/v1", kind: "Backup", metadata: { name: "b" }, spec: { cluster: { name: "one" }, method: "plugin" } },
      422,
      /cannot be empty when the backup method is plugin/u,
    ],
    [
      "a schedule that is none",
      `${cnpg}/scheduledbackups`,
      { apiVersion: "postgresql.cnpg.io/v1", kind: "ScheduledBackup", metadata: { name: "b" }, spec: { cluster: { name: "one" }, schedule: "0 99 * * *" } },
      422,
      /End of range \(99\) above maximum \(59\): 99/u,
    ],
  ])("are refused as Kubernetes does: %s", async (_, path, body, status, message) => {
    await using bed = await clusterBed({ fleet: newFleet });
    const answer = await ask(bed.api, "POST", path, body);
    expect(answer).toMatchObject({ status, body: { kind: "Status", code: status, message: expect.stringMatching(message) } });
  });

  test("a right that is missing is named with verb, name and place", async () => {
    await using bed = await clusterBed({ fleet: newFleet });
    bed.api.faults.forbid("get", "", "secrets");
    expect(await ask(bed.api, "GET", `${core}/secrets/one`)).toMatchObject({
      status: 403,
      body: {
        message: expect.stringMatching(
          /^secrets "one" is forbidden: User ".*" cannot get resource "secrets" in API group "" in the namespace "opsroom-drill"$/u,
        ),
      },
    });
    bed.api.faults.forbid("create", "postgresql.cnpg.io", "clusters");
    expect(await ask(bed.api, "POST", `${cnpg}/clusters`, cluster("one"))).toMatchObject({ status: 403 });
    expect((await ask(bed.api, "GET", `${cnpg}/clusters`)).status).toBe(200);
  });

  test("a Cluster takes its pods and volumes along, and a ScheduledBackup that owns its Backups these", async () => {
    await using bed = await clusterBed({ fleet: newFleet });
    const of = async (path: string): Promise<number> => listOf(field((await ask(bed.api, "GET", path)).body, "items")).length;
    expect(await of("/apis/postgresql.cnpg.io/v1/namespaces/cnpg/backups")).toBeGreaterThan(50);
    await ask(bed.api, "DELETE", "/apis/postgresql.cnpg.io/v1/namespaces/cnpg/scheduledbackups/shared-pg-daily");
    expect(await of("/apis/postgresql.cnpg.io/v1/namespaces/cnpg/backups")).toBe(0);
    const before = [await of("/api/v1/namespaces/cnpg/pods"), await of("/api/v1/namespaces/cnpg/persistentvolumeclaims")];
    await ask(bed.api, "DELETE", "/apis/postgresql.cnpg.io/v1/namespaces/cnpg/clusters/shared-pg");
    const left = [await of("/api/v1/namespaces/cnpg/pods"), await of("/api/v1/namespaces/cnpg/persistentvolumeclaims")];
    expect([before, left]).toEqual([
      [3, 3],
      [0, 0],
    ]);
  });
});
