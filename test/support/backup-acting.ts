/** Opsroom's part that begins backups and drills, with a real store, a cluster in memory, and a process that can be killed at any of its acts. */
import { prepareBackupActing, type BackupActing } from "../../src/backups/acting/prepare.ts";
import { runIdOf } from "../../src/backups/acting/labels.ts";
import type { ActingNeeds } from "../../src/backups/acting/needs.ts";
import { readDrill } from "../../src/backups/drill/record.ts";
import type { BackupSettings } from "../../src/backups/settings.ts";
import type { ObjectAccess } from "../../src/kubernetes/objects.ts";
import { createPrompts, type Prompts } from "../../src/prompts/service.ts";
import { parseUserId } from "../../src/ids.ts";
import type { Store } from "../../src/store/store.ts";
import { apiWorld, type ApiWorld } from "./api-world.ts";
import { opsRoom } from "./events.ts";
import { Killed } from "./killable-store.ts";
import { tempStore } from "./temp-store.ts";

const hour = 3_600_000;
const never = new AbortController().signal;
export const start = Date.UTC(2026, 5, 12, 12);
export const place = "drills";

export const settings: BackupSettings = {
  clusters: ["prod"],
  ignored: [],
  limits: {
    windowMs: 7 * 24 * hour,
    graceMs: 2 * hour,
    longestPeriodMs: 8 * 24 * hour,
    archivingMs: hour / 4,
    longestBackupMs: 6 * hour,
    longestPendingMs: hour / 6,
    expiryMs: 14 * 24 * hour,
  },
  others: [],
  asks: { primaries: false, stores: false },
  operatorTimeZone: "UTC",
  drill: { namespace: place, deadlineMs: 2 * hour, memory: "1Gi", cpu: "1", storageClass: undefined, queries: [] },
};

/** Each call and each write is one act; the process dies before or after the one that is named, and everything after fails. */
export interface Fuse {
  acts: number;
  readonly set: (at: number, when: "before" | "after") => void;
  readonly reset: () => void;
}

export interface ActingBed {
  readonly world: ApiWorld;
  readonly store: Store;
  readonly acting: () => BackupActing;
  readonly prompts: Prompts;
  readonly settings: BackupSettings;
  readonly fuse: Fuse;
  readonly now: () => number;
  readonly pass: (ms: number) => void;
  /** A new process on the same store. */
  readonly restart: () => Promise<void>;
  /** How often the process was killed. */
  readonly kills: () => number;
  /** Works off what is due, with the operator at work meanwhile, until nothing is to be done or `until` holds. A kill is followed by a restart. */
  readonly settle: (until?: () => Promise<boolean>) => Promise<void>;
  /** What stands in the room under a key, with its last edit. */
  readonly shown: (key: string) => Promise<string>;
}

export async function actingBed(changed: Partial<BackupSettings> = {}): Promise<ActingBed> {
  let time = start;
  const now = (): number => time;
  const real = await tempStore({ now });
  const world = apiWorld(now);
  let at = Number.POSITIVE_INFINITY;
  let when: "before" | "after" = "before";
  let dead = false;
  let kills = 0;
  const die = (): never => {
    if (!dead) kills += 1;
    dead = true;
    throw new Killed("killed");
  };
  const fuse: Fuse = {
    acts: 0,
    set: (n, how) => {
      [at, when, fuse.acts, dead] = [n, how, 0, false];
    },
    reset: () => {
      [at, fuse.acts, dead] = [Number.POSITIVE_INFINITY, 0, false];
    },
  };
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    if (dead) return die();
    fuse.acts += 1;
    const mine = fuse.acts === at;
    if (mine && when === "before") return die();
    const result = await act();
    return mine ? die() : result;
  };
  const access: ObjectAccess = {
    list: (...given) => guarded(() => world.access.list(...given)),
    get: (...given) => guarded(() => world.access.get(...given)),
    create: (...given) => guarded(() => world.access.create(...given)),
    remove: (...given) => guarded(() => world.access.remove(...given)),
    exec: (...given) => guarded(() => world.access.exec(...given)),
  };
  const store: Store = { ...real, write: (change) => guarded(() => real.write(change)) };
  const view = () => ({ now: time, timeZone: "UTC" });
  const wake = () => undefined;
  let codes = 0;
  const random = (): number => ((codes += 1), (codes * 0.618_033_988_75) % 1);
  const account = parseUserId("@opsroom:a");
  const prompts = createPrompts({ store, account, view, random, roleOf: () => "operator", wakeSender: wake, wakeTimers: wake });
  const mine: BackupSettings = { ...settings, ...changed };
  const needs: ActingNeeds = { store, clusters: () => new Map([["prod", access]]), settings: () => mine, view, prompts, wakeSender: wake, wakeTimers: wake };
  let acting = prepareBackupActing(needs);
  const restart = async (): Promise<void> => {
    fuse.reset();
    acting = prepareBackupActing(needs);
    await acting.atStart();
  };
  const settle: ActingBed["settle"] = async (until) => {
    for (let rounds = 0; rounds < 5000; rounds += 1) {
      if ((await until?.()) === true) return;
      const [due] = await real.read.dueTimers(time, 1);
      if (due === undefined) {
        const next = await real.read.nextTimerAt();
        if (next === undefined) return;
        time = Math.max(time + 1000, next);
        world.step();
        continue;
      }
      try {
        await (acting.handlers[due.kind] ?? (() => real.write((tx) => tx.clearTimer(due.key))))(due, never);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        await restart();
      }
    }
    throw new Error("it goes on for ever");
  };
  return {
    world,
    store: real,
    acting: () => acting,
    prompts,
    settings: mine,
    fuse,
    now,
    pass: (ms) => void (time += ms),
    restart,
    kills: () => kills,
    settle,
    shown: async (key) => {
      const message = await real.read.outboxMessage(key);
      return typeof message?.content["body"] === "string" ? message.content["body"] : "";
    },
  };
}

