import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold, groupIdOf } from "../../../../src/alerts/fold.ts";
import type { Delivery } from "../../../../src/alerts/delivery.ts";
import type { AlertGroup, GroupChange } from "../../../../src/alerts/group.ts";
import { parseUserId } from "../../../../src/ids.ts";
import { alertDelivery, alertSettings, type GivenAlert } from "../../../support/alerts.ts";

const settings = alertSettings();
const nadia = parseUserId("@nadia:example.org");
const minute = 60_000;
const noon = Date.UTC(2026, 5, 12, 12);

const on = (instance: string, given: Partial<GivenAlert> = {}): GivenAlert => ({
  ...given,
  labels: { alertname: "NodeDown", severity: "warning", instance, ...given.labels },
});
const off = (instance: string, given: Partial<GivenAlert> = {}): GivenAlert => on(instance, { status: "resolved", ...given });

type Given = Parameters<typeof alertDelivery>[0];

/** Folds deliveries a minute apart onto nothing. */
function history(...deliveries: readonly Given[]): { readonly group: AlertGroup; readonly changes: readonly GroupChange[] } {
  let group: AlertGroup | undefined;
  let changes: readonly GroupChange[] = [];
  for (const [at, delivery] of deliveries.entries())
    ({ group, changes } = fold(group, alertDelivery({ receivedAt: noon + at * minute, ...delivery }), settings));
  if (group === undefined) throw new Error("no delivery");
  return { group, changes };
}

const kinds = (changes: readonly GroupChange[]): readonly string[] => changes.map((change) => change.kind);
const instances = (group: AlertGroup, status: "firing" | "resolved"): readonly string[] =>
  Object.values(group.alerts)
    .filter((alert) => alert.status === status)
    .map((alert) => alert.labels["instance"] ?? "")
    .toSorted();
const firingCount = (group: AlertGroup): number => instances(group, "firing").length + group.truncated;

describe("a group's name", () => {
  test("is 16 hexadecimal digits, another one for each source, receiver and key, wherever one ends and the next begins", () => {
    const ids = [groupIdOf("a", "b", "c"), groupIdOf("ab", "", "c"), groupIdOf("a", "bc", ""), groupIdOf("b", "a", "c")];
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/u);
    expect(groupIdOf("a", "b", "c")).toBe(ids[0]);
  });
});

