import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { selfSigned } from "../../../src/sandbox/cluster/certificate.ts";
import { generatedFleet } from "../../../src/sandbox/cluster/generated.ts";
import { clusterBed, type ClusterBed } from "../../support/embedded-cluster.ts";
import { manualClock } from "../../support/manual-clock.ts";

const { signal } = new AbortController();
const day = 86_400_000;
const from = (days: number): Date => new Date(Date.now() + days * day);
const kubeconfig = (file: string, context?: string) => ({ kind: "kubeconfig", file, context }) as const;

async function withCredentials(bed: ClusterBed, user: object, name = "other"): Promise<string> {
  const file = join(bed.folder, name);
  const config: unknown = JSON.parse(await readFile(bed.api.kubeconfig, "utf8"));
  await writeFile(`${file}.new`, JSON.stringify({ ...Object(config), users: [{ name: bed.api.name, user }] }));
  await rename(`${file}.new`, file);
  return file;
}

describe("a cluster is reached", () => {
  test("by a server's address, its CA and a token file, which is read anew for each question", async () => {
    await using bed = await clusterBed();
    const [caFile, tokenFile] = [join(bed.folder, "ca.crt"), join(bed.folder, "token")];
    await writeFile(caFile, bed.api.ca);
    await writeFile(tokenFile, `${bed.api.token}\n`);
    const cluster = await bed.open({ access: { kind: "token", server: bed.api.server, caFile, tokenFile } });
    await expect(cluster.listNodes(signal)).resolves.toHaveLength(3);

    bed.api.changeToken("renewed");
    await expect(cluster.listNodes(signal)).rejects.toMatchObject({ failure: "unauthorised", kind: "stalled" });
    await writeFile(tokenFile, "renewed");
    await expect(cluster.listNodes(signal)).resolves.toHaveLength(3);
  });

  test("by a kubeconfig, which is read anew when it has changed", async () => {
    await using bed = await clusterBed();
    const file = await withCredentials(bed, { token: "too old" });
    const cluster = await bed.open({ access: kubeconfig(file) });
    await expect(cluster.listNodes(signal)).rejects.toMatchObject({ failure: "unauthorised" });
    await withCredentials(bed, { token: bed.api.token });
    await expect(cluster.listNodes(signal)).resolves.toHaveLength(3);
  });
});

describe("credentials that cannot be used are said so at once, without the token", () => {
  test.each([
    ["a file that is not there", async (bed: ClusterBed) => kubeconfig(join(bed.folder, "nowhere")), /no such file/u],
    ["a context that it has not", async (bed: ClusterBed) => kubeconfig(bed.api.kubeconfig, "yc-prod"), /it has no context yc-prod/u],
    [
      "a program to run",
      async (bed: ClusterBed) => kubeconfig(await withCredentials(bed, { exec: { command: "yc", apiVersion: "v1" } })),
      /needs a program to log in/u,
    ],
    ["no pod", async () => ({ kind: "inCluster" }) as const, /this is no pod of a cluster/u],
  ])("%s", async (_, access, said) => {
    await using bed = await clusterBed();
    await expect(bed.open({ access: await access(bed) })).rejects.toMatchObject({ code: "OPSROOM_SECRET_UNREADABLE", message: expect.stringMatching(said) });
  });

  test("a file that is no kubeconfig", async () => {
    await using bed = await clusterBed();
    const file = join(bed.folder, "broken");
    await writeFile(file, "users: [{name: x, user: {token: swordfish]\n");
    const error: unknown = await bed.open({ access: kubeconfig(file) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "OPSROOM_SECRET_UNREADABLE", message: expect.stringContaining("it is no kubeconfig") });
    expect(String(error)).not.toContain("swordfish");
  });
});

