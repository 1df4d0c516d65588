/**
 * What `records.ts` reads of each kind, by the numbers that its fields have in protobuf: `generated.proto` of `k8s.io/api/core/v1`,
 * `k8s.io/apimachinery/pkg/apis/meta/v1` and `k8s.io/metrics/pkg/apis/metrics/v1beta1`. Numbers are never used again for something else, so these hold for
 * every version of Kubernetes. A field that `records.ts` wants has to stand here too; the contract with a real API server compares the two.
 */
import { flag, listOf, mapOf, message, only, text, time, whole, type Value } from "./value.ts";

/** “250m”, “384Mi”. */
const quantity = only(1, text);
const amounts = mapOf(quantity);

const owner = message({ 1: ["kind", text], 3: ["name", text], 6: ["controller", flag] });
const metadata = message({
  1: ["name", text],
  3: ["namespace", text],
  9: ["deletionTimestamp", time],
  11: ["labels", mapOf(text)],
  13: ["ownerReferences", listOf(owner)],
});

const condition = message({ 1: ["type", text], 2: ["status", text] });

const container = message({
  1: ["name", text],
  2: ["image", text],
  8: ["resources", message({ 1: ["limits", amounts], 2: ["requests", amounts] })],
  24: ["restartPolicy", text],
});
const containerState = message({
  1: ["waiting", message({ 1: ["reason", text] })],
  3: ["terminated", message({ 1: ["exitCode", whole], 3: ["reason", text], 6: ["finishedAt", time] })],
});
const containerStatus = message({
  1: ["name", text],
  2: ["state", containerState],
  3: ["lastState", containerState],
  4: ["ready", flag],
  5: ["restartCount", whole],
});

export const pod: Value = message({
  1: ["metadata", metadata],
  2: ["spec", message({ 2: ["containers", listOf(container)], 10: ["nodeName", text], 20: ["initContainers", listOf(container)] })],
  3: [
    "status",
    message({
      1: ["phase", text],
      2: ["conditions", listOf(condition)],
      8: ["containerStatuses", listOf(containerStatus)],
      10: ["initContainerStatuses", listOf(containerStatus)],
    }),
  ],
});

export const node: Value = message({
  1: ["metadata", message({ 1: ["name", text] })],
  2: ["spec", message({ 4: ["unschedulable", flag] })],
  3: ["status", message({ 2: ["allocatable", amounts], 4: ["conditions", listOf(condition)] })],
});

const place = message({ 1: ["name", text], 3: ["namespace", text] });

export const nodeMetrics: Value = message({ 1: ["metadata", place], 2: ["timestamp", time], 4: ["usage", amounts] });

export const podMetrics: Value = message({
  1: ["metadata", place],
  2: ["timestamp", time],
  4: ["containers", listOf(message({ 1: ["name", text], 2: ["usage", amounts] }))],
});

/** What stands before a list's objects. */
export const listMetadata: Value = message({ 3: ["continue", text] });

/** A refusal. */
export const status: Value = message({ 3: ["message", text], 4: ["reason", text], 5: ["details", message({ 1: ["name", text], 3: ["kind", text] })] });
