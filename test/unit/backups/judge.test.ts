import { describe, expect, test } from "vitest";
import { backup, condition, database, day, hour, instance, object, pluginPod, said, schedule, store, time, verdict } from "./world.ts";

const inTree = database({
  spec: { plugins: [], backup: { barmanObjectStore: { destinationPath: "s3://backups/shared" }, retentionPolicy: "30d" } },
  status: { firstRecoverabilityPoint: time(30 * day), lastSuccessfulBackup: time(7 * hour) },
});
const inTreeBackup = { method: "barmanObjectStore", pluginConfiguration: null };

test("a cluster that is backed up well is ok in every check", async () => {
  const one = await verdict();
  expect(one.checks.map((each) => `${each.name} ${each.state}`)).toEqual([
    "base ok",
    "schedule ok",
    "archiving ok",
    "window ok",
    "running ok",
    "store ok",
    "credentials ok",
    "history ok",
  ]);
  expect(one).toMatchObject({ state: "ok", method: "plugin barman-cloud", cluster: "prod", namespace: "cnpg", name: "shared-pg" });
  expect(one.window?.from).toBe(Date.parse(time(30 * day)));
});

test("an in-tree cluster is judged by its own status, without the plugin's CRD", async () => {
  const one = await verdict(
    { clusters: [inTree], backups: [backup("daily-2", 7 * hour, {}, inTreeBackup)], scheduledbackups: [schedule(inTreeBackup)], services: [] },
    { objectstores: "absent" },
  );
  expect(one).toMatchObject({ state: "ok", method: "in-tree" });
});

describe("base", () => {
  test("nothing configured is never", async () => {
    expect(said(await verdict({ clusters: [database({ spec: { plugins: [] } })] }), "base")).toMatch(/^never: no backup is configured/u);
  });

  test("no base backup at all is never", async () => {
    const bare = store({ firstRecoverabilityPoint: null, lastSuccessfulBackupTime: null, lastFailedBackupTime: null });
    expect(said(await verdict({ backups: [], objectstores: [bare] }), "base")).toMatch(/^never: there is no base backup yet → Begin one/u);
  });

  test("older than its schedule is late, and says which schedule", async () => {
    const old = { backups: [backup("daily-1", 31 * hour)], objectstores: [store({ lastSuccessfulBackupTime: time(31 * hour) })] };
    expect(said(await verdict(old), "base")).toMatch(/^late: the last base backup is 1 d old; .*wanted/u);
    const weekdays = { ...old, scheduledbackups: [schedule({ schedule: "0 0 3 * * *" })] };
    const limits = {
      limits: { windowMs: 14 * day, graceMs: 2 * hour, longestPeriodMs: 8 * day, archivingMs: 1, longestBackupMs: 1, longestPendingMs: 1, expiryMs: 1 },
    };
    expect(said(await verdict(weekdays, {}, {}, limits), "base")).toMatch(/daily was to make one 7 h ago/u);
    expect(said(await verdict({ ...old, scheduledbackups: [schedule({ schedule: "0 0 3 * * 0" })] }, {}, {}, limits), "base")).toMatch(/^ok/u);
  });

  test("a failure newer than the last success names its cause", async () => {
    const failed = backup("daily-3", hour, { phase: "failed", error: "botocore: (InvalidAccessKeyId) when calling ListObjectsV2" });
    const one = await verdict({ backups: [backup("daily-2", 7 * hour), failed] });
    expect(said(one, "base")).toMatch(
      /^failed: the last base backup failed 59 min ago: the object store does not know the access key id; the last good one is 6 h old/u,
    );
  });

  test("an old failure, which nobody ever clears, does no harm", async () => {
    expect((await verdict({ objectstores: [store({ lastFailedBackupTime: time(8 * hour) })] })).state).toBe("ok");
    expect(said(await verdict({ objectstores: [store({ lastFailedBackupTime: time(hour) })] }), "base")).toMatch(/^failed/u);
  });

  test("exit status 1 says what it can mean, and where to look", async () => {
    const failed = backup("daily-3", hour, { phase: "failed", error: "rpc error: code = Unknown desc = exit status 1" });
    expect(said(await verdict({ backups: [failed] }), "base")).toMatch(/wrong key, a missing bucket.*plugin-barman-cloud/u);
    const probed = { probeStore: async () => ({ kind: "wrong-key", words: "the object store refuses the secret key" }) as const };
    const one = await verdict({ backups: [failed] }, {}, probed);
    expect(said(one, "base")).toContain("the object store refuses the secret key");
    expect(said(one, "store")).toMatch(/^failed: .*refuses the secret key/u);
  });

  test("a time in the future is unknown", async () => {
    expect(said(await verdict({ objectstores: [store({ lastSuccessfulBackupTime: time(-2 * hour) })] }), "base")).toMatch(/^unknown: .* in the future/u);
  });

  test("a hibernated cluster is switched off, not late", async () => {
    const one = await verdict({ clusters: [database({ metadata: { annotations: { "cnpg.io/hibernation": "on" } } })] });
    expect([said(one, "base"), said(one, "schedule"), said(one, "archiving")].map((each) => each?.split(":")[0])).toEqual(["disabled", "disabled", "disabled"]);
  });

  test("one that needs no backup is disabled", async () => {
    expect((await verdict({}, {}, {}, { ignored: ["cnpg/shared-pg"] })).state).toBe("disabled");
  });
});

