import { describe, expect, test } from "vitest";
import { compare } from "../../../../src/backups/drill/compare.ts";
import { branchOf, questionsLeft, type Answered } from "../../../../src/backups/drill/questions.ts";
import type { SqlAnswer } from "../../../../src/backups/psql.ts";
import type { DrillQuery } from "../../../../src/backups/settings.ts";

const ok = (value: unknown): SqlAnswer => ({ ok: true, value });
const broken: SqlAnswer = { ok: false, words: "canceling statement due to statement timeout" };
const databases: Answered = { key: "databases", source: ok(["synapse"]), copy: ok(["app", "synapse"]) };
const overview: Answered = {
  key: "overview synapse",
  source: ok({ bytes: 10, tables: [{ schema: "public", table: 'odd"name', bytes: 5 }], events: null }),
  copy: ok({ bytes: 9, tables: [], events: null }),
};
const count = (source: SqlAnswer, copy: SqlAnswer): Answered => ({ key: JSON.stringify(["count", "synapse", "public", 'odd"name']), source, copy });
const verdictsOf = (answers: readonly Answered[], back = false): readonly string[] => compare(answers, [], back).comparisons.map(({ verdict }) => verdict);

describe("what is asked", () => {
  test("follows from what was answered, and ends", () => {
    expect(questionsLeft([], []).map(({ key }) => key)).toEqual(["databases", "moment"]);
    const keys = questionsLeft([databases, { key: "moment", copy: broken }], []).map(({ key }) => key);
    expect(keys).toEqual(["overview synapse"]);
    const [next] = questionsLeft([databases, { key: "moment", copy: broken }, overview], []);
    expect(next?.sql).toContain('FROM "public"."odd""name"');
    expect(questionsLeft([databases, { key: "moment", copy: broken }, overview, count(ok(1), ok(1))], [])).toEqual([]);
  });

  test("names a place in the WAL only when it is one", () => {
    const moment = (history: unknown): readonly Answered[] => [{ key: "moment", copy: ok({ history }) }];
    expect(branchOf(moment("1\t0/5000060\tno recovery target specified\n\n2\t1A/FF\tbefore 2026\n"))).toBe("1A/FF");
    for (const wrong of [null, "", "x", "1\t0/5'; DROP TABLE x\tno", 7]) expect(branchOf(moment(wrong))).toBeUndefined();
  });
});

describe("the copy beside the source", () => {
  test("has what the source has, less what was written meanwhile", () => {
    expect(verdictsOf([databases, overview, count(ok({ count: 1000 }), ok({ count: 900 }))])).toEqual(["ok", "ok"]);
    expect(verdictsOf([databases, overview, count(ok({ count: 1000 }), ok({ count: 899 }))])).toEqual(["ok", "differs"]);
    expect(verdictsOf([databases, overview, count(ok({ count: 0 }), ok({ count: 0 }))])).toEqual(["ok", "ok"]);
  });

  test("may have less when it was restored to an earlier time", () => {
    expect(verdictsOf([databases, overview, count(ok({ count: 1000 }), ok({ count: 1 }))], true)).toEqual(["ok", "ok"]);
  });

  test("is not called good where nobody could compare", () => {
    expect(verdictsOf([databases, overview, count(broken, ok({ count: 1 }))])).toEqual(["ok", "unknown"]);
    expect(verdictsOf([databases, overview, count(ok({ count: 1 }), broken)])).toEqual(["ok", "differs"]);
    expect(verdictsOf([databases, overview, count(broken, broken)])).toEqual(["ok", "unknown"]);
    expect(verdictsOf([{ key: "databases", source: ok(["synapse"]), copy: broken }])).toEqual(["differs"]);
    expect(verdictsOf([{ key: "databases", source: broken, copy: ok(["synapse"]) }])).toEqual(["unknown"]);
  });

  test("is compared by size where a table is too large to be counted", () => {
    const large = (bytes: number) => ok({ bytes, tables: [], large: [{ schema: "public", table: "state_groups_state", bytes }], events: null });
    const sizes = (source: SqlAnswer, copy: SqlAnswer) => compare([databases, { key: "overview synapse", source, copy }], [], false).comparisons[1];
    expect(sizes(large(100 * 2 ** 30), large(99 * 2 ** 30))).toEqual({
      what: "size of synapse.state_groups_state",
      source: "100 Gi",
      copy: "99.0 Gi",
      verdict: "ok",
    });
    expect(sizes(large(100), large(80))?.verdict).toBe("differs");
    expect(sizes(large(100), ok({ bytes: 1, tables: [], large: [], events: null }))?.verdict).toBe("unknown");
  });

  test("with more databases than are asked says so", () => {
    const many = Array.from({ length: 25 }, (_, n) => `db${n}`);
    expect(compare([{ key: "databases", source: ok(many), copy: ok(many) }], [], false).comparisons).toContainEqual({
      what: "tables of 5 more databases",
      source: "not asked",
      copy: "not asked",
      verdict: "unknown",
    });
  });

  test("whose databases do not answer differs", () => {
    expect(verdictsOf([databases, { ...overview, copy: broken }])).toEqual(["ok", "differs"]);
  });

  test.each<[DrillQuery["expect"], unknown, unknown, string]>([
    ["equal", "7", "7", "ok"],
    ["equal", "7", "8", "differs"],
    ["at-least-share", "10", "9", "ok"],
    ["at-least-share", "10", "8", "differs"],
    ["at-least-share", "10", null, "differs"],
    ["any", "10", null, "ok"],
  ])("is judged by a query as it is configured: %s of %s and %s is %s", (expected, source, copy, verdict) => {
    const query: DrillQuery = { name: "q", database: "synapse", sql: "SELECT 1", expect: expected, share: 0.9 };
    const answers = [databases, { key: "query 0 q", source: ok(source), copy: ok(copy) }];
    const judged = compare(answers, [query], false).comparisons.find(({ what }) => what === "q");
    expect(judged?.verdict).toBe(verdict);
  });

  test("is as new as the newest thing that is known to be in it", () => {
    const newest = (event: number, written: number) =>
      compare(
        [databases, { key: "newest synapse", source: ok({ at: 9 }), copy: ok({ at: event }) }, { key: "written", source: ok({ at: written }) }],
        [],
        false,
      ).newest;
    expect(newest(5, 3)).toEqual({ at: 5, by: "event" });
    expect(newest(3, 5)).toEqual({ at: 5, by: "wal" });
    expect(compare([databases], [], false).newest).toBeUndefined();
  });
});
