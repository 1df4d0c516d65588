/** Base backups and drills on the real operator: what is restored is what was there, and nothing of a drill is left, also after kills. */
import { expect, onTestFinished, test } from "vitest";
import { prepareBackupActing, type BackupActing } from "../../src/backups/acting/prepare.ts";
import { readDrill } from "../../src/backups/drill/record.ts";
import { drillResults, type DrillResult } from "../../src/backups/drill/result.ts";
import type { BackupSettings } from "../../src/backups/settings.ts";
import { systemClock } from "../../src/clock.ts";
import { parseEventId, parseUserId } from "../../src/ids.ts";
import type { ObjectAccess } from "../../src/kubernetes/objects.ts";
import { openCluster } from "../../src/kubernetes/open.ts";
import { silentLog } from "../../src/observe/log.ts";
import { runTimers } from "../../src/process/timers.ts";
import { createPrompts } from "../../src/prompts/service.ts";
import type { Store } from "../../src/store/store.ts";
import { wakeable } from "../../src/wakeable.ts";
import { installCloudNativePg } from "../bed/cnpg.ts";
import { startKubernetes, type Kubernetes } from "../bed/kubernetes.ts";
import { hostAddress } from "../bed/node-config.ts";
import { createPostgresCluster } from "../bed/postgres-cluster.ts";
import { startS3 } from "../bed/s3.ts";
import { asker } from "../support/asker.ts";
import { settings as usual } from "../support/backup-acting.ts";
import { opsRoom } from "../support/events.ts";
import { tempStore } from "../support/temp-store.ts";

const place = "drills";
const namespace = "databases";
const minute = 60_000;
/** Each costs a restart of PostgreSQL or two: all of them with `npm run soak`. */
const kills = process.env["OPSROOM_SOAK"] === "1" ? 20 : 5;
const killsEach = 7;
const never = new AbortController().signal;
const settings: BackupSettings = {
  ...usual,
  drill: {
    namespace: place,
    deadlineMs: 8 * minute,
    memory: "384Mi",
    cpu: "200m",
    storageClass: undefined,
    queries: [{ name: "proof", database: "postgres", sql: "SELECT count(*) FROM proof", expect: "equal", share: 1 }],
  },
};

interface Process {
  readonly acting: BackupActing;
  /** Whatever is under way is cut off, and nothing more is done. */
  readonly kill: () => Promise<void>;
}

/** One process of Opsroom, as far as backups go: it works off timers until it is killed. */
async function startProcess(store: Store, access: ObjectAccess): Promise<Process> {
  const bell = wakeable(systemClock);
  const view = () => ({ now: Date.now(), timeZone: "UTC" });
  const wakes = { wakeSender: () => undefined, wakeTimers: bell.wake };
  const prompts = createPrompts({ store, account: parseUserId("@opsroom:a"), view, random: Math.random, roleOf: () => "operator", ...wakes });
  const acting = prepareBackupActing({ store, clusters: () => new Map([["prod", access]]), settings: () => settings, view, prompts, ...wakes });
  await acting.atStart();
  const killed = new AbortController();
  const running = runTimers({ store, handlers: acting.handlers, clock: systemClock, log: silentLog, bell, onFault: () => undefined }, killed.signal);
  return {
    acting,
    kill: async () => {
      killed.abort(new Error("killed"));
      await running;
    },
  };
}

async function until(what: string, holds: () => Promise<boolean>, mostMs: number): Promise<void> {
  for (const end = Date.now() + mostMs; !(await holds());) {
    if (Date.now() > end) throw new Error(`${what} did not come within ${mostMs / 1000} s`);
    await systemClock.sleep(500);
  }
}

/** Of every kind that a drill or the operator makes. */
async function leftovers({ kubectl }: Kubernetes): Promise<string> {
  const kinds =
    "clusters.postgresql.cnpg.io,objectstores.barmancloud.cnpg.io,secrets,persistentvolumeclaims,pods,jobs,services,poddisruptionbudgets,roles,rolebindings";
  return (await kubectl(["-n", place, "get", kinds, "-o", "name"])).trim();
}