describe("schedule", () => {
  const ask = async (spec: Parameters<typeof schedule>[0], status?: Parameters<typeof schedule>[1]): Promise<string | undefined> =>
    said(await verdict({ scheduledbackups: [schedule(spec, status)] }), "schedule");

  test("none", async () => {
    expect(said(await verdict({ scheduledbackups: [] }), "schedule")).toMatch(/^failed: no ScheduledBackup names it.*method plugin/u);
  });
  test("suspended", async () => {
    expect(await ask({ suspend: true })).toMatch(/^disabled: daily is suspended/u);
  });
  test("five fields are named as the trap they are", async () => {
    expect(await ask({ schedule: "0 3 * * *" }, { lastCheckTime: time(0), nextScheduleTime: time(-3 * 60_000) })).toBe(
      'late: "0 3 * * *" has five fields, of which CloudNativePG takes the first for seconds: it runs every hour at minute 3 → Write "0 0 3 * * *"',
    );
  });
  test("no schedule at all, in words", async () => {
    expect(await ask({ schedule: "every day" })).toMatch(/^failed: the schedule "every day" of daily is none: it has 2 fields/u);
    expect(await ask({ schedule: null })).toMatch(/^failed/u);
  });
  test("a day that never comes", async () => {
    expect(await ask({ schedule: "0 0 3 31 2 *" })).toMatch(/never fires/u);
  });
  test("the wrong method, with the trap of the plan", async () => {
    expect(await ask({ schedule: "0 3 * * *", method: null, pluginConfiguration: null })).toMatch(
      /^failed: daily asks for the wrong method: barmanObjectStore, the default.*five fields.*→ Write method: plugin.*Write "0 0 3 \* \* \*"/u,
    );
    expect(await ask({ method: "plugin", pluginConfiguration: null })).toMatch(/without pluginConfiguration/u);
    expect(await ask({ pluginConfiguration: { name: "other" } })).toMatch(/plugin other/u);
    expect(await ask({ method: "volumeSnapshot" })).toMatch(/volumeSnapshot/u);
    expect(await ask({ method: "magic" })).toMatch(/magic, which is not known/u);
  });
  test("its own error", async () => {
    expect(await ask({}, { error: "cannot create" })).toBe("failed: daily says: cannot create");
  });
  test("never fired", async () => {
    expect(await ask({}, { lastScheduleTime: null, nextScheduleTime: null, lastCheckTime: time(2 * day) })).toMatch(
      /^never: daily has never fired.*due 1 d ago/u,
    );
    expect(await ask({}, { lastScheduleTime: null, nextScheduleTime: null, lastCheckTime: null })).toMatch(/^never/u);
  });
  test("not fired since, though it is due", async () => {
    expect(await ask({}, { lastCheckTime: time(31 * hour), lastScheduleTime: time(31 * hour), nextScheduleTime: time(7 * hour) })).toMatch(
      /^failed: daily has not fired since 1 d ago: the operator does not act on it; it was due 7 h ago → See whether the CloudNativePG operator runs/u,
    );
  });
  test("an operator in another zone, or a schedule that was changed, is not overdue while one of the two times is to come", async () => {
    expect(await ask({}, { lastCheckTime: time(8 * hour), nextScheduleTime: time(-hour) })).toMatch(/^ok: next in 1 h/u);
    expect(await ask({}, { lastCheckTime: time(6 * hour), nextScheduleTime: time(hour) })).toMatch(/^ok/u);
  });
  test("a Backup that hangs holds it up, and is named", async () => {
    const one = await verdict({
      scheduledbackups: [schedule({}, { lastCheckTime: time(31 * hour), lastScheduleTime: time(31 * hour), nextScheduleTime: time(7 * hour) })],
      backups: [backup("daily-1", 31 * hour, { phase: "started", stoppedAt: null })],
    });
    expect(said(one, "schedule")).toMatch(/Backup daily-1 has not ended and holds it up/u);
  });
});

