/** Manifests of pods for the real cluster. They use the one image that its node has. */
import { imageName } from "./node-config.ts";

export interface PodOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What the pod keeps in use. */
  readonly memoryBytes: number;
  readonly memoryLimitBytes?: number;
  readonly memoryRequestBytes?: number;
  readonly containerName?: string;
}

/** A pod that runs until it is deleted and holds that much memory, as a homeserver's process would. */
export function podManifest({
  name,
  namespace = "default",
  labels = {},
  memoryBytes,
  memoryLimitBytes,
  memoryRequestBytes,
  containerName = "main",
}: PodOptions): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [
        {
          name: containerName,
          image: imageName,
          imagePullPolicy: "Never",
          args: [String(memoryBytes)],
          resources: {
            ...(memoryLimitBytes === undefined ? {} : { limits: { memory: String(memoryLimitBytes) } }),
            ...(memoryRequestBytes === undefined ? {} : { requests: { memory: String(memoryRequestBytes) } }),
          },
        },
      ],
    },
  };
}

/** A pod that takes four times its limit: the kernel kills it, the kubelet starts it again, `lastState.terminated.reason` is `OOMKilled`. */
export function oomPod(options: Omit<PodOptions, "memoryBytes" | "memoryLimitBytes">): object {
  const limit = 32 * 2 ** 20;
  return podManifest({ ...options, memoryBytes: 4 * limit, memoryLimitBytes: limit });
}
