/** `answers/` holds what an API server 1.34 with metrics-server and kwok said: each question asked once for JSON and once for protobuf. */
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calls, type ApiCall } from "../../../src/kubernetes/calls.ts";
import { ClusterError } from "../../../src/kubernetes/errors.ts";
import { readPage, type Kept } from "../../../src/kubernetes/page.ts";
import { node, nodeMetrics, pod, podMetrics } from "../../../src/kubernetes/protobuf/kinds.ts";
import { nodeRecord, nodeUsage, podRecord, podUsage } from "../../../src/kubernetes/records.ts";
import { readRefusal } from "../../../src/kubernetes/refusal.ts";
import type { Format, HttpAnswer } from "../../../src/kubernetes/transport.ts";

const said = async (name: string): Promise<Buffer> => readFile(new URL(`answers/${name}`, import.meta.url));

/** An answer that comes in pieces of the given sizes, over and over. */
function answer(body: Buffer, format: Format, sizes: readonly number[] = [1000], status = 200): HttpAnswer {
  return {
    status,
    format,
    retryAfterMs: undefined,
    read: async (onChunk) => {
      for (let at = 0, turn = 0; at < body.length; turn += 1) {
        const to = at + (sizes[turn % sizes.length] ?? 1);
        onChunk(body.subarray(at, to));
        at = to;
      }
    },
  };
}

async function page<T>(call: ApiCall, kept: Kept<T>, of: HttpAnswer) {
  const early: string[] = [];
  const { records, next } = await readPage("prod", call, of, kept, (token) => early.push(token));
  return { records, next, early };
}

const pods = { keep: podRecord, protobuf: pod };

describe("a list in protobuf", () => {
  test.each<[string, ApiCall, Kept<unknown>]>([
    ["pods", calls.pods, pods],
    ["nodes", calls.nodes, { keep: nodeRecord, protobuf: node }],
    ["node-metrics", calls.nodeMetrics, { keep: nodeUsage, protobuf: nodeMetrics }],
    ["pod-metrics", calls.podMetrics, { keep: podUsage, protobuf: podMetrics }],
  ])("says of %s what the same list says in JSON", async (name, call, kept) => {
    const inJson = await page(call, kept, answer(await said(`${name}.json`), "json"));
    expect(inJson.records.length).toBeGreaterThan(0);
    const inProtobuf = await page(call, kept, answer(await said(`${name}.pb`), "protobuf"));
    expect(inProtobuf.records).toEqual(inJson.records);
    // A token says when it was asked for.
    expect(inProtobuf.early.length).toBe(inJson.early.length);
    expect(inProtobuf.early).toEqual(inProtobuf.next === undefined ? [] : [inProtobuf.next]);
  });

  test("is the same however it is cut into pieces", async () => {
    const bytes = await said("pods.pb");
    const whole = await page(calls.pods, pods, answer(bytes, "protobuf", [bytes.length]));
    expect(whole.records.map((each) => each.name)).toEqual(["chat-abc12-waits", "chat-abc12-x1", "chat-going"]);
    const pieces = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pieces, async (sizes) => {
        expect(await page(calls.pods, pods, answer(bytes, "protobuf", sizes))).toEqual(whole);
      }),
    );
  });

  test("that ends in the middle is refused, wherever that is", async () => {
    const bytes = await said("pods.pb");
    // The list's own end: behind it stands only how the envelope is encoded, which is empty.
    const listEnds = bytes.length - 4;
    for (let at = 0; at < listEnds; at += 13)
      await expect(page(calls.pods, pods, answer(bytes.subarray(0, at), "protobuf"))).rejects.toMatchObject({
        failure: "bad-answer",
        message: "prod answered to list pods with something that is no protobuf",
      });
  });

  test("that is damaged gives other records or is refused; it neither hangs nor fails otherwise", async () => {
    const bytes = await said("pods.pb");
    const damages = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(damages, async (all) => {
        const damaged = Buffer.from(bytes);
        for (const [at, byte] of all) damaged[at] = byte;
        const outcome = await page(calls.pods, pods, answer(damaged, "protobuf")).then(
          () => "read",
          (error: unknown) => (error instanceof ClusterError ? error.failure : error),
        );
        expect(["read", "bad-answer"]).toContain(outcome);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["a page of HTML", "<html>"],
    ["nothing", ""],
    ["its beginning only", "k8s\0"],
    ["a length without end", "k8s\0\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff"],
  ])("that is %s is refused", async (_, body) => {
    await expect(page(calls.pods, pods, answer(Buffer.from(body, "latin1"), "protobuf"))).rejects.toMatchObject({ failure: "bad-answer" });
  });
});

test("a refusal says in protobuf what it says in JSON; one that cannot be read gives no reason", async () => {
  const inJson = await readRefusal(answer(await said("refusal.json"), "json", [1000], 404));
  expect(inJson).toEqual({ message: 'secrets "nothing" not found', reason: "NotFound", kind: "secrets", name: "nothing" });
  expect(await readRefusal(answer(await said("refusal.pb"), "protobuf", [10], 404))).toEqual(inJson);
  expect(await readRefusal(answer(Buffer.from("k8s\0\x12"), "protobuf", [10], 404))).toMatchObject({ message: "no reason given", reason: undefined });
});