describe("what a delivery changes", () => {
  test.each<[string, readonly Given[], readonly string[]]>([
    ["the first", [{ alerts: [on("a")] }], ["began"]],
    ["the same again", [{ alerts: [on("a")] }, { alerts: [on("a")] }], []],
    ["one more", [{ alerts: [on("a")] }, { alerts: [on("a"), on("b")] }], ["joined"]],
    ["one fewer, told", [{ alerts: [on("a"), on("b")] }, { alerts: [on("a"), off("b")] }], ["resolved"]],
    ["one fewer, not told of any more", [{ alerts: [on("a"), on("b")] }, { alerts: [on("a")] }], ["resolved"]],
    ["one comes as one goes", [{ alerts: [on("a")] }, { alerts: [on("b")] }], ["joined", "resolved"]],
    ["the last one goes", [{ alerts: [on("a")] }, { alerts: [off("a")] }], ["resolved", "ended"]],
    ["it has ended, and is told so again", [{ alerts: [on("a")] }, { alerts: [off("a")] }, { alerts: [off("a")] }], []],
    ["it fires again", [{ alerts: [on("a")] }, { alerts: [off("a")] }, { alerts: [on("a")] }], ["began"]],
    ["never heard of, and over", [{ alerts: [off("a")] }], ["began", "ended"]],
    ["something worse joins", [{ alerts: [on("a")] }, { alerts: [on("a"), on("b", { labels: { severity: "critical" } })] }], ["joined", "worse"]],
    [
      "the worst of it is over",
      [{ alerts: [on("a"), on("b", { labels: { severity: "critical" } })] }, { alerts: [on("a"), off("b", { labels: { severity: "critical" } })] }],
      ["resolved", "better"],
    ],
    [
      "an annotation says something else",
      [{ alerts: [on("a", { annotations: { v: "1" } })] }, { alerts: [on("a", { annotations: { v: "2" } })] }],
      ["reworded"],
    ],
    [
      "the list is cut shorter",
      [
        { alerts: [on("a")], truncated: 1 },
        { alerts: [on("a")], truncated: 2 },
      ],
      ["reworded"],
    ],
  ])("%s", (_name, deliveries, expected) => {
    expect(kinds(history(...deliveries).changes)).toEqual(expected);
  });

  test("what is as bad as it has been is not worse: nobody is woken twice", () => {
    const critical = { labels: { severity: "critical" } };
    const { changes } = history({ alerts: [on("a"), on("b", critical)] }, { alerts: [on("a")] }, { alerts: [on("a"), on("c", critical)] });
    expect(kinds(changes)).toEqual(["joined"]);
  });

  test("when it fires again it is a new episode: nobody is on it, and the worst is what fires now", () => {
    const first = history({ alerts: [on("a", { labels: { severity: "critical" } })] }, { alerts: [off("a", { labels: { severity: "critical" } })] }).group;
    const acknowledged = { ...first, acknowledged: { by: nadia, at: noon, reaction: undefined } };
    const { group, changes } = fold(acknowledged, alertDelivery({ receivedAt: noon + 9 * minute, alerts: [on("b")] }), settings);
    expect(group).toMatchObject({ status: "firing", episode: 2, acknowledged: undefined, severity: "warning", worst: "warning", endedAt: undefined });
    expect(changes).toMatchObject([{ kind: "began", again: true }]);
  });

  test("an acknowledgement and a silence outlast whatever changes within an episode", () => {
    const { group: before } = history({ alerts: [on("a")] });
    const silence = { id: "s", by: nadia, until: noon + 60 * minute, reaction: undefined };
    const { group } = fold(
      { ...before, acknowledged: { by: nadia, at: noon, reaction: undefined }, silence },
      alertDelivery({ receivedAt: noon, alerts: [on("b")] }),
      settings,
    );
    expect(group).toMatchObject({ acknowledged: { by: nadia }, silence });
  });

  test("a delivery that was kept earlier but arrives later still counts: the order of arrival does", () => {
    const { group } = history({ alerts: [on("a")] }, { alerts: [off("a")], receivedAt: noon - minute });
    expect(group).toMatchObject({ status: "resolved", updatedAt: noon - minute });
  });
});

describe("times", () => {
  const future = noon + 1000 * minute;
  test.each<[string, Partial<GivenAlert>, number]>([
    ["as it is told", { startsAt: noon - 5 * minute }, noon - 5 * minute],
    ["not told", { startsAt: undefined }, noon],
    ["zero", { startsAt: 0 }, noon],
    ["to come", { startsAt: future }, noon],
  ])("a beginning %s", (_name, given, expected) => {
    expect(history({ alerts: [on("a", given)] }).group.beganAt).toBe(expected);
  });

  test.each<[string, Partial<GivenAlert>, number]>([
    ["as it is told", { endsAt: noon + minute / 2 }, noon + minute / 2],
    ["not told", { endsAt: undefined }, noon + minute],
    ["to come", { endsAt: future }, noon + minute],
    ["before it began", { endsAt: noon - 90 * minute }, noon + minute],
  ])("an end %s", (_name, given, expected) => {
    const startsAt = noon - 10 * minute;
    const { group } = history({ alerts: [on("a", { startsAt })] }, { alerts: [off("a", { startsAt, ...given })] });
    expect(group.endedAt).toBe(expected);
  });

  test("the group is as old as its oldest alert, and ends with its last", () => {
    const { group } = history({
      alerts: [off("a", { startsAt: noon - 50 * minute, endsAt: noon - 40 * minute }), off("b", { startsAt: noon - 30 * minute, endsAt: noon - 20 * minute })],
    });
    expect(group).toMatchObject({ beganAt: noon - 50 * minute, endedAt: noon - 20 * minute, status: "resolved" });
  });

  test("one that fires again is as old as what fires, not as what the source still tells of the time before", () => {
    const old = off("a", { startsAt: noon - 600 * minute, endsAt: noon - 500 * minute });
    const { group } = history({ alerts: [old] }, { alerts: [old, on("b", { startsAt: noon })] });
    expect(group).toMatchObject({ episode: 2, beganAt: noon });
  });

  test("an alert without times that fires again within the group does so from when we hear of it, and its end stays where it was", () => {
    const bare = { startsAt: undefined, endsAt: undefined };
    const ended = history({ alerts: [on("a", bare), on("b")] }, { alerts: [off("a", bare), on("b")] }, { alerts: [off("a", bare), on("b")] }).group;
    expect(Object.values(ended.alerts).find((alert) => alert.status === "resolved")).toMatchObject({ startsAt: noon, endsAt: noon + minute });
    const { group } = fold(ended, alertDelivery({ receivedAt: noon + 9 * minute, alerts: [on("a", bare), on("b")] }), settings);
    expect(Object.values(group.alerts).find((alert) => alert.labels["instance"] === "a")).toMatchObject({ startsAt: noon + 9 * minute, endsAt: undefined });
  });
});

