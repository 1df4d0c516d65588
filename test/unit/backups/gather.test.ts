import fc from "fast-check";
import { expect, test } from "vitest";
import { gatherBackups } from "../../../src/backups/gather/gather.ts";
import { judgeBackups } from "../../../src/backups/judge/judge.ts";
import { keepBackups, mostHistory, mostUnfinished } from "../../../src/backups/gather/backup-book.ts";
import { backupRecord } from "../../../src/backups/records/backup.ts";
import {
  backup,
  database,
  day,
  gather,
  hour,
  instance,
  kinds,
  look,
  now,
  object,
  pluginPod,
  readsOf,
  schedule,
  settings,
  store,
  well,
  type Failures,
  type Json,
  type World,
} from "./world.ts";

test("without CloudNativePG there are no databases, and one question is enough", async () => {
  const asked: string[] = [];
  const sources = [{ name: "prod", objects: readsOf(well, { clusters: "absent" }, asked) }];
  const facts = await gatherBackups(
    { sources, others: [], lookAtOther: async () => ({ kind: "none", where: "" }), now: () => now },
    new AbortController().signal,
  );
  expect(asked).toEqual(["clusters"]);
  expect(judgeBackups(facts, settings, now)).toMatchObject({ verdicts: [], gaps: [], state: "unknown" });
});

test("the copy that a drill makes is nobody's database; one that was made of its manifest is", async () => {
  const labels = { "app.kubernetes.io/managed-by": "opsroom", "opsroom.dev/run": "0123456789" };
  const copy = (name: string): Json => database({ metadata: { namespace: "drills", name, labels }, spec: { plugins: [] } });
  const names = async (...copies: readonly Json[]): Promise<readonly string[]> =>
    (await look({ clusters: [database(), ...copies] })).verdicts.map((each) => `${each.name} ${each.state}`);
  expect(await names(copy("drill-shared-pg-0123456789"))).toEqual(["shared-pg ok"]);
  expect(await names(copy("restored-pg"))).toEqual(["restored-pg failed", "shared-pg ok"]);
});

test("each kind is listed once, whatever there is of it", async () => {
  const asked: string[] = [];
  await gatherBackups(
    { sources: [{ name: "prod", objects: readsOf(well, {}, asked) }], others: [], lookAtOther: async () => ({ kind: "none", where: "" }), now: () => now },
    new AbortController().signal,
  );
  expect(asked.toSorted()).toEqual(["backups", "clusters", "objectstores", "pods", "pods in cnpg-system", "scheduledbackups", "services"]);
});

test.each(kinds)("whoever may not list %s is told so, and nothing is called ok", async (kind) => {
  const picture = await look({}, { [kind]: `prod does not let us list ${kind} (403)` });
  expect(picture.state).not.toBe("ok");
  expect(JSON.stringify(picture)).toContain(`does not let us list ${kind} (403)`);
  for (const verdict of picture.verdicts) expect(verdict.state).toBe("unknown");
});

test("no failed reading ever gives ok, in whatever state the rest is", async () => {
  const worlds: readonly Partial<World>[] = [
    {},
    { backups: [] },
    { objectstores: [] },
    { scheduledbackups: [schedule({ suspend: true })] },
    { clusters: [database({ metadata: { annotations: { "cnpg.io/hibernation": "on" } } })] },
    { clusters: [database({ spec: { plugins: [], backup: { barmanObjectStore: { destinationPath: "s3://b" } } } })] },
    { clusters: [database({ spec: { plugins: [], backup: { volumeSnapshot: {} } } })] },
    { clusters: [database({ spec: { plugins: [] } })] },
  ];
  const failing = fc.uniqueArray(fc.constantFrom(...kinds), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...worlds), failing, fc.boolean(), async (world, failed, archiver) => {
      const failures: Failures = Object.fromEntries(failed.map((kind) => [kind, "connection refused"]));
      const more = archiver ? { askArchiver: async () => Promise.reject(new Error("may not")) } : {};
      const picture = await look(world, failures, more);
      expect(["ok", "disabled"]).not.toContain(picture.state);
      expect(picture.gaps.length).toBeGreaterThan(0);
    }),
    { numRuns: 150 },
  );
});

