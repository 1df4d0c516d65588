import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { parseDockerfile } from "../../../scripts/image/dockerfile.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { alertsSchema } from "../../../src/config/schema/alerts.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";

const read = (file: string): Promise<string> => readFile(`deploy/${file}`, "utf8");

async function objectsOf(file: string): Promise<readonly unknown[]> {
  const documents = parseAllDocuments(await read(file));
  return documents.map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

const named = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }) });
const kustomization = z
  .object({
    namespace: z.string(),
    resources: z.array(z.string()),
    configMapGenerator: z.array(z.object({ name: z.string(), files: z.array(z.string()) })),
    images: z.array(z.object({ name: z.string(), newName: z.string(), newTag: z.string() })),
  })
  .parse((await objectsOf("kustomization.yaml"))[0]);

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const deployment = z
  .object({
    spec: z.object({
      replicas: z.number(),
      strategy: z.object({ type: z.string() }),
      selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
      template: z.object({
        metadata: z.object({ labels: z.record(z.string(), z.string()) }),
        spec: z.object({
          serviceAccountName: z.string(),
          terminationGracePeriodSeconds: z.number(),
          securityContext: z.unknown(),
          containers: z.array(
            z.object({
              name: z.string(),
              image: z.string(),
              args: z.array(z.string()),
              ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
              livenessProbe: probe,
              readinessProbe: probe,
              resources: z.object({ requests: z.object({ cpu: z.string(), memory: z.string() }), limits: z.object({ cpu: z.string(), memory: z.string() }) }),
              securityContext: z.unknown(),
              volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() })),
            }),
          ),
          volumes: z.array(
            z.object({
              name: z.string(),
              configMap: z.object({ name: z.string() }).optional(),
              secret: z.object({ secretName: z.string(), defaultMode: z.number() }).optional(),
              persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
            }),
          ),
        }),
      }),
    }),
  })
  .parse((await objectsOf("deployment.yaml"))[0]).spec;
const pod = deployment.template.spec;
const [container] = pod.containers;
const mountOf = (volume: string) => container?.volumeMounts.find((each) => each.name === volume)?.mountPath;

describe("the manifests", () => {
  test("are all there, and all of one namespace", async () => {
    const objects = (await Promise.all(kustomization.resources.map(objectsOf))).flat().map((object) => named.parse(object));
    const elsewhere = objects.filter(({ metadata }) => (metadata.namespace ?? kustomization.namespace) !== kustomization.namespace);
    expect(elsewhere).toEqual([]);
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(names).toContain(`Namespace/${kustomization.namespace}`);
    expect(names).toContain(`ServiceAccount/${pod.serviceAccountName}`);
    const claims = pod.volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim ?? []);
    for (const { claimName } of claims) expect(names).toContain(`PersistentVolumeClaim/${claimName}`);
  });

  test("give the rights of rbac.yaml to the account that the pod runs as", async () => {
    const bindings = (await objectsOf("rbac.yaml")).map((object) => named.parse(object)).filter(({ kind }) => kind.endsWith("Binding"));
    expect(bindings.length).toBeGreaterThan(0);
    for (const binding of bindings) {
      expect(binding).toMatchObject({ subjects: [{ kind: "ServiceAccount", name: pod.serviceAccountName, namespace: kustomization.namespace }] });
    }
  });

  test("never have two pods write one SQLite file", () => {
    expect(deployment).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
  });

  test("fit the `restricted` pod security standard, with a read-only root", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(container?.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
  });

  test("run as the user that the image was made for, and write where it may", async () => {
    const image = parseDockerfile(await readFile("Dockerfile", "utf8")).at(-1)?.instructions ?? [];
    const [uid, gid] = (image.find((each) => each.kind === "user")?.user ?? "").split(":").map(Number);
    expect(pod.securityContext).toMatchObject({ runAsUser: uid, runAsGroup: gid, fsGroup: gid });
    expect(image).toContainEqual({ kind: "label", word: "VOLUME", text: mountOf("data") });
    expect(image).toContainEqual({ kind: "cmd", words: container?.args });
  });

  test("leave time to drain, and bounds to live in", () => {
    expect(pod.terminationGracePeriodSeconds).toBe(30);
    expect(container?.resources.limits.memory).toMatch(/Mi$/u);
  });

  test("name an image that is plainly to be changed", () => {
    expect(kustomization.images.map(({ name }) => name)).toEqual([container?.image]);
    expect(kustomization.images[0]?.newName).toContain("change-me");
  });

  test("mount the account's token so that only the pod's group can read it", () => {
    const secret = pod.volumes.find((each) => each.name === "secrets")?.secret;
    expect(secret?.defaultMode).toBe(0o440);
  });
});

describe("the configuration in the manifests", () => {
  const config = read("opsroom.yaml").then((text) => parseConfig("deploy/opsroom.yaml", text).config);

  test("has no mistakes", async () => {
    await expect(config).resolves.toBeDefined();
  });

  test("is where the pod looks for it", () => {
    const [generated] = kustomization.configMapGenerator;
    expect(pod.volumes.find((each) => each.name === "config")?.configMap?.name).toBe(generated?.name);
    expect(container?.args).toContain(`${mountOf("config")}/${generated?.files[0]}`);
  });

  test("names only places that are mounted", async () => {
    const { matrix, store, clusters } = await config;
    expect(matrix.accessToken).toEqual({ kind: "file", file: `${mountOf("secrets")}/access-token` });
    expect(store).toEqual({ kind: "sqlite", file: `${mountOf("data")}/opsroom.db` });
    expect(clusters.map(({ access }) => access.kind)).toEqual(["inCluster"]);
  });

  test("serves probes and metrics on the port that is named", async () => {
    const { admin } = await config;
    expect(container?.ports).toEqual([
      { name: "admin", containerPort: admin.port },
      { name: "alerts", containerPort: alertsSchema.parse({ sources: [{ name: "prod", bearer: { env: "TOKEN" } }], defaultRoom: "ops" }).listen.port },
    ]);
    expect(container?.livenessProbe.httpGet).toEqual({ path: "/livez", port: "admin" });
    expect(container?.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "admin" });
  });
});

test("the rules and the dashboard ask for metrics that there are", async () => {
  const { registry } = createMetrics(() => 0);
  const known = new Set((await registry.getMetricsAsJSON()).flatMap(({ name }) => [name, `${name}_count`, `${name}_bucket`, `${name}_sum`]));
  for (const file of ["optional/prometheusrule.yaml", "optional/grafana-dashboard.json"]) {
    const asked = [...new Set((await read(file)).match(/\bopsroom_[a-z_]+\b/gu) ?? [])];
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  }
});
