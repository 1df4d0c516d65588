/** The API's JSON, with what a real API server sends along: a client must not stumble over it, and has to pay for it. */
import { createHash } from "node:crypto";
import type { KeptObject } from "./kept-objects.ts";
import type { ContainerSpec, NodeSituation, NodeSpec, PodHistory, PodSpec } from "./spec.ts";

export type Json = Readonly<Record<string, unknown>>;

/** 87 days before 12 June 2026. */
const createdAt = "2026-03-17T09:12:44Z";

function hashOf(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

function metadata(kind: string, { namespace = "", name }: { readonly namespace?: string; readonly name: string }, more: Json): Json {
  const id = hashOf(`${kind}/${namespace}/${name}`);
  return {
    name,
    ...(namespace === "" ? {} : { namespace }),
    uid: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20)}`,
    resourceVersion: String(Number.parseInt(id.slice(0, 6), 16)),
    creationTimestamp: createdAt,
    ...more,
    managedFields: [
      {
        manager: "kube-controller-manager",
        operation: "Update",
        apiVersion: "v1",
        time: createdAt,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": { "f:labels": { ".": {}, "f:app.kubernetes.io/name": {} }, "f:ownerReferences": { ".": {}, [`k:{"uid":"${id}"}`]: {} } },
          "f:spec": { "f:containers": { [`k:{"name":"${name}"}`]: { ".": {}, "f:image": {}, "f:name": {}, "f:resources": { ".": {}, "f:limits": {} } } } },
        },
      },
      {
        manager: "kubelet",
        operation: "Update",
        apiVersion: "v1",
        time: createdAt,
        fieldsType: "FieldsV1",
        fieldsV1: { "f:status": { "f:phase": {} } },
        subresource: "status",
      },
    ],
  };
}

export function nodeObject(node: NodeSpec, { state, cordoned, pressures }: NodeSituation): Json {
  const silent = state === "unknown";
  const condition = (type: string, holds: boolean, reason: string): Json => ({
    type,
    status: silent ? "Unknown" : holds ? "True" : "False",
    lastHeartbeatTime: createdAt,
    lastTransitionTime: createdAt,
    reason: silent ? "NodeStatusUnknown" : reason,
    message: silent ? "Kubelet stopped posting node status." : reason,
  });
  const taints = [
    ...(cordoned ? [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] : []),
    ...(state === "ready" ? [] : [{ key: `node.kubernetes.io/${silent ? "unreachable" : "not-ready"}`, effect: "NoExecute" }]),
  ];
  return {
    metadata: metadata("Node", node, { labels: { "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux" } }),
    spec: { podCIDR: "10.112.128.0/24", ...(cordoned ? { unschedulable: true } : {}), ...(taints.length === 0 ? {} : { taints }) },
    status: {
      capacity: { cpu: String(Math.ceil(node.allocatableMillicores / 1000)), memory: `${(node.allocatableMi + 700) * 1024}Ki`, pods: "110" },
      allocatable: { cpu: `${node.allocatableMillicores}m`, memory: `${node.allocatableMi * 1024}Ki`, pods: "110" },
      conditions: [
        ...(["MemoryPressure", "DiskPressure", "PIDPressure"] as const).map((type) => {
          const pressed = pressures.includes(type);
          return condition(type, pressed, `KubeletHas${pressed ? "" : "No"}${type}`);
        }),
        condition("Ready", state === "ready", state === "ready" ? "KubeletReady" : "KubeletNotReady"),
      ],
      addresses: [{ type: "Hostname", address: node.name }],
      nodeInfo: { kubeletVersion: "v1.32.1", containerRuntimeVersion: "containerd://1.7.27", osImage: "Ubuntu 22.04.5 LTS", architecture: "amd64" },
    },
  };
}

/** Whether its containers run and its node still says so. */
export function isReady(pod: PodSpec, history: PodHistory, nodeReady: boolean): boolean {
  return pod.failed !== true && history.waiting === undefined && nodeReady;
}

/** @param ownerUid of a CloudNativePG Cluster; that of anything else is made up */
export function podObject(pod: PodSpec, history: PodHistory, nodeReady: boolean, ownerUid: string | undefined): Json {
  const ready = isReady(pod, history, nodeReady);
  const condition = (type: string, holds: boolean): Json => ({
    type,
    status: holds ? "True" : "False",
    lastProbeTime: null,
    lastTransitionTime: createdAt,
    ...(holds ? {} : { reason: pod.failed === true ? "PodFailed" : "ContainersNotReady" }),
  });
  const { owner } = pod;
  return {
    metadata: metadata("Pod", pod, {
      labels: pod.labels,
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              { apiVersion: apiVersions[owner.kind], ...owner, uid: ownerUid ?? hashOf(owner.name), controller: true, blockOwnerDeletion: true },
            ],
          }),
    }),
    spec: {
      volumes: [
        { name: "kube-api-access-x7k2p", projected: { defaultMode: 420, sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: "token" } }] } },
      ],
      containers: pod.containers.map(containerObject),
      restartPolicy: owner?.kind === "Job" ? "Never" : "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      serviceAccountName: "default",
      nodeName: pod.node,
      securityContext: {},
      schedulerName: "default-scheduler",
      tolerations: ["not-ready", "unreachable"].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
      enableServiceLinks: true,
    },
    status: {
      phase: pod.failed === true ? "Failed" : "Running",
      conditions: [condition("Initialized", true), condition("Ready", ready), condition("ContainersReady", ready), condition("PodScheduled", true)],
      startTime: createdAt,
      hostIP: "10.128.0.11",
      podIP: "10.112.128.7",
      podIPs: [{ ip: "10.112.128.7" }],
      containerStatuses: pod.containers.map((container, at) => containerStatus(pod, container, at === 0 ? history : { restarts: 0 })),
      qosClass: "Burstable",
    },
  };
}

const apiVersions = { Cluster: "postgresql.cnpg.io/v1", DaemonSet: "apps/v1", Job: "batch/v1", ReplicaSet: "apps/v1", StatefulSet: "apps/v1" };

/** Of its first container. */
export const containerId = (pod: PodSpec): string => `containerd://${hashOf(pod.name)}${hashOf(pod.namespace)}`;

function containerObject({ name, image, requestMi, limitMi }: ContainerSpec): Json {
  return {
    name,
    image,
    env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } } }],
    resources: {
      ...(limitMi === undefined ? {} : { limits: { memory: `${limitMi}Mi` } }),
      ...(requestMi === undefined ? {} : { requests: { cpu: "50m", memory: `${requestMi}Mi` } }),
    },
    volumeMounts: [{ name: "kube-api-access-x7k2p", readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }],
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: "IfNotPresent",
  };
}

