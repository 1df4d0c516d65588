/** The CloudNativePG operator and its Barman Cloud plugin in the real cluster, from the manifests that their modules bring along. */
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { startClusterDns } from "./cluster-dns.ts";
import type { Kubernetes } from "./kubernetes.ts";
import { built } from "./paths.ts";
import { run, waitFor } from "./process.ts";
import { createVolumes } from "./volumes.ts";

export const operatorNamespace = "cnpg-system";
export const pluginName = "barman-cloud.cloudnative-pg.io";
export const postgresImage = "localhost/postgresql:15";
const images = {
  operator: "localhost/cloudnative-pg:1.28.0",
  plugin: "localhost/plugin-barman-cloud:0.14.0",
  sidecar: "localhost/plugin-barman-cloud-sidecar:0.14.0",
};
const volumeCount = 60;

export interface CloudNativePg {
  readonly stopOperator: () => Promise<void>;
  /** Resolves when its webhook answers, so that objects can be made. */
  readonly startOperator: () => Promise<void>;
  readonly stopPlugin: () => Promise<void>;
  readonly startPlugin: () => Promise<void>;
  /** Its Deployment and Service; what it has defined and its ObjectStores stay. */
  readonly uninstallPlugin: () => Promise<void>;
  readonly installPlugin: () => Promise<void>;
}

/** Installs them and resolves when clusters can be made. One can ask for the volumes' storage class `bed`, which is the default. */
export async function installCloudNativePg(kubernetes: Kubernetes, { plugin }: { readonly plugin: boolean }): Promise<CloudNativePg> {
  const { kubectl } = kubernetes;
  const importing = kubernetes.importImages("postgres.tar");
  startClusterDns(kubernetes);
  await createVolumes(kubernetes, volumeCount);
  const apply = async (items: readonly object[]): Promise<void> => {
    await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], { stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });
  };
  const replicas = async (deployment: string, count: number): Promise<void> => {
    await kubectl(["-n", operatorNamespace, "scale", `deployment/${deployment}`, `--replicas=${count}`]);
    await kubectl(["-n", operatorNamespace, "rollout", "status", `deployment/${deployment}`, "--timeout=110s"]);
    if (count === 0) await kubectl(["-n", operatorNamespace, "wait", "--for=delete", "pod", "-l", podsOf[deployment] ?? "", "--timeout=60s"]);
  };
  const webhookAnswers = async (): Promise<void> =>
    waitFor("the operator's webhook answers", 60_000, [], async () => {
      await kubectl(["create", "--dry-run=server", "-f", "-"], { stdin: JSON.stringify(probe) });
      return true;
    }).then(() => undefined);
  const startOperator = async (): Promise<void> => {
    await replicas(operator, 1);
    await webhookAnswers();
  };
  const installPlugin = async (): Promise<void> => {
    await apply(pluginObjects());
    await replicas(barman, 1);
  };

  await apply(operatorObjects());
  if (plugin) await apply([...(await certificates()), ...pluginObjects()]);
  await importing;
  if (plugin) await replicas(barman, 1);
  await startOperator();
  return {
    startOperator,
    installPlugin,
    stopOperator: async () => replicas(operator, 0),
    startPlugin: async () => replicas(barman, 1),
    stopPlugin: async () => replicas(barman, 0),
    uninstallPlugin: async () => {
      await kubectl(["-n", operatorNamespace, "delete", `deployment/${barman}`, `service/${barman}`, "--cascade=foreground"]);
    },
  };
}

const operator = "cnpg-controller-manager";
const barman = "barman-cloud";
const podsOf: Readonly<Record<string, string>> = { [operator]: "app.kubernetes.io/name=cloudnative-pg", [barman]: "app=barman-cloud" };
const probe = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata: { name: "probe", namespace: "default" },
  spec: { instances: 1, storage: { size: "1Gi" } },
};

const object = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
type KubernetesObject = z.infer<typeof object>;

function manifest(file: string): readonly KubernetesObject[] {
  return parseAllDocuments(readFileSync(built("cnpg", file), "utf8")).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [object.parse(value)];
  });
}

const deployment = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.tuple([z.looseObject({ env: z.array(z.looseObject({ name: z.string() })), readinessProbe: z.looseObject({}) })]) }),
    }),
  }),
});

/** With our image, and without the limit of a tenth of a processor, which makes it slow to start. */
function withImage(from: KubernetesObject, image: string, env: Readonly<Record<string, string>>): object {
  const { spec } = deployment.parse(from);
  const [container] = spec.template.spec.containers;
  const kept = container.env.filter(({ name }) => !(name in env));
  const adapted = {
    ...container,
    image,
    imagePullPolicy: "Never",
    resources: {},
    readinessProbe: { ...container.readinessProbe, initialDelaySeconds: 1, periodSeconds: 1 },
    env: [...kept, ...Object.entries(env).map(([name, value]) => ({ name, value }))],
  };
  return { ...from, spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers: [adapted] } } } };
}

function operatorObjects(): readonly object[] {
  return manifest("operator.yaml").map((each) =>
    each.kind === "Deployment" ? withImage(each, images.operator, { OPERATOR_IMAGE_NAME: images.operator }) : each,
  );
}

/** Without the objects for cert-manager, which is not there. */
function pluginObjects(): readonly object[] {
  return manifest("plugin.yaml")
    .filter((each) => !each.apiVersion.startsWith("cert-manager.io/"))
    .map((each) => (each.kind === "Deployment" ? withImage(each, images.plugin, { SIDECAR_IMAGE: images.sidecar }) : each));
}

/** What cert-manager would make: operator and plugin know each other by these two, each signed by itself. */
async function certificates(): Promise<readonly object[]> {
  const pair = async (secret: string, name: string, usage: string): Promise<object> => {
    const subject = ["-subj", `/CN=${name}`, "-addext", `extendedKeyUsage=${usage}`, "-addext", `subjectAltName=DNS:${name}`];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const both = await run("openssl", ["req", "-x509", ...curve, "-keyout", "-", "-out", "-", ...subject]);
    const [key = "", certificate = ""] = both.split(/(?=-----BEGIN CERTIFICATE)/u);
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: secret, namespace: operatorNamespace },
      type: "kubernetes.io/tls",
      stringData: { "tls.key": key, "tls.crt": certificate },
    };
  };
  return Promise.all([pair("barman-cloud-client-tls", "barman-cloud-client", "clientAuth"), pair("barman-cloud-server-tls", "barman-cloud", "serverAuth")]);
}
