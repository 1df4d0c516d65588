import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeNode } from "../../../src/status/judge-node.ts";
import { memoryRecord, watchMemory, type MemoryNews, type MemoryRecord } from "../../../src/status/memory-watch.ts";
import { defaultThresholds } from "../../../src/status/thresholds.ts";
import type { NodeVerdict } from "../../../src/status/verdicts.ts";
import { Mi, node, now } from "../../support/plan-fleet.ts";

const minute = 60_000;
const limits = { over: 0.9, forMs: 10 * minute };

/** What is seen of a node in a minute: percent of its memory in use; `?` no figure, `old` one of ten minutes ago, `asked` only what pods asked for. */
type Seen = number | "?" | "old" | "asked";

function seen(what: Seen, at: number, name = "uzig"): NodeVerdict {
  const percent = typeof what === "number" ? what : 99;
  const usage = { memoryBytes: what === "?" ? undefined : percent * 10 * Mi, cpuMillicores: 1 };
  const measuredAt = what === "old" ? at - 10 * minute : at;
  return judgeNode(
    {
      cluster: "prod",
      node: node(name, 1000),
      shortName: name,
      readAt: at,
      usage: what === "asked" ? undefined : { record: { node: name, usage, at: measuredAt }, at: measuredAt },
      consumers: [],
    },
    defaultThresholds,
    at,
  );
}

/** A look a minute. @returns `12 short 11 min`: what was told when, with how long it lasted */
function told(minutes: readonly (Seen | "gone")[], others: readonly string[] = ["ofem"]): readonly string[] {
  let record: MemoryRecord = {};
  return minutes.flatMap((what, index) => {
    const at = now + index * minute;
    const nodes = [...(what === "gone" ? [] : [seen(what, at)]), ...others.map((name) => seen(10, at, name))];
    const { after, news } = watchMemory(record, nodes, limits, at);
    // As it comes back from the store.
    record = memoryRecord.parse(JSON.parse(JSON.stringify(after)));
    return news.map((each) => `${index} ${describe(each)}`);
  });
}

const describe = (news: MemoryNews): string => `${news.kind} ${(news.kind === "short" ? news.sinceMs : news.lastedMs) / minute} min`;
const times = <T>(count: number, what: T): readonly T[] => Array.from({ length: count }, () => what);

test("it is told after ten minutes over the limit, once, and its end after ten minutes under it", () => {
  expect(told(times(10, 95))).toEqual([]);
  expect(told([...times(40, 95), ...times(40, 80)])).toEqual(["10 short 10 min", "50 over 40 min"]);
});

test("what is at the limit is not over it", () => {
  expect(told(times(60, 90))).toEqual([]);
});

test("a peak of nine minutes is nothing to tell, however often it comes", () => {
  expect(told(times(5, [...times(9, 95), 50]).flat())).toEqual([]);
});

test("one that goes up and down around the limit is one shortage", () => {
  const flapping = times(10, [...times(3, 85), ...times(3, 95)]).flat();
  expect(told([...times(11, 95), ...flapping, ...times(11, 50)])).toEqual(["10 short 10 min", "81 over 71 min"]);
});

test.each(["?", "old", "asked"] as const)("a figure that is missing (%s) is neither good nor bad", (missing) => {
  expect(told(times(60, missing))).toEqual([]);
  expect(told([...times(11, 95), ...times(60, missing)])).toEqual(["10 short 10 min"]);
  // What was seen once is not seen for ten minutes.
  expect(told([...times(11, 95), 50, ...times(20, missing), 50, ...times(9, 50)])).toEqual(["10 short 10 min"]);
  expect(told([...times(11, 95), 50, ...times(20, missing), ...times(11, 50)])).toEqual(["10 short 10 min", "42 over 32 min"]);
});

test("a node that vanished is told as gone, if it was told as short", () => {
  expect(told([...times(11, 95), ...times(30, "gone" as const)])).toEqual(["10 short 10 min", "11 gone 11 min"]);
  expect(told([...times(9, 95), ...times(30, "gone" as const)])).toEqual([]);
});

test("a node of a cluster that could not be read is not gone", () => {
  expect(told([...times(11, 95), ...times(30, "gone" as const), ...times(3, 95)], [])).toEqual(["10 short 10 min"]);
});

test("whatever is seen: never two shortages told without an end between, and no end without a beginning", () => {
  const look = fc.constantFrom<Seen | "gone">(50, 95, 99, "?", "old", "asked", "gone");
  // A few looks alike in a row, as it is.
  const stretch = fc.tuple(look, fc.integer({ min: 1, max: 15 })).map(([what, count]) => times(count, what));
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 20 }), (stretches) => {
      const kinds = told(stretches.flat()).map((each) => each.split(" ")[1]);
      for (const [index, kind] of kinds.entries()) expect(kind === "short").toBe(index % 2 === 0);
    }),
  );
});
