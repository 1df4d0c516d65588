import { describe, expect, test } from "vitest";
import { calls } from "../../../src/kubernetes/calls.ts";
import { ClusterError } from "../../../src/kubernetes/errors.ts";
import { readList, type ListNeeds } from "../../../src/kubernetes/list.ts";
import type { HttpAnswer } from "../../../src/kubernetes/transport.ts";
import { manualClock } from "../../support/manual-clock.ts";

type Script = (HttpAnswer | Error | "never")[];
/** A body that comes in pieces of seven bytes, and is cut behind `cutAfter`. */
const text = (status: number, body: string, retryAfterMs?: number, cutAfter?: number): HttpAnswer => ({
  status,
  format: "json",
  retryAfterMs,
  read: async (onChunk) => {
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += 7) {
      if (cutAfter !== undefined && at >= cutAfter) throw cut;
      onChunk(bytes.subarray(at, at + 7));
      await Promise.resolve();
    }
  },
});
const json = (status: number, body: unknown, retryAfterMs?: number): HttpAnswer => text(status, JSON.stringify(body), retryAfterMs);
const page = (items: readonly unknown[], next?: string): HttpAnswer => json(200, { metadata: next === undefined ? {} : { continue: next }, items });
const busy = (retryAfterMs?: number): HttpAnswer => json(429, { message: "too many requests" }, retryAfterMs);
const cut = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });

function setUp(script: Script) {
  const clock = manualClock();
  const paths: string[] = [];
  const failures: string[] = [];
  const needs: ListNeeds = {
    cluster: "prod",
    clock,
    random: () => 0.5,
    deadlineMs: 10_000,
    tries: 4,
    onFailure: (kind) => failures.push(kind),
    transport: {
      get: (path, signal) => {
        paths.push(path);
        const next = script.shift() ?? new Error("not expected");
        if (next === "never")
          return new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"))),
          );
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
    },
  };
  const stop = new AbortController();
  const read = () => readList(needs, calls.pods, { namespace: "a b" }, { keep: (item) => (typeof item === "string" ? item : undefined) }, stop.signal);
  return { clock, paths, failures, stop, read };
}

async function failure(work: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof ClusterError)) throw new Error(`not a ClusterError: ${String(error)}`);
  return error;
}