/** A PostgreSQL cluster with the plugin, a completed backup, and a Synapse database. */
export function putSource(world: ApiWorld, now: number): void {
  const namespace = "cnpg";
  const day = 86_400_000;
  world.put("nodes", {
    metadata: { name: "uzig" },
    status: { allocatable: { memory: "8Gi" }, conditions: [{ type: "Ready", status: "True" }] },
  });
  world.put("pods", {
    metadata: { name: "shared-pg-1", namespace, labels: { "cnpg.io/cluster": "shared-pg" } },
    spec: { nodeName: "uzig", containers: [{ resources: { requests: { memory: "2Gi" } } }] },
    status: { phase: "Running" },
  });
  world.put("clusters", {
    metadata: { name: "shared-pg", namespace },
    spec: {
      instances: 2,
      imageName: "ghcr.io/cloudnative-pg/postgresql:17.5",
      storage: { size: "10Gi", storageClass: "fast" },
      postgresql: { parameters: { max_connections: "200", shared_buffers: "4GB" } },
      plugins: [{ name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true, parameters: { barmanObjectName: "store" } }],
    },
    status: { phase: "Cluster in healthy state", readyInstances: 2, currentPrimary: "shared-pg-1" },
  });
  world.put("objectstores", {
    metadata: { name: "store", namespace },
    spec: {
      configuration: {
        destinationPath: "s3://backups/",
        s3Credentials: { accessKeyId: { name: "s3", key: "id" }, secretAccessKey: { name: "s3", key: "secret" } },
      },
      retentionPolicy: "30d",
    },
    status: {
      serverRecoveryWindow: {
        "shared-pg": {
          firstRecoverabilityPoint: new Date(now - 10 * day).toISOString(),
          lastSuccessfulBackupTime: new Date(now - 7 * 3_600_000).toISOString(),
        },
      },
    },
  });
  world.put("secrets", { metadata: { name: "s3", namespace }, type: "Opaque", data: { id: "aWQ=", secret: "c2VjcmV0", other: "bm90IGZvciB5b3U=" } });
  world.put("backups", {
    metadata: { name: "nightly-1", namespace },
    spec: { cluster: { name: "shared-pg" }, method: "plugin", pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" } },
    status: { phase: "completed", startedAt: new Date(now - 7 * 3_600_000 - 60_000).toISOString(), stoppedAt: new Date(now - 7 * 3_600_000).toISOString() },
  });
  world.answer("FROM pg_database WHERE datallowconn", () => ["postgres", "synapse"]);
  world.answer("pg_last_xact_replay_timestamp", () => ({ replayedAt: null, history: "1\t0/5000060\tno recovery target specified\n" }));
  world.answer("pg_ls_waldir", () => ({ at: now - 240_000 }));
  world.answer("pg_table_size", () => ({ bytes: 1_000_000, tables: [{ schema: "public", table: "events", bytes: 900_000 }], events: "public" }));
  world.answer("count(*)", (pod) => ({ count: pod.startsWith("drill-") ? 998 : 1000 }));
  world.answer("max(origin_server_ts)", (pod) => ({ at: pod.startsWith("drill-") ? now - 120_000 : now }));
}

/** Everything in the drill's namespace. */
export function leftIn(world: ApiWorld): readonly string[] {
  return ["clusters", "objectstores", "secrets", "persistentvolumeclaims", "pods"].flatMap((resource) =>
    world.all(resource, place).map(({ metadata }) => `${resource} ${metadata.name}`),
  );
}

export async function beginUnasked(bed: ActingBed, cause: string): Promise<string> {
  for (;;) {
    try {
      const answer = await bed.acting().drillUnasked(cause, "shared-pg", opsRoom, never);
      if (answer.kind !== "begun") throw new Error(JSON.stringify(answer));
      return runIdOf(cause);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      await bed.restart();
    }
  }
}

export const drillIsOver = (bed: ActingBed) => async (): Promise<boolean> => (await readDrill(bed.store.read)) === undefined;