describe("a certificate that is not to be trusted", () => {
  test.each([
    ["has expired", selfSigned({ notBefore: from(-2), notAfter: from(-1) }), "its certificate has expired"],
    [
      "is for another name",
      selfSigned({ dnsName: "other.example", addresses: [], notBefore: from(-1), notAfter: from(1) }),
      "its certificate is for another name",
    ],
  ])("%s", async (_, certificate, said) => {
    await using bed = await clusterBed({ certificate });
    await expect(bed.cluster.listNodes(signal)).rejects.toMatchObject({ failure: "unreachable", message: `prod could not be asked to list nodes: ${said}` });
  });

  test("is not signed by the CA that is configured", async () => {
    await using bed = await clusterBed();
    const [caFile, tokenFile] = [join(bed.folder, "ca.crt"), join(bed.folder, "token")];
    await writeFile(caFile, selfSigned({ notBefore: from(-1), notAfter: from(1) }).cert);
    await writeFile(tokenFile, bed.api.token);
    const cluster = await bed.open({ access: { kind: "token", server: bed.api.server, caFile, tokenFile } });
    await expect(cluster.listNodes(signal)).rejects.toMatchObject({ failure: "unreachable", message: expect.stringContaining("not signed by the CA") });
    expect(bed.failures).toEqual(["kubernetes unreachable"]);
  });
});

describe("a cluster in trouble", () => {
  test("whose API is down is named; once it is up again it answers", async () => {
    await using bed = await clusterBed();
    await bed.api.down();
    await expect(bed.cluster.listPods(signal)).rejects.toMatchObject({ message: "prod could not be asked to list pods: connection refused", kind: "waiting" });
    await bed.api.up();
    expect((await bed.cluster.listPods(signal)).length).toBeGreaterThan(30);
    expect(bed.failures).toEqual(["kubernetes unreachable"]);
  });

  test("whose rights were taken away says which verb on which resource, also where it is in a group", async () => {
    await using bed = await clusterBed();
    bed.api.faults.forbid("list", "", "pods");
    bed.api.faults.forbid("list", "apps", "deployments");
    await expect(bed.cluster.listPods(signal)).rejects.toMatchObject({
      code: "OPSROOM_CLUSTER_FORBIDDEN",
      message: expect.stringContaining("add verb list on pods to"),
    });
    await expect(bed.cluster.listWorkloads(signal, "matrix-roglog")).rejects.toMatchObject({ message: expect.stringContaining("list on deployments.apps") });
    await expect(bed.cluster.podUsage(signal)).resolves.not.toEqual([]);
    bed.api.faults.allow("list", "", "pods");
    await expect(bed.cluster.listPods(signal)).resolves.not.toEqual([]);
  });

  test.each([429, 503, "cut", "html"] as const)("that fails with %s once or twice is asked again", async (failure) => {
    const clock = manualClock();
    await using bed = await clusterBed({}, clock);
    bed.api.faults.failNext(2, failure);
    // However long this machine takes to carry a request, the deadline is not what ends it.
    const cluster = await bed.open({ deadlineMs: 7 * 24 * 3_600_000 });
    const nodes = cluster.listNodes(signal);
    const waiting = (): boolean => bed.api.requests() < 3;
    while (waiting()) await clock.advance(100);
    await expect(nodes).resolves.toHaveLength(3);
    expect(bed.api.requests()).toBe(3);
  });

  test("that never answers is given up at the deadline", async () => {
    await using bed = await clusterBed();
    const cluster = await bed.open({ deadlineMs: 60 });
    bed.api.faults.failNext(1, "hang");
    await expect(cluster.listNodes(signal)).rejects.toMatchObject({ message: "prod could not be asked to list nodes: no answer in time" });
  });

  test("without a metrics API says so, and with one that is broken too", async () => {
    await using bed = await clusterBed();
    bed.api.world.setMetricsInstalled(false);
    await expect(bed.cluster.nodeUsage(signal)).rejects.toMatchObject({ failure: "not-served", message: "prod does not serve nodes.metrics.k8s.io" });
    bed.api.world.setMetricsBroken(true);
    await expect(bed.cluster.nodeUsage(signal)).rejects.toMatchObject({ failure: "unreachable", message: expect.stringContaining("503") });
  });

  test("of many pages whose list expires half way is read again, each pod once", async () => {
    await using bed = await clusterBed({ fleet: generatedFleet({ nodes: 20, pods: 1200 }) });
    const reading = bed.cluster.listPods(signal);
    while (bed.api.requests() < 1) await new Promise((resolve) => setImmediate(resolve));
    bed.api.faults.expireLists();
    const pods = await reading;
    expect(new Set(pods.map((pod) => `${pod.namespace}/${pod.name}`)).size).toBe(1200);
    expect(pods).toHaveLength(1200);
    expect(bed.api.requests()).toBeGreaterThan(3);
  });
});