describe("archiving", () => {
  const ask = async (...args: Parameters<typeof verdict>): Promise<string | undefined> => said(await verdict(...args), "archiving");
  const archiving = (...conditions: ReturnType<typeof condition>[]): ReturnType<typeof database> => database({ status: { conditions } });
  const asked = (facts: { lastArchivedAt?: number; lastFailedAt?: number; waiting?: number }) => ({
    askArchiver: async () => ({ lastArchivedAt: undefined, lastFailedAt: undefined, waiting: undefined, ...facts }),
  });
  const nowMs = Date.parse(time(0));

  test("False names its cause", async () => {
    const failing = archiving(condition("ContinuousArchiving", "False", "ContinuousArchivingFailing", hour, "Could not connect to the endpoint URL"));
    expect(await ask({ clusters: [failing] })).toMatch(/^failed: WAL has not been archived for 1 h: the object store cannot be reached → See whether it runs/u);
    expect((await verdict({ clusters: [failing] })).window?.to).toBe(Date.parse(time(hour)));
  });
  test("absent is never, on a new cluster unknown", async () => {
    expect(await ask({ clusters: [archiving()] })).toMatch(/^never: no WAL has ever been archived/u);
    expect(await ask({ clusters: [database({ status: { conditions: [] }, metadata: { creationTimestamp: time(60_000) } })] })).toMatch(
      /^unknown: .* it is new/u,
    );
  });
  test("switched off", async () => {
    expect(await ask({ clusters: [database({ metadata: { annotations: { "cnpg.io/skipWalArchiving": "enabled" } } })] })).toMatch(/^disabled/u);
  });
  test("a plugin that is not told to archive", async () => {
    const idle = database({ spec: { plugins: [{ name: "barman-cloud.cloudnative-pg.io", parameters: { barmanObjectName: "s3" } }] } });
    expect(await ask({ clusters: [idle] })).toMatch(/^failed: WAL is archived nowhere.*isWALArchiver/u);
  });
  test("True means nothing while the primary is gone, not ready or fenced", async () => {
    expect(await ask({ pods: [instance("shared-pg-2"), pluginPod()] })).toMatch(/^failed: the primary shared-pg-1 is gone/u);
    expect(await ask({ pods: [instance("shared-pg-1", false), pluginPod()] })).toMatch(/^failed: the primary shared-pg-1 is not ready/u);
    expect(await ask({ clusters: [database({ metadata: { annotations: { "cnpg.io/fencedInstances": '["*"]' } } })] })).toMatch(/fenced/u);
    expect(await ask({ clusters: [database({ status: { currentPrimary: null } })] })).toMatch(/it has no primary/u);
  });
  test("True means nothing while WAL waits", async () => {
    expect(await ask({}, {}, asked({ lastArchivedAt: nowMs - hour, waiting: 12 }))).toMatch(/^failed: WAL hangs: 12 files wait, the last WAL got out 1 h ago/u);
    expect(await ask({}, {}, asked({ lastArchivedAt: nowMs - hour, lastFailedAt: nowMs - 60_000, waiting: 12 }))).toMatch(
      /^failed: WAL failed to be archived 1 min ago/u,
    );
    expect(await ask({}, {}, asked({ lastArchivedAt: nowMs - hour }))).toMatch(/^unknown/u);
  });
  test("an idle database has nothing to archive", async () => {
    expect(await ask({}, {}, asked({ lastArchivedAt: nowMs - 3 * day, waiting: 0 }))).toMatch(/^ok: the last WAL is 3 d old/u);
    expect(await ask({}, {}, asked({ lastArchivedAt: nowMs - 60_000, lastFailedAt: nowMs - 3 * day, waiting: 1 }))).toMatch(/^ok: the last WAL is 1 min old/u);
  });
  test("instances that are missing are worth a word", async () => {
    expect(await ask({ clusters: [database({ status: { readyInstances: 1 } })] })).toMatch(/^ok: .*only 1 of 2 instances are ready/u);
  });
});

