import { describe, expect, test } from "vitest";
import { drillResults } from "../../../../src/backups/drill/result.ts";
import { parseEventId } from "../../../../src/ids.ts";
import { ClusterError } from "../../../../src/kubernetes/errors.ts";
import { actingBed, beginUnasked, drillIsOver, leftIn, place, putSource, settings, start, type ActingBed } from "../../../support/backup-acting.ts";
import { asker } from "../../../support/asker.ts";
import { nadia, opsRoom } from "../../../support/events.ts";

async function drilledBed(changed: Parameters<typeof actingBed>[0] = {}): Promise<ActingBed> {
  const bed = await actingBed(changed);
  putSource(bed.world, start);
  return bed;
}

const text = async (bed: ActingBed, run: string): Promise<string> => bed.shown(`backup/${run}`);

describe("a drill", () => {
  test("restores the newest backup, compares it, measures it, says so, and leaves nothing", async () => {
    const bed = await drilledBed();
    const run = await beginUnasked(bed, "monday");
    await bed.settle(drillIsOver(bed));
    const said = await text(bed, run);
    expect(said).toContain("🟢 Drill of prod cnpg/shared-pg: it can be restored");
    expect(said).toContain("newest event is of 11:58 UTC: 2 min before the drill began");
    expect(said).toContain("rows of synapse.events: 998 (source: 1000)");
    expect(leftIn(bed.world)).toEqual([]);
    const [result] = await drillResults(bed.store.read);
    expect(result).toMatchObject({ verdict: "ok", backup: "nightly-1", lostMs: 120_000, lostBy: "event", bytes: 2_000_000 });
    expect(result?.restoreMs).toBeGreaterThan(0);
  });

  test("makes a cluster that archives nothing, takes no more than it may, and never cleans up what it reads", async () => {
    const bed = await drilledBed();
    const run = await beginUnasked(bed, "tuesday");
    await bed.settle(async () => bed.world.all("clusters", place).length > 0);
    const [copy] = bed.world.all("clusters", place);
    expect(copy).toMatchObject({
      metadata: { labels: { "opsroom.dev/run": run, "app.kubernetes.io/managed-by": "opsroom" } },
      spec: {
        instances: 1,
        imageName: "ghcr.io/cloudnative-pg/postgresql:17.5",
        storage: { size: "10Gi", storageClass: "fast" },
        resources: { limits: { memory: "1Gi", cpu: "1" } },
        postgresql: { parameters: { max_connections: "200" } },
        enableSuperuserAccess: false,
        bootstrap: { recovery: { source: "origin" } },
        externalClusters: [{ name: "origin", plugin: { name: "barman-cloud.cloudnative-pg.io", parameters: { serverName: "shared-pg" } } }],
      },
    });
    expect(copy?.["spec"]).not.toHaveProperty("plugins");
    expect(copy?.["spec"]).not.toHaveProperty("backup");
    expect(JSON.stringify(copy)).not.toContain("shared_buffers");
    const [store] = bed.world.all("objectstores", place);
    expect(store?.["spec"]).not.toHaveProperty("retentionPolicy");
    const secrets = bed.world.all("secrets", place).filter(({ metadata }) => !metadata.name.endsWith("-app"));
    expect(secrets.map((each) => each["data"])).toEqual([{ id: "aWQ=", secret: "c2VjcmV0" }]);
    const notes = await bed.store.read.notes("backup.drill", 10);
    expect(JSON.stringify(notes)).not.toContain("c2VjcmV0");
  });

  test("only reads, within a time, and never by a shell", async () => {
    const bed = await drilledBed();
    await beginUnasked(bed, "reads");
    await bed.settle(drillIsOver(bed));
    expect(bed.world.asked.length).toBeGreaterThan(5);
    for (const asked of bed.world.asked) expect(asked).toMatch(/BEGIN TRANSACTION READ ONLY;\nSET LOCAL statement_timeout = \d+;/u);
  });

  test("is of a database, and nobody means its copy", async () => {
    const bed = await drilledBed();
    await beginUnasked(bed, "first");
    await bed.settle(async () => bed.world.all("clusters", place).length > 0);
    const unnamed = await bed.acting().drillUnasked("second", undefined, opsRoom, new AbortController().signal);
    expect(unnamed).toMatchObject({ kind: "refused", words: expect.stringContaining("cnpg/shared-pg is under way. Wait for its end.") });
    const [copy] = bed.world.all("clusters", place);
    const named = await bed.acting().drillUnasked("third", `${place}/${copy?.metadata.name ?? ""}`, opsRoom, new AbortController().signal);
    expect(named).toMatchObject({ kind: "refused", words: expect.stringMatching(/no PostgreSQL cluster/iu) });
  });

  test("that finds less than it should says so, and what", async () => {
    const bed = await drilledBed();
    bed.world.answer("count(*)", (pod) => ({ count: pod.startsWith("drill-") ? 10 : 1000 }));
    bed.world.answer("FROM pg_database WHERE datallowconn", (pod) => (pod.startsWith("drill-") ? ["postgres", "synapse"] : ["mas", "postgres", "synapse"]));
    const run = await beginUnasked(bed, "less");
    await bed.settle(drillIsOver(bed));
    expect(await text(bed, run)).toMatch(/🟡 .*restored, but 3 of \d+ answers differ[^]*databases: without mas/u);
    expect(await drillResults(bed.store.read)).toMatchObject([{ verdict: "differs", words: expect.stringContaining("databases") }]);
  });

  test("goes on when the source does not answer: that is what it is for", async () => {
    const bed = await drilledBed();
    bed.world.drop("pods", "cnpg", "shared-pg-1");
    const run = await beginUnasked(bed, "alone");
    await bed.settle(drillIsOver(bed));
    expect(await text(bed, run)).toMatch(/🟢 [^]*⚪ databases: 2 \(source: there is no pod/u);
  });

  test("asks what is configured, and judges it as it is configured", async () => {
    const query = { database: "synapse", expect: "equal" as const, share: 1 };
    const drill = {
      ...must(settings.drill),
      queries: [
        { ...query, name: "users", sql: "SELECT count(id) FROM users;" },
        { ...query, name: "shell", sql: "\\! rm" },
      ],
    };
    const bed = await drilledBed({ drill });
    bed.world.answer("FROM users", (pod) => (pod.startsWith("drill-") ? null : ["9"]));
    bed.world.answer("1 / 0", () => "division by zero");
    const run = await beginUnasked(bed, "configured");
    await bed.settle(drillIsOver(bed));
    expect(await text(bed, run)).toContain("🔴 users:");
    expect(bed.world.asked.join("\n")).toContain("(\nSELECT count(id) FROM users\n)::text");
    expect(bed.world.asked.join("\n")).not.toContain("\\!");
  });
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not there");
  return value;
}

describe("a drill that does not go well leaves nothing either", () => {
  test.each<[string, (bed: ActingBed) => void, RegExp]>([
    ["when the restore fails again and again", (bed) => void (bed.world.levers.restoreFails = true), /🔴 .*the restore failed \d times/u],
    ["when it takes too long", (bed) => void (bed.world.levers.restoreHangs = true), /🔴 .*it took longer than 2 h/u],
    ["when the key is missing", (bed) => bed.world.drop("secrets", "cnpg", "s3"), /🔴 .*the Secret cnpg\/s3.*does not exist/u],
    [
      "when the Cluster may not be created",
      (bed) =>
        void (bed.world.levers.failNext = {
          call: "create clusters",
          error: new ClusterError("forbidden", "prod does not let us create clusters (403)", "Apply it."),
        }),
      /🔴 .*does not let us create clusters[^]*→ Apply it/u,
    ],
  ])("%s", async (cause, damage, said) => {
    const bed = await drilledBed();
    damage(bed);
    const run = await beginUnasked(bed, cause);
    await bed.settle(drillIsOver(bed));
    expect(await text(bed, run)).toMatch(said);
    expect(leftIn(bed.world)).toEqual([]);
    expect(await drillResults(bed.store.read)).toMatchObject([{ verdict: "failed" }]);
  });

  test("when somebody stops it; a viewer cannot", async () => {
    const bed = await drilledBed();
    bed.world.levers.restoreHangs = true;
    const run = await beginUnasked(bed, "stopped");
    await bed.settle(async () => bed.world.all("pods", place).length > 0);
    const [taker] = bed.acting().takers;
    const reaction = { event: parseEventId("$x"), room: opsRoom, by: nadia, emoji: "❌", key: `backup/${run}`, at: bed.now() };
    expect(await bed.store.write(async (tx) => taker?.reacted(tx, reaction, "viewer"))).toBeUndefined();
    expect(await bed.store.write(async (tx) => taker?.reacted(tx, reaction, "operator"))).toMatchObject({ action: "backup.drill.stop" });
    await bed.settle(drillIsOver(bed));
    expect(await text(bed, run)).toContain(`stopped by ${nadia}`);
    expect(leftIn(bed.world)).toEqual([]);
  });

  test("when its API is away for a while: it waits, and goes on", async () => {
    const bed = await drilledBed();
    bed.world.levers.failNext = { call: "create objectstores", error: new ClusterError("unreachable", "prod could not be asked", "Wait.") };
    const run = await beginUnasked(bed, "away");
    await bed.settle(drillIsOver(bed));
    expect(await text(bed, run)).toContain("it can be restored");
  });
});

describe("leftovers of a drill that nobody drives", () => {
  test("are deleted after a start, also what the operator made for it; what is not ours stays", async () => {
    const bed = await drilledBed();
    const labels = { "opsroom.dev/run": "0123456789" };
    bed.world.put("clusters", { metadata: { name: "drill-old-0123456789", namespace: place, labels }, spec: { bootstrap: { recovery: {} } } });
    bed.world.put("persistentvolumeclaims", { metadata: { name: "old-1", namespace: place, labels: { "cnpg.io/cluster": "drill-old-0123456789" } } });
    bed.world.put("secrets", { metadata: { name: "s", namespace: place, labels } });
    bed.world.put("secrets", { metadata: { name: "somebody-elses", namespace: place } });
    await bed.restart();
    await bed.settle();
    expect(leftIn(bed.world)).toEqual(["secrets somebody-elses"]);
    expect((await bed.store.read.audit({ limit: 10 })).map(({ action }) => action)).toContain("backup.drill.swept");
  });

  test("are not what a drill under way has made", async () => {
    const bed = await drilledBed();
    const run = await beginUnasked(bed, "under way");
    await bed.settle(async () => bed.world.all("clusters", place).length > 0);
    await bed.restart();
    await bed.settle(drillIsOver(bed));
    expect(await text(bed, run)).toContain("it can be restored");
    expect(bed.world.created.filter((each) => each.startsWith("clusters"))).toHaveLength(1);
  });
});

describe("before it begins", () => {
  const ask = async (bed: ActingBed, name = "shared-pg", at?: number) => bed.acting().drill(name, at, asker({ event: parseEventId(`$drill-${name}-${at}`) }));

  test("it is asked for, and begins when it is allowed; the same command twice asks once", async () => {
    const bed = await drilledBed();
    await expect(ask(bed)).resolves.toEqual({ kind: "asked", name: "prod/cnpg/shared-pg" });
    await expect(ask(bed)).resolves.toMatchObject({ kind: "asked" });
    const [open, other] = await bed.store.read.openPrompts(10);
    expect(other).toBeUndefined();
    const question = await bed.shown(`prompt/${open?.id}`);
    expect(question).toContain("nightly-1");
    expect(question).toContain("In drills: 1Gi of memory, a volume of 10Gi");
    await bed.settle(async () => bed.now() > start + 1);
    expect(bed.world.created).toEqual([]);
  });

  test("with a yes it is done, and whoever asked is told of the end", async () => {
    const bed = await drilledBed();
    await ask(bed);
    const [open] = await bed.store.read.openPrompts(1);
    const key = `prompt/${open?.id}`;
    await bed.store.write(async (tx) =>
      bed.prompts.taker.reacted(tx, { event: parseEventId("$y"), room: opsRoom, by: nadia, emoji: "✅", key, at: bed.now() }, "operator"),
    );
    await bed.settle(async () => (await drillResults(bed.store.read)).length > 0);
    const run = open?.id.slice("drill/".length) ?? "";
    expect(await text(bed, run)).toContain("it can be restored");
    expect(await bed.shown(`backup/${run}/end`)).toBe(`${nadia}: the drill of shared-pg went well.`);
    expect(leftIn(bed.world)).toEqual([]);
  });

  test.each<[string, (bed: ActingBed) => void, RegExp, number?]>([
    [
      "no room",
      (bed) =>
        bed.world.put("nodes", { metadata: { name: "uzig" }, status: { allocatable: { memory: "2500Mi" }, conditions: [{ type: "Ready", status: "True" }] } }),
      /no room.*it takes 1.0 Gi.*uzig, has 452 Mi left/u,
    ],
    [
      "a node that takes nobody",
      (bed) =>
        bed.world.put("nodes", {
          metadata: { name: "uzig" },
          spec: { unschedulable: true },
          status: { allocatable: { memory: "99Gi" }, conditions: [{ type: "Ready", status: "True" }] },
        }),
      /No node is known/u,
    ],
    [
      "no completed backup",
      (bed) => (
        bed.world.drop("backups", "cnpg", "nightly-1"),
        bed.world.put("objectstores", { metadata: { name: "store", namespace: "cnpg" }, spec: { configuration: {} } })
      ),
      /no completed backup/u,
    ],
    ["no ObjectStore", (bed) => bed.world.drop("objectstores", "cnpg", "store"), /ObjectStore store of shared-pg does not exist/u],
    [
      "volume snapshots only",
      (bed) =>
        bed.world.put("clusters", { metadata: { name: "shared-pg", namespace: "cnpg" }, spec: { storage: { size: "1Gi" }, backup: { volumeSnapshot: {} } } }),
      /volume snapshots only/u,
    ],
    [
      "no backups at all",
      (bed) => bed.world.put("clusters", { metadata: { name: "shared-pg", namespace: "cnpg" }, spec: { storage: { size: "1Gi" } } }),
      /no backups that could be restored/u,
    ],
    ["a time before the window", () => undefined, /outside of what can be restored/u, start - 11 * 86_400_000],
    ["a time to come", () => undefined, /outside of what can be restored/u, start + 60_000],
    [
      "two of that name",
      (bed) => bed.world.put("clusters", { metadata: { name: "shared-pg", namespace: "other" } }),
      /may be prod\/cnpg\/shared-pg or prod\/other\/shared-pg/u,
    ],
  ])("it is refused in words: %s", async (_, damage, said, at) => {
    const bed = await drilledBed();
    damage(bed);
    await expect(ask(bed, "shared-pg", at)).resolves.toMatchObject({ kind: "refused", words: expect.stringMatching(said) });
  });

  test("it is refused while another is under way, and where none is configured", async () => {
    const bed = await drilledBed();
    await beginUnasked(bed, "first");
    await expect(ask(bed)).resolves.toMatchObject({ words: "The drill of prod cnpg/shared-pg is under way. Wait for its end." });
    const without = await drilledBed({ drill: undefined });
    await expect(ask(without)).resolves.toMatchObject({ words: expect.stringContaining("No drill is configured") });
  });

  test("a time within the window becomes the target of the restore", async () => {
    const bed = await drilledBed();
    await ask(bed, "shared-pg", start - 86_400_000);
    const [open] = await bed.store.read.openPrompts(1);
    const key = `prompt/${open?.id}`;
    await bed.store.write(async (tx) =>
      bed.prompts.taker.reacted(tx, { event: parseEventId("$z"), room: opsRoom, by: nadia, emoji: "✅", key, at: bed.now() }, "operator"),
    );
    await bed.settle(async () => bed.world.all("clusters", place).length > 0);
    expect(bed.world.all("clusters", place)[0]).toMatchObject({
      spec: { bootstrap: { recovery: { recoveryTarget: { targetTime: "2026-06-11T12:00:00.000Z" } } } },
    });
  });
});

describe("a process that is killed", () => {
  test.each(["before", "after"] as const)(
    "%s any of its acts leaves nothing behind, makes one copy at a time, and reports once",
    async (when) => {
      const bed = await drilledBed();
      bed.fuse.reset();
      await beginUnasked(bed, "to count its acts");
      await bed.settle(drillIsOver(bed));
      const { acts } = bed.fuse;
      await bed.settle();
      expect(acts).toBeGreaterThan(40);
      for (let at = 1; at <= acts; at += 1) {
        const [created, ended] = [bed.world.created.length, await endedIn(bed)];
        bed.fuse.set(at, when);
        const run = await beginUnasked(bed, `${when} ${at}`);
        await bed.settle(drillIsOver(bed));
        const found = {
          at,
          made: bed.world.created.slice(created).filter((each) => each.startsWith("clusters")).length,
          left: leftIn(bed.world),
          told: (await endedIn(bed)) - ended,
          well: (await text(bed, run)).includes("it can be restored"),
        };
        expect(found).toEqual({ at, made: 1, left: [], told: 1, well: true });
        bed.fuse.reset();
        await bed.settle();
      }
      expect(bed.world.mostClusters(place)).toBe(1);
      expect(bed.kills()).toBe(acts);
    },
    60_000,
  );

  test("while its request to create was under way finds what arrived too late, and deletes it", async () => {
    const bed = await drilledBed();
    const run = await beginUnasked(bed, "late");
    await bed.settle(drillIsOver(bed));
    bed.world.put("clusters", {
      metadata: { name: `drill-shared-pg-${run}`, namespace: place, labels: { "opsroom.dev/run": run } },
      spec: { bootstrap: { recovery: {} } },
    });
    await bed.settle();
    expect(leftIn(bed.world)).toEqual([]);
  });
});

async function endedIn(bed: ActingBed): Promise<number> {
  return (await bed.store.read.audit({ limit: 10_000 })).filter(({ action }) => action === "backup.drill.ended").length;
}
