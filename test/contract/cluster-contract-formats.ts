/** A Kubernetes API says the same in protobuf, of which only known fields are read, as in JSON. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { calls, type ApiCall } from "../../src/kubernetes/calls.ts";
import { openCredentials } from "../../src/kubernetes/credentials.ts";
import { readList, type ListNeeds } from "../../src/kubernetes/list.ts";
import { node, nodeMetrics, pod, podMetrics } from "../../src/kubernetes/protobuf/kinds.ts";
import type { Value } from "../../src/kubernetes/protobuf/value.ts";
import { nodeRecord, nodeUsage, podRecord, podUsage } from "../../src/kubernetes/records.ts";
import { openTransport, type Format, type Transport } from "../../src/kubernetes/transport.ts";

const never = new AbortController().signal;

export function formatsContract(name: string, open: () => Promise<{ readonly kubeconfig: string; readonly context: string }>): void {
  describe(`the formats of a cluster (${name})`, () => {
    let transport: Transport;
    beforeAll(async () => {
      const { kubeconfig, context } = await open();
      transport = openTransport(await openCredentials("real", { kind: "kubeconfig", file: kubeconfig, context }));
    });
    afterAll(() => transport[Symbol.dispose]());

    test.each<[string, ApiCall, (item: unknown) => unknown, Value]>([
      ["nodes", calls.nodes, nodeRecord, node],
      ["pods", calls.pods, podRecord, pod],
      ["figures of nodes", calls.nodeMetrics, nodeUsage, nodeMetrics],
      ["figures of pods", calls.podMetrics, podUsage, podMetrics],
    ])("%s are the same in both", async (_, call, keep, protobuf) => {
      // Pods and figures change, now and then between the two questions.
      await expect.poll(async () => bothWays(transport, call, keep, protobuf), { timeout: 30_000 }).toEqual({ formats: ["json", "protobuf"], same: true });
    });
  });
}

async function bothWays(transport: Transport, call: ApiCall, keep: (item: unknown) => unknown, protobuf: Value) {
  const formats: Format[] = [];
  const needs: ListNeeds = {
    cluster: "real",
    clock: systemClock,
    random: Math.random,
    deadlineMs: 10_000,
    tries: 4,
    onFailure: () => undefined,
    transport: {
      get: async (...asked) => {
        const answer = await transport.get(...asked);
        formats.push(answer.format);
        return answer;
      },
    },
  };
  const inJson = await readList(needs, call, {}, { keep }, never);
  const inProtobuf = await readList(needs, call, {}, { keep, protobuf }, never);
  expect(inJson.length).toBeGreaterThan(0);
  return { formats, same: JSON.stringify(inJson) === JSON.stringify(inProtobuf) };
}