describe("window", () => {
  const ask = async (first: number, created = 60 * day): Promise<string | undefined> =>
    said(
      await verdict({
        objectstores: [store({ firstRecoverabilityPoint: time(first) })],
        clusters: [database({ metadata: { creationTimestamp: time(created) } })],
      }),
      "window",
    );
  test("shorter than wanted is late", async () => {
    expect(await ask(3 * day)).toMatch(/^late: one can go back 3 d; 14 d is wanted/u);
  });
  test("as long as a young database exists is ok", async () => {
    expect(await ask(3 * day, 3.5 * day)).toMatch(/^ok: one can go back 3 d, nearly as long as it exists/u);
  });
  test("in the future is unknown, nothing is never", async () => {
    expect(await ask(-day)).toMatch(/^unknown/u);
    expect(said(await verdict({ objectstores: [store({ firstRecoverabilityPoint: "soon" })] }), "window")).toMatch(/^never/u);
  });
});

describe("running", () => {
  const ask = async (ago: number, status: Parameters<typeof backup>[2], change: Parameters<typeof verdict>[0] = {}): Promise<string | undefined> =>
    said(await verdict({ backups: [backup("daily-2", 7 * hour), backup("new", ago, { stoppedAt: null, ...object(status) })], ...change }), "running");

  test("one under way is fine", async () => {
    expect(await ask(5 * 60_000, { phase: "started" })).toBe("ok: Backup new is started for 5 min");
    expect(await ask(5 * 60_000, { phase: null })).toMatch(/^ok/u);
  });
  test("begun by nobody for too long", async () => {
    expect(await ask(hour, { phase: null, startedAt: null })).toMatch(
      /^failed: Backup new has been begun by nobody for 1 h; it holds up the ScheduledBackup daily/u,
    );
    expect(await ask(hour, { phase: "pending" })).toMatch(/^failed: Backup new has waited for 1 h/u);
  });
  test("never ending", async () => {
    expect(await ask(7 * hour, { phase: "started" })).toMatch(/^failed: Backup new has been started for 7 h/u);
    expect(await ask(7 * hour, { phase: "a phase of the future" })).toMatch(/^failed/u);
  });
  test("the plugin stopped: at once, and by name", async () => {
    const pods = [instance("shared-pg-1"), instance("shared-pg-2"), pluginPod(false)];
    expect(await ask(60_000, { phase: null }, { pods })).toMatch(
      /^failed: Backup new is begun by nobody: the plugin barman-cloud\.cloudnative-pg\.io does not run: its pod is not ready/u,
    );
  });
  test("the plugin uninstalled: what is started stays so", async () => {
    expect(await ask(60_000, { phase: "started" }, { services: [], pods: [instance("shared-pg-1"), instance("shared-pg-2")] })).toMatch(
      /^failed: Backup new never ends: the plugin .* is not installed/u,
    );
  });
  test("its instance is gone", async () => {
    expect(await ask(60_000, { phase: "started" }, { pods: [instance("shared-pg-1"), pluginPod()] })).toMatch(
      /^failed: Backup new never ends: its instance shared-pg-2 is gone/u,
    );
  });
  test("WAL archiving fails, or the definition is wrong", async () => {
    expect(await ask(60_000, { phase: "walArchivingFailing" })).toMatch(/^failed: Backup new waits/u);
    expect(await ask(60_000, { phase: "invalid backup definition" })).toMatch(/^failed: Backup new is defined wrongly/u);
  });
});