describe("a list that was cut", () => {
  test("does not end what is absent, as long as it may be among what was cut off, and counts it once", () => {
    const { group, changes } = history({ alerts: [on("a"), on("b")], truncated: 3 }, { alerts: [on("c"), on("d")], truncated: 3 });
    expect(kinds(changes)).toEqual(["joined"]);
    expect(instances(group, "firing")).toEqual(["a", "b", "c", "d"]);
    expect(firingCount(group)).toBe(5);
  });

  test("more are absent than were cut off: those that were not heard of for longest have ended", () => {
    const { group } = history({ alerts: [on("a")], truncated: 1 }, { alerts: [on("b")], truncated: 1 }, { alerts: [on("c")], truncated: 1 });
    expect(instances(group, "firing")).toEqual(["b", "c"]);
    expect(instances(group, "resolved")).toEqual(["a"]);
    expect(firingCount(group)).toBe(2);
  });

  test("without a firing alert it may hide some: the group goes on, unless Alertmanager says that all have ended", () => {
    const cut = [
      { alerts: [on("a")], truncated: 2 },
      { alerts: [off("a")], truncated: 2 },
    ] as const;
    expect(history(...cut).group).toMatchObject({ status: "firing", truncated: 2 });
    expect(history(cut[0], { ...cut[1], reason: "all alerts resolved" }).group).toMatchObject({ status: "resolved", truncated: 0 });
  });
});

describe("large groups", () => {
  const many = (count: number): readonly GivenAlert[] => Array.from({ length: count }, (_, at) => on(`n${at}`, { labels: { instance: `n${at}` } }));

  test("2,000 firing alerts are kept, the rest are counted, and the same again changes nothing, in whatever order", () => {
    const alerts = many(2500);
    const { group } = history({ alerts });
    expect(Object.keys(group.alerts)).toHaveLength(2000);
    expect(group.truncated).toBe(500);
    expect(fold(group, alertDelivery({ receivedAt: noon, alerts: alerts.toReversed() }), settings).changes).toEqual([]);
  });

  test("500 of those that ended are kept", () => {
    const { group } = history({ alerts: many(900) }, { alerts: [on("last")] });
    expect(instances(group, "resolved")).toHaveLength(500);
  });
});

test("300 flips are 300 episodes of one group that does not grow", () => {
  let group: AlertGroup | undefined;
  let largest = 0;
  for (let flip = 0; flip < 600; flip += 1) {
    const receivedAt = noon + flip * minute;
    const folded = fold(group, alertDelivery({ receivedAt, alerts: [flip % 2 === 0 ? on("a") : off("a")] }), settings);
    expect(kinds(folded.changes)).toEqual(flip % 2 === 0 ? ["began"] : ["resolved", "ended"]);
    group = folded.group;
    largest = Math.max(largest, JSON.stringify(group).length);
  }
  expect(group).toMatchObject({ episode: 300, status: "resolved" });
  expect(largest).toBeLessThan(2000);
});

