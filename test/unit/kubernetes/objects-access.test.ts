import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { drillPlaceCalls, drillSourceCalls, type ApiCall } from "../../../src/kubernetes/calls.ts";
import { objectAccess } from "../../../src/kubernetes/objects-access.ts";
import { openCluster } from "../../../src/kubernetes/open.ts";
import { openTransport } from "../../../src/kubernetes/transport.ts";
import { newFleet } from "../../../src/sandbox/cluster/shared-database.ts";
import { clusterBed } from "../../support/embedded-cluster.ts";

const { signal } = new AbortController();
const place = { namespace: "cnpg", name: "copied" };
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "copied", labels: { "opsroom.dev/run": "a" } }, data: { id: "eA==" } };
const { createSecret, deleteSecret, listSecrets } = drillPlaceCalls;
const { getSecret } = drillSourceCalls;

async function bed() {
  const made = await clusterBed({ fleet: newFleet });
  const needs = { clock: systemClock, random: () => 0, metrics: { apiFailure: () => undefined } };
  const access = await openCluster({ name: "prod", access: { kind: "kubeconfig", file: made.api.kubeconfig, context: undefined } }, needs);
  return { ...made, access, [Symbol.asyncDispose]: async () => (access[Symbol.dispose](), made[Symbol.asyncDispose]()) };
}

describe("one object", () => {
  test("is created, read, listed and deleted; what is not there is no error", async () => {
    await using here = await bed();
    const { access } = here;
    await expect(access.get(signal, getSecret, place)).resolves.toBeUndefined();
    await expect(access.create(signal, createSecret, "cnpg", secret)).resolves.toMatchObject({ object: { data: { id: "eA==" } } });
    await expect(access.create(signal, createSecret, "cnpg", secret)).resolves.toBe("exists");
    await expect(access.get(signal, getSecret, place)).resolves.toMatchObject({ metadata: { labels: { "opsroom.dev/run": "a" } } });
    await expect(access.list(signal, listSecrets, { namespace: "cnpg", labelSelector: "opsroom.dev/run=a" }, (item) => item)).resolves.toHaveLength(1);
    await expect(access.remove(signal, deleteSecret, place)).resolves.toBe(true);
    await expect(access.remove(signal, deleteSecret, place)).resolves.toBe(false);
  });

  test("of a kind that nobody serves, or in a namespace that is not there, is an error in words", async () => {
    await using here = await bed();
    const nobody: ApiCall = { verb: "get", group: "example.org", version: "v1", resource: "things" };
    await expect(here.access.get(signal, nobody, place)).rejects.toMatchObject({ failure: "not-served" });
    await expect(here.access.remove(signal, { ...nobody, verb: "delete" }, place)).rejects.toMatchObject({ failure: "not-served" });
    await expect(here.access.create(signal, createSecret, "nowhere", secret)).rejects.toMatchObject({ message: "prod has no namespace nowhere" });
  });

  test("that the server does not take says why; a missing right names the verb", async () => {
    await using here = await bed();
    const wrong = { ...secret, metadata: { name: "Not A Name" } };
    await expect(here.access.create(signal, createSecret, "cnpg", wrong)).rejects.toMatchObject({
      message: expect.stringMatching(/answered 422 to create secrets/u),
    });
    here.api.faults.forbid("create", "", "secrets");
    await expect(here.access.create(signal, createSecret, "cnpg", secret)).rejects.toMatchObject({
      failure: "forbidden",
      message: expect.stringContaining("add verb create on secrets"),
      remedy: expect.stringContaining("rbac-drill.yaml"),
    });
  });

  test("whose creation went through and whose answer was lost is there: it is asked again, and said so", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (asked.length === 1) response.destroy();
      else response.writeHead(409).end(JSON.stringify({ kind: "Status", reason: "AlreadyExists", message: "it exists" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port }: AddressInfo = JSON.parse(JSON.stringify(server.address()));
    using transport = openTransport({ server: () => `http://127.0.0.1:${port}`, apply: () => Promise.resolve({ proxied: false }) });
    const access = objectAccess({ cluster: "prod", transport, clock: systemClock, random: () => 0, deadlineMs: 5000, tries: 3, onFailure: () => undefined });
    await expect(access.create(signal, createSecret, "cnpg", secret)).resolves.toBe("exists");
    expect(asked).toEqual(["POST /api/v1/namespaces/cnpg/secrets", "POST /api/v1/namespaces/cnpg/secrets"]);
    server.closeAllConnections();
    server.close();
  });
});
