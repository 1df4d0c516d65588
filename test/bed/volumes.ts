/** Volumes of the real cluster: folders of this machine that wait to be claimed. There is no provisioner; each is used once. */
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Kubernetes } from "./kubernetes.ts";

export const storageClass = "bed";
/** The user as which CloudNativePG runs PostgreSQL. */
const postgresUser = 26;

/** Makes the storage class and `count` volumes of any size one may ask for up to 10 GiB. */
export async function createVolumes({ dir, kubectl }: Kubernetes, count: number): Promise<void> {
  const volumes = Array.from({ length: count }, (_, index) => {
    const name = `bed-${index + 1}`;
    const path = join(dir, "volumes", name);
    mkdirSync(path, { recursive: true });
    chownSync(path, postgresUser, postgresUser);
    return {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name },
      spec: {
        capacity: { storage: "10Gi" },
        accessModes: ["ReadWriteOnce"],
        storageClassName: storageClass,
        persistentVolumeReclaimPolicy: "Retain",
        hostPath: { path, type: "Directory" },
      },
    };
  });
  const sort = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: storageClass, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
  };
  await kubectl(["create", "-f", "-"], { stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items: [sort, ...volumes] }) });
}