describe("a list", () => {
  test("is read page by page to the end, without what is not wanted", async () => {
    const { read, paths, failures } = setUp([page(["a", 1, "b"], "next/1"), page(["c"], "")]);
    await expect(read()).resolves.toEqual(["a", "b", "c"]);
    expect(paths).toEqual(["/api/v1/namespaces/a%20b/pods?limit=500", "/api/v1/namespaces/a%20b/pods?limit=500&continue=next%2F1"]);
    expect(failures).toEqual([]);
  });

  test("that has expired half way is read from the start, once, and nothing is there twice", async () => {
    const expired = json(410, { reason: "Expired" });
    await expect(setUp([page(["a"], "1"), expired, page(["a"], "2"), page(["b"])]).read()).resolves.toEqual(["a", "b"]);
    expect((await failure(setUp([page(["a"], "1"), expired, page(["a"], "2"), expired]).read())).failure).toBe("expired");
  });

  test("is asked for again after 429, 5xx and a cut connection, with growing pauses", async () => {
    const { read, clock, paths } = setUp([busy(), cut, json(503, {}), page(["a"])]);
    const list = read();
    await clock.advance(199);
    expect(paths).toHaveLength(1);
    await clock.advance(1 + 400);
    expect(paths).toHaveLength(3);
    await clock.advance(800);
    await expect(list).resolves.toEqual(["a"]);
  });

  test("whose page is cut half way is asked for that page again, and nothing is there twice", async () => {
    const whole = JSON.stringify({ metadata: { continue: "1" }, items: ["a", "b"] });
    const { read, clock, paths } = setUp([text(200, whole, undefined, whole.length - 4), page(["c"]), text(200, whole), page(["c"])]);
    const list = read();
    await clock.advance(199);
    expect(paths.filter((path) => !path.includes("continue"))).toHaveLength(1);
    await clock.advance(1);
    await expect(list).resolves.toEqual(["a", "b", "c"]);
  });

  test("whose first page is cut goes on from the page that came instead, not from the one that was cut", async () => {
    const first = (token: string): string => JSON.stringify({ metadata: { continue: token }, items: ["a", "b"] });
    const { read, clock } = setUp([text(200, first("1"), undefined, 42), page(["of another time"]), text(200, first("2")), page(["c"])]);
    const list = read();
    await clock.advance(200);
    await expect(list).resolves.toEqual(["a", "b", "c"]);
  });

  test("asks for its next page before the objects of this one have come", async () => {
    const gone: string[] = [];
    const slow: HttpAnswer = {
      status: 200,
      format: "json",
      retryAfterMs: undefined,
      read: (onChunk) => {
        onChunk(Buffer.from('{"metadata":{"continue":"1"},"items":['));
        gone.push(...paths);
        onChunk(Buffer.from('"a"]}'));
        return Promise.resolve();
      },
    };
    const { read, paths } = setUp([slow, page(["b"])]);
    await expect(read()).resolves.toEqual(["a", "b"]);
    expect(gone).toHaveLength(2);
  });

  test("waits as long as the server says", async () => {
    const { read, clock, paths } = setUp([busy(3000), page(["a"])]);
    const list = read();
    await clock.advance(2999);
    expect(paths).toHaveLength(1);
    await clock.advance(1);
    await expect(list).resolves.toEqual(["a"]);
  });

  test("does not wait for what would come after its deadline", async () => {
    const { read, clock } = setUp([busy(60_000)]);
    expect(await failure(read())).toMatchObject({ failure: "unreachable", message: "prod answered 429 to list pods: too many requests" });
    expect(clock.sleeping()).toBe(0);
  });

  test("ends at its deadline, however many pages are still to come", async () => {
    const { read, clock, failures } = setUp([page(["a"], "1"), "never"]);
    const list = failure(read());
    await clock.advance(10_000);
    expect(await list).toMatchObject({ failure: "unreachable", kind: "waiting", message: "prod could not be asked to list pods: no answer in time" });
    expect(failures).toEqual(["unreachable"]);
    expect(clock.sleeping()).toBe(0);
  });

  test("ends when nobody wants it any more; that is no failure of the cluster", async () => {
    const { read, stop, failures } = setUp(["never"]);
    const list = read();
    stop.abort(new Error("asked no more"));
    await expect(list).rejects.toThrow("asked no more");
    expect(failures).toEqual([]);
  });

  test("is not asked for more than four times", async () => {
    const { read, clock, paths } = setUp([refused, refused, refused, refused, page(["a"])]);
    const list = failure(read());
    await clock.advance(9000);
    expect((await list).message).toBe("prod could not be asked to list pods: connection refused");
    expect(paths).toHaveLength(4);
  });
});

describe("an answer that is none", () => {
  test.each<[string, HttpAnswer, Partial<ClusterError>]>([
    ["401", json(401, {}), { failure: "unauthorised", code: "OPSROOM_CLUSTER_UNAUTHORISED", message: "prod does not accept our credentials (401)" }],
    [
      "403",
      json(403, {}),
      { failure: "forbidden", code: "OPSROOM_CLUSTER_FORBIDDEN", message: "prod does not let us list pods (403): add verb list on pods to the ClusterRole" },
    ],
    ["404", text(404, "404 page not found"), { failure: "not-served", message: "prod does not serve pods" }],
    ["a page of HTML", text(200, "<html>"), { failure: "bad-answer", message: "prod answered to list pods with something that is no JSON" }],
    ["no list", json(200, { kind: "Pod" }), { failure: "bad-answer", message: "prod answered to list pods with something that is no list" }],
    [
      "an answer that ends too early",
      text(200, '{"items":["a"'),
      { failure: "bad-answer", message: "prod answered to list pods with something that is no JSON" },
    ],
    ["a redirect", text(302, ""), { failure: "bad-answer" }],
  ])("%s is said in words, once", async (_, answer, expected) => {
    const { read, paths, failures } = setUp([answer]);
    expect(await failure(read())).toMatchObject(expected);
    expect(paths).toHaveLength(1);
    expect(failures).toEqual([expected.failure]);
  });

  test("a list without end is given up", async () => {
    const endless: Script = Array.from({ length: 300 }, () => page([], "again"));
    expect((await failure(setUp(endless).read())).message).toBe("prod has more than 100000 pods");
  });
});