async function setUp() {
  await using stack = new AsyncDisposableStack();
  const kubernetes = stack.use(await startKubernetes());
  await installCloudNativePg(kubernetes, { plugin: true });
  const s3 = stack.use(await startS3({ address: hostAddress }));
  await s3.createBucket("backups");
  await kubernetes.kubectl(["create", "namespace", place]);
  const needs = { clock: systemClock, random: Math.random, metrics: { apiFailure: () => undefined } };
  const access = stack.use(await openCluster({ name: "prod", access: { kind: "kubeconfig", file: kubernetes.kubeconfigPath, context: undefined } }, needs));
  const releases = stack.move();
  onTestFinished(async () => releases.disposeAsync());
  const at = { namespace, s3, bucket: "backups" };
  const shared = await createPostgresCluster(kubernetes, { ...at, way: "plugin", name: "shared-pg" });
  const old = await createPostgresCluster(kubernetes, { ...at, way: "in-tree", name: "old-pg" });
  return { kubernetes, s3, access, shared, old };
}

test(
  "a base backup is made and followed; a drill restores it, finds it equal, and leaves nothing, however often it is killed",
  async () => {
    const { kubernetes, s3, access, shared, old } = await setUp();
    const store = await tempStore();
    let process = await startProcess(store, access);
    onTestFinished(async () => process.kill());
    const said = async (run: string): Promise<string> => String((await store.read.outboxMessage(`backup/${run}`))?.content["body"]);
    const over = async (): Promise<boolean> => (await readDrill(store.read)) === undefined;
    const lastOf = async (name: string): Promise<DrillResult | undefined> => (await drillResults(store.read)).find((each) => each.name === name);
    const begin = async (cause: string, name: string): Promise<string> => {
      const answer = await process.acting.drillUnasked(cause, name, opsRoom, never);
      expect(answer).toMatchObject({ kind: "begun" });
      return (await readDrill(store.read))?.id ?? "";
    };

    for (const cluster of [shared, old]) {
      await cluster.psql("create table proof as select generate_series(1, 1000) as n");
      const event = parseEventId(`$run-${cluster.name}`);
      await expect(process.acting.run(cluster.name, asker({ event }))).resolves.toMatchObject({ kind: "begun" });
    }
    const ended = async () => (await store.read.audit({ limit: 100 })).filter(({ action }) => action === "backup.run.ended");
    await until("the ends of both backups", async () => (await ended()).length === 2, 3 * minute);
    expect((await ended()).map(({ outcome }) => outcome)).toEqual(["ok", "ok"]);

    for (const cluster of [shared, old]) {
      await cluster.psql("insert into proof select generate_series(1, 500)");
      await cluster.switchWal();
      const kept = await s3.list("backups", `${cluster.name}/base`);
      const run = await begin(`whole ${cluster.name}`, cluster.name);
      await until("the end of the drill", over, 8 * minute);
      expect(await lastOf(cluster.name)).toMatchObject({ verdict: "ok", restoreMs: expect.any(Number), lostMs: expect.any(Number), bytes: expect.any(Number) });
      expect(await said(run)).toContain("🟢 proof: 1500");
      expect(await leftovers(kubernetes)).toBe("");
      expect(await s3.list("backups", `${cluster.name}/base`)).toEqual(kept);
      // A copy archives nothing.
      expect(await s3.list("backups", "drill-")).toEqual([]);
    }

    let killed = 0;
    for (let round = 1; killed < kills; round += 1) {
      const run = await begin(`killed ${round}`, shared.name);
      for (let left = killsEach; left > 0 && killed < kills; left -= 1) {
        await systemClock.sleep(200 + Math.random() * 12_000);
        if (await over()) break;
        await process.kill();
        killed += 1;
        const copies = await kubernetes.kubectl(["-n", place, "get", "clusters.postgresql.cnpg.io", "-o", "name"]);
        expect(copies.trim().split("\n").length).toBe(1);
        process = await startProcess(store, access);
      }
      await until("the end of the drill", over, 8 * minute);
      expect(await lastOf(shared.name)).toMatchObject({ verdict: "ok" });
      expect(await said(run)).toContain("🟢 proof: 1500");
      expect(await leftovers(kubernetes)).toBe("");
      const told = (await store.read.audit({ limit: 1000 })).filter(({ action }) => action === "backup.drill.ended");
      expect(told).toHaveLength(2 + round);
    }
  },
  25 * minute,
);