test("an archiver that cannot be asked is unknown", async () => {
  const picture = await look({}, {}, { askArchiver: async () => Promise.reject(new Error("no exec")) });
  expect(picture.verdicts[0]?.checks.find((each) => each.name === "archiving")).toMatchObject({
    state: "unknown",
    reason: "the age of the last archived WAL could not be read: no exec",
  });
});

test("whatever is in the objects, there is a verdict and no crash", async () => {
  const odd = fc.oneof(fc.constantFrom<Json>(null, 7, "", "soon", [], {}, true, "0001-01-01T00:00:00Z", "2026-13-45T99:99:99Z"), fc.string());
  /** One field of one object, at any depth, is something else. */
  const broken = (item: Json): fc.Arbitrary<Json> => {
    const inside = object(item);
    const names = Object.keys(inside);
    return names.length === 0
      ? odd
      : fc.oneof(
          { weight: 1, arbitrary: odd },
          { weight: 6, arbitrary: fc.constantFrom(...names).chain((name) => broken(inside[name]).map((value) => ({ ...inside, [name]: value }))) },
        );
  };
  const world = fc.record({
    clusters: broken(database()).map((each) => [each]),
    backups: broken(backup("one", hour)).map((each) => [each, backup("two", 2 * day)]),
    scheduledbackups: broken(schedule()).map((each) => [each]),
    objectstores: broken(store()).map((each) => [each]),
    services: broken(well.services[0]).map((each) => [each]),
    pods: broken(instance("shared-pg-1")).map((each) => [each, pluginPod()]),
  });
  await fc.assert(
    fc.asyncProperty(world, async (each) => {
      const picture = await look(each);
      for (const verdict of picture.verdicts) expect(verdict.checks.every((check) => !/NaN|undefined|\[object/u.test(check.reason))).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test("two clusters of one name in different namespaces are kept apart", async () => {
  const other = database({ metadata: { namespace: "other" } });
  const { verdicts } = await look({ clusters: [...well.clusters, other] });
  expect(verdicts.map((each) => `${each.namespace} ${each.state}`)).toEqual(["other failed", "cnpg ok"]);
});

test("of a thousand Backups the few that matter are kept, in whatever order they come and however often", () => {
  const records = Array.from({ length: 1000 }, (_, at) =>
    backupRecord(backup(`b-${at}`, (at + 1) * hour, at % 3 === 0 ? {} : at % 3 === 1 ? { phase: "failed" } : { phase: "started", stoppedAt: null })),
  ).filter((each) => each !== undefined);
  const keeper = keepBackups();
  for (const record of [...records.toReversed(), ...records]) keeper.add(record);
  const kept = keeper.book().get("cnpg/shared-pg");
  expect([kept?.newestGood?.name, kept?.oldestGood?.name, kept?.newestFailed?.name]).toEqual(["b-0", "b-999", "b-1"]);
  expect(kept?.history.map((each) => each.name)).toEqual(Array.from({ length: mostHistory }, (_, at) => `b-${at}`));
  expect(kept?.unfinished.map((each) => each.name)).toEqual(Array.from({ length: mostUnfinished }, (_, at) => `b-${998 - 3 * at}`));
});

test("an abort is passed on, and is no reading", async () => {
  const stopped = new AbortController();
  stopped.abort(new Error("Opsroom is stopping"));
  const objects = { list: async () => Promise.reject(new Error("aborted")) };
  const asked = gatherBackups(
    { sources: [{ name: "prod", objects }], others: [], lookAtOther: async () => ({ kind: "none", where: "" }), now: () => now },
    stopped.signal,
  );
  await expect(asked).rejects.toThrow("Opsroom is stopping");
});

test("facts of a world are what was gathered", async () => {
  const { clusters } = await gather(well);
  expect(clusters[0]?.plugins).toMatchObject({ ok: true, value: [{ plugin: "barman-cloud.cloudnative-pg.io", pods: [{ name: "barman-cloud-1" }] }] });
});