describe("whatever comes", () => {
  const time = fc.option(fc.integer({ min: -10 * minute, max: noon * 2 }), { nil: undefined });
  const alert = fc.record({
    labels: fc.record({
      alertname: fc.constantFrom("A", "B"),
      instance: fc.constantFrom("a", "b", "c", "d", "e", "__proto__", "constructor"),
      severity: fc.constantFrom("critical", "warning", "info", "none", "purple", ""),
    }),
    status: fc.constantFrom("firing" as const, "resolved" as const),
    startsAt: time,
    endsAt: time,
    annotations: fc.dictionary(fc.constantFrom("summary", "__proto__", "toString"), fc.string({ maxLength: 4 }), { maxKeys: 2 }),
  });
  const delivery = (truncated: fc.Arbitrary<number>): fc.Arbitrary<Delivery> =>
    fc
      .record({
        alerts: fc.uniqueArray(alert, { maxLength: 8, selector: (each) => JSON.stringify(each.labels) }),
        truncated,
        later: fc.integer({ min: -5, max: 50 }),
      })
      .map(({ alerts, later, ...rest }) => alertDelivery({ ...rest, alerts, receivedAt: noon + later * minute }));
  const whole = fc.array(delivery(fc.constant(0)), { minLength: 1, maxLength: 12 });
  const cut = fc.array(delivery(fc.nat({ max: 4 })), { minLength: 1, maxLength: 12 });

  const foldAll = (deliveries: readonly Delivery[]): AlertGroup | undefined =>
    deliveries.reduce<AlertGroup | undefined>((group, each) => fold(group, each, settings).group, undefined);
  const fires = (alerts: readonly { readonly fingerprint: string; readonly status: string }[]): readonly string[] =>
    alerts
      .filter((each) => each.status === "firing")
      .map((each) => each.fingerprint)
      .toSorted();

  test("the same delivery twice changes nothing", () => {
    fc.assert(
      fc.property(cut, (deliveries) => {
        const group = foldAll(deliveries);
        const last = deliveries.at(-1);
        if (last === undefined || group === undefined) return;
        const again = fold(group, last, settings);
        expect(again.changes).toEqual([]);
        expect(again.group).toEqual(group);
      }),
      { numRuns: 500 },
    );
  });

  test("what fires is what the last delivery says fires, whatever came before it", () => {
    fc.assert(
      fc.property(whole, (deliveries) => {
        const group = foldAll(deliveries);
        const last = deliveries.at(-1);
        if (last === undefined || group === undefined) return;
        const fresh = fold(undefined, last, settings).group;
        expect(fires(Object.values(group.alerts))).toEqual(fires(last.alerts));
        expect(group.status).toBe(fresh.status);
        expect(group.status === "firing" ? group.severity : "ended").toBe(fresh.status === "firing" ? fresh.severity : "ended");
      }),
      { numRuns: 500 },
    );
  });

  test("a list that was cut never counts more, nor fewer, than there are", () => {
    fc.assert(
      fc.property(cut, (deliveries) => {
        const group = foldAll(deliveries);
        const last = deliveries.at(-1);
        if (last === undefined || group === undefined) return;
        expect(Object.values(group.alerts).filter((each) => each.status === "firing").length + group.truncated).toBe(
          fires(last.alerts).length + last.truncated,
        );
      }),
      { numRuns: 500 },
    );
  });

  test("times make sense, each beginning has an end at most, and it survives the store", () => {
    fc.assert(
      fc.property(cut, (deliveries) => {
        let group: AlertGroup | undefined;
        let open = 0;
        for (const each of deliveries) {
          const folded = fold(group, each, settings);
          group = folded.group;
          for (const { kind } of folded.changes) open += kind === "began" ? 1 : kind === "ended" ? -1 : 0;
          expect(open).toBe(group.status === "firing" ? 1 : 0);
          expect(group.endedAt === undefined).toBe(group.status === "firing");
          expect(group.endedAt ?? Infinity).toBeGreaterThanOrEqual(group.beganAt);
          for (const told of Object.values(group.alerts)) expect(told.endsAt ?? Infinity).toBeGreaterThanOrEqual(told.startsAt ?? Infinity);
          const kept: unknown = JSON.parse(JSON.stringify(group));
          expect(JSON.stringify(kept)).toBe(JSON.stringify(group));
        }
      }),
      { numRuns: 300 },
    );
  });
});
