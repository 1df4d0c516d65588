import { describe, expect, test } from "vitest";
import { nodeRoom, podRoom, refuseForRoom } from "../../../../src/backups/drill/room.ts";

const GiB = 2 ** 30;
const node = (name: string, spec: object = {}, ready = "True") =>
  nodeRoom({ metadata: { name }, spec, status: { allocatable: { memory: "6Gi" }, conditions: [{ type: "Ready", status: ready }] } });
const asks = (memory: string) => ({ resources: { requests: { memory } } });

describe("room for a drill", () => {
  test("is what the emptiest node has left of what it can allocate", () => {
    const nodes = [node("ofem"), node("uzig")].flatMap((each) => each ?? []);
    const pods = [
      { node: "ofem", requestedBytes: 5.5 * GiB },
      { node: "uzig", requestedBytes: 5 * GiB },
    ];
    expect(refuseForRoom(nodes, pods, GiB)).toBeUndefined();
    expect(refuseForRoom(nodes, pods, GiB + 1)?.refusal).toContain("the emptiest node, uzig, has 1.0 Gi left");
  });

  test.each([
    ["is cordoned", { unschedulable: true }, "True"],
    ["has a taint", { taints: [{ key: "x", effect: "NoSchedule" }] }, "True"],
    ["is not ready", {}, "Unknown"],
  ])("is not on a node that %s", (_, spec, ready) => {
    const nodes = [node("uzig", spec, ready)].flatMap((each) => each ?? []);
    expect(refuseForRoom(nodes, [], GiB)?.refusal).toContain("No node is known");
  });

  test("counts pods as the scheduler does", () => {
    const pod = (spec: object, phase = "Running") => podRoom({ spec: { nodeName: "uzig", ...spec }, status: { phase } })?.requestedBytes;
    expect(pod({ containers: [asks("1Gi"), asks("1Gi")], initContainers: [asks("1500Mi")] })).toBe(2 * GiB);
    expect(pod({ containers: [asks("1Gi")], initContainers: [asks("3Gi")] })).toBe(3 * GiB);
    expect(pod({ containers: [asks("1Gi")], initContainers: [{ ...asks("1Gi"), restartPolicy: "Always" }] })).toBe(2 * GiB);
    expect(pod({ containers: [asks("1Gi")] }, "Succeeded")).toBeUndefined();
    expect(podRoom({ spec: { containers: [asks("1Gi")] } })).toBeUndefined();
  });
});