describe("store", () => {
  const ask = async (...args: Parameters<typeof verdict>): Promise<string | undefined> => said(await verdict(...args), "store");
  test("the ObjectStore deleted", async () => {
    expect(await ask({ objectstores: [] })).toMatch(/^failed: the ObjectStore cnpg\/s3 does not exist/u);
  });
  test("the plugin stopped and uninstalled, while all conditions are True", async () => {
    expect(await ask({ pods: [instance("shared-pg-1"), instance("shared-pg-2")] })).toMatch(/^failed: the plugin .* does not run: it has no pod/u);
    expect(await ask({ services: [] })).toMatch(/^failed: the plugin .* is not installed: it has no Service/u);
    expect(await ask({}, { objectstores: "absent" })).toMatch(/^failed: the plugin .* is not installed: the cluster serves no ObjectStores/u);
  });
  test("the operator without the plugin", async () => {
    const unknown = database({ status: { phase: "Cluster cannot proceed to reconciliation due to an unknown plugin being required" } });
    expect(await ask({ clusters: [unknown] })).toMatch(/^failed: the operator cannot use the plugin/u);
  });
  test("a catalogue that has lost what a Backup made", async () => {
    expect(await ask({ objectstores: [store({ lastSuccessfulBackupTime: time(31 * hour) })] })).toMatch(/^late: Backup daily-2 is 1 d newer/u);
    expect(await ask({ objectstores: [store({ lastSuccessfulBackupTime: null })] })).toMatch(/^failed: .*knows no base backup of shared-pg/u);
  });
  test("the server's own name", async () => {
    const renamed = database({
      spec: { plugins: [{ name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true, parameters: { barmanObjectName: "s3", serverName: "v2" } }] },
    });
    expect(await ask({ clusters: [renamed] })).toMatch(/knows no base backup of v2/u);
  });
  test("retention that deletes too early", async () => {
    expect(await ask({ objectstores: [store({}, { retentionPolicy: "7d" })] })).toMatch(/^late: its retention deletes after 7 d.*"14d" or longer/u);
    expect(await ask({ objectstores: [store({}, { retentionPolicy: "for ever" })] })).toMatch(/^unknown/u);
  });
  test("no ObjectStore is named", async () => {
    expect(await ask({ clusters: [database({ spec: { plugins: [{ name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true }] } })] })).toMatch(
      /names no ObjectStore/u,
    );
  });
});

describe("credentials and history", () => {
  const certificate = (text: string, spec = {}): ReturnType<typeof database> =>
    database({
      spec: { plugins: [{ name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true, parameters: { barmanObjectName: "s3" } }], ...spec },
      status: { certificates: { expirations: { tls: text } }, conditions: [] },
    });
  const ask = async (text: string, spec = {}): Promise<string | undefined> => said(await verdict({ clusters: [certificate(text, spec)] }), "credentials");
  test("ended, ending, unreadable", async () => {
    expect(await ask("2026-11-01 00:00:00 +0000 UTC")).toMatch(/^failed: the certificate in Secret tls ended 22 d ago/u);
    expect(await ask("2026-11-27 00:00:00 +0000 UTC")).toMatch(/^late: .* ends in 3 d → The operator renews it/u);
    expect(await ask("tomorrow")).toMatch(/^unknown/u);
  });
  test("the operator renews its own in time, people's own are told earlier", async () => {
    expect(await ask("2026-12-03 00:00:00 +0000 UTC")).toMatch(/^ok/u);
    expect(await ask("2026-12-03 00:00:00 +0000 UTC", { certificates: { serverTLSSecret: "mine" } })).toMatch(/^late: .*Renew the certificate/u);
  });
  test("Backups owned by their ScheduledBackup", async () => {
    expect(said(await verdict({ scheduledbackups: [schedule({ backupOwnerReference: "self" })] }), "history")).toMatch(
      /^late: .*daily deletes all its Backup objects/u,
    );
  });
});
