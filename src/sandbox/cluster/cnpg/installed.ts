/** CloudNativePG and the Barman Cloud plugin as their manifests install them. */
import { deploymentPod } from "../fleet.ts";
import type { GivenObject } from "../kept-objects.ts";
import type { PodSpec } from "../spec.ts";
import { barmanCloud } from "./shapes.ts";

export const operatorPlace = { namespace: "cnpg-system", name: "cnpg-cloudnative-pg" } as const;
export const pluginPlace = { namespace: "cnpg-system", name: "barman-cloud" } as const;

export function operatorPod(node: string, version: string): PodSpec {
  return deploymentPod(
    { namespace: operatorPlace.namespace, node },
    operatorPlace.name,
    { "app.kubernetes.io/name": "cloudnative-pg" },
    { name: "manager", image: `ghcr.io/cloudnative-pg/cloudnative-pg:${version}`, usedMi: 64, requestMi: 100, limitMi: 256 },
  );
}

export function pluginPod(node: string): PodSpec {
  return deploymentPod(
    { namespace: pluginPlace.namespace, node },
    pluginPlace.name,
    { app: "barman-cloud" },
    { name: "barman-cloud", image: "ghcr.io/cloudnative-pg/plugin-barman-cloud:v0.14.0", usedMi: 31 },
  );
}

/** By its label and annotations the operator finds the plugin. */
export function pluginService(creationTimestamp: string): GivenObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...pluginPlace,
      creationTimestamp,
      labels: { app: "barman-cloud", "cnpg.io/pluginName": barmanCloud },
      annotations: {
        "cnpg.io/pluginClientSecret": "barman-cloud-client-tls",
        "cnpg.io/pluginServerSecret": "barman-cloud-server-tls",
        "cnpg.io/pluginPort": "9090",
      },
    },
    spec: { type: "ClusterIP", clusterIP: "10.112.0.41", ports: [{ port: 9090, protocol: "TCP", targetPort: 9090 }], selector: { app: "barman-cloud" } },
  };
}