function containerStatus(pod: PodSpec, { name, image }: ContainerSpec, { restarts, last, waiting }: PodHistory): Json {
  const runs = pod.failed !== true && waiting === undefined;
  const state =
    pod.failed === true
      ? { terminated: { exitCode: 1, reason: "Error", startedAt: createdAt, finishedAt: createdAt } }
      : waiting === undefined
        ? { running: { startedAt: last?.finishedAt ?? createdAt } }
        : { waiting: { reason: waiting, message: "back-off 5m0s restarting failed container" } };
  return {
    name,
    image,
    imageID: `${image.replace(/:[^/]*$/u, "")}@sha256:${hashOf(image)}${hashOf(name)}`,
    containerID: containerId(pod),
    ready: runs,
    started: runs,
    restartCount: restarts,
    state,
    lastState: last === undefined ? {} : { terminated: { ...last, startedAt: createdAt } },
  };
}

/** A number that is 0 is left out of the status, as the API does. */
export function workloadObject(
  kind: "Deployment" | "StatefulSet",
  { namespace, name }: { readonly namespace: string; readonly name: string },
  pods: readonly PodSpec[],
  { replicas, ready }: { readonly replicas: number; readonly ready: number },
): Json {
  const { "pod-template-hash": _, ...labels } = pods[0]?.labels ?? {};
  return {
    metadata: metadata(kind, { namespace, name }, { labels, generation: 3 }),
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels } } },
    status: {
      observedGeneration: 3,
      ...(replicas === 0 ? {} : { replicas, updatedReplicas: replicas }),
      ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
    },
  };
}

/** An object that is kept as it came, with what the API sends along of who wrote which field. */
export function keptObject({ apiVersion, kind, metadata, ...rest }: KeptObject): Json {
  const fields = Object.fromEntries(Object.entries(rest).map(([name, value]) => [`f:${name}`, fieldsOf(value)]));
  const entry = { apiVersion, fieldsType: "FieldsV1", time: metadata.creationTimestamp };
  const { "f:status": status, ...others } = fields;
  return {
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      managedFields: [
        { ...entry, manager: "manager", operation: "Update", fieldsV1: others },
        ...(status === undefined ? [] : [{ ...entry, manager: "manager", operation: "Update", fieldsV1: { "f:status": status }, subresource: "status" }]),
      ],
    },
    ...rest,
  };
}

function fieldsOf(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return { ".": {}, ...Object.fromEntries(Object.entries(value).map(([name, each]) => [`f:${name}`, fieldsOf(each)])) };
}

export function nodeMetrics({ name, usedMi, usedMillicores }: NodeSpec, stamp: string): Json {
  return {
    metadata: { name, creationTimestamp: stamp, labels: { "kubernetes.io/hostname": name } },
    timestamp: stamp,
    window: "20.012s",
    usage: { cpu: `${usedMillicores * 1_000_000}n`, memory: `${usedMi * 1024}Ki` },
  };
}

export function podMetrics({ name, namespace, labels, containers }: PodSpec, stamp: string): Json {
  return {
    metadata: { name, namespace, creationTimestamp: stamp, labels },
    timestamp: stamp,
    window: "17.384s",
    // The figure is the plan's for memory alone; of CPU some is made up.
    containers: containers.map((each) => ({ name: each.name, usage: { cpu: `${(4 + (each.usedMi % 40)) * 1_000_000}n`, memory: `${each.usedMi * 1024}Ki` } })),
  };
}
