/** The jobs of the clock on a real store, with clusters' answers that a test changes, and the room as people read it. */
import type { BackupSettings } from "../../../src/backups/settings.ts";
import type { BackupPicture } from "../../../src/backups/verdict.ts";
import type { ScheduleSettings } from "../../../src/config/schedules.ts";
import { parseEventId, type RoomId } from "../../../src/ids.ts";
import type { Cluster, NodeUsage } from "../../../src/kubernetes/cluster.ts";
import type { ObjectAccess } from "../../../src/kubernetes/objects.ts";
import { prepareLooks } from "../../../src/process/backups.ts";
import { jobs, type JobNeeds } from "../../../src/process/jobs.ts";
import type { ScheduleName } from "../../../src/schedule/names.ts";
import type { JobResult } from "../../../src/schedule/schedule.ts";
import type { CertificateReading } from "../../../src/status/certificates.ts";
import { openGatherer } from "../../../src/status/gather.ts";
import { defaultThresholds } from "../../../src/status/thresholds.ts";
import type { Store } from "../../../src/store/store.ts";
import { settings as backupSettings } from "../../support/backup-acting.ts";
import { opsRoom } from "../../support/events.ts";
import { killableStore, type KillableStore } from "../../support/killable-store.ts";
import { manualClock, type ManualClock } from "../../support/manual-clock.ts";
import { node } from "../../support/plan-fleet.ts";
import { reopenableStore } from "../../support/temp-store.ts";
import { day, now, readsOf, well, type World } from "../backups/world.ts";

export const minute = 60_000;
const never = new AbortController().signal;

export interface JobBed {
  readonly clock: ManualClock;
  /** What the API server says of backups. */
  readonly backups: World;
  /** Memory in use by node; `undefined`: its figure is missing. Every node can allocate 1,000 MiB. */
  readonly usedMi: Map<string, number | undefined>;
  /** Whether figures and nodes can be read at all. */
  readonly reads: { nodes: boolean };
  readonly certificates: CertificateReading[];
  /** Whom the job would tell. */
  readonly place: { room: RoomId | undefined };
  readonly pictures: BackupPicture[];
  readonly store: () => Store;
  readonly needs: () => JobNeeds;
  /** @param at the due time, now unless said */
  readonly run: (name: ScheduleName, at?: number) => Promise<JobResult>;
  /** What came into the room since it was asked last. */
  readonly heard: () => Promise<readonly string[]>;
  readonly restart: () => Promise<void>;
  /** The process dies at its `writes`-th write from now on, until the restart. */
  readonly killAt: KillableStore["killAt"];
}

const settings: ScheduleSettings = { room: "ops", times: [], makeUpWithinMs: 3_600_000, memory: { over: 0.9, forMs: 10 * minute } };
const MiB = 2 ** 20;

export async function jobBed(more: Partial<JobNeeds> = {}, changed: Partial<BackupSettings> = {}): Promise<JobBed> {
  const clock = manualClock(now);
  const { store, reopen } = await reopenableStore(clock);
  let killable = killableStore(store, async () => undefined);
  const backups: World = { ...well };
  const usedMi: JobBed["usedMi"] = new Map();
  const reads = { nodes: true };
  const certificates: CertificateReading[] = [];
  const place: JobBed["place"] = { room: opsRoom };
  const pictures: BackupPicture[] = [];
  const cluster = fleetOf(usedMi, reads, clock);
  const status = openGatherer({ clusters: [cluster], homeservers: [], fetchJson: notAsked, clock });
  const mine: BackupSettings = { ...backupSettings, ...changed };
  const access: ObjectAccess = { list: async (...asked) => readsOf(backups).list(...asked), get: notAsked, create: notAsked, remove: notAsked, exec: notAsked };
  const looks = prepareLooks({ settings: () => mine, clusters: () => new Map([["prod", access]]), readSecret: notAsked, now: clock.now });
  const needs = (): JobNeeds => ({
    store: killable.store,
    settings: () => settings,
    view: () => ({ now: clock.now(), timeZone: "UTC" }),
    room: () => place.room,
    looks,
    status: { gather: async (signal) => status.gather(signal), thresholds: defaultThresholds },
    acting: { drillUnasked: notAsked },
    readCertificates: async () => certificates,
    expiryMs: () => 14 * day,
    onPicture: (picture) => void pictures.push(picture),
    wakeSender: () => undefined,
    ...more,
  });
  return {
    clock,
    backups,
    usedMi,
    reads,
    certificates,
    place,
    pictures,
    store: () => killable.store,
    needs,
    run: async (name, at = clock.now()) => jobs[name](needs(), { at, late: false, byHand: false }, never),
    heard: async () => heardIn(killable.store, clock.now()),
    restart: async () => {
      killable = killableStore(await reopen(), async () => undefined);
    },
    killAt: (writes, death) => killable.killAt(writes, death),
  };
}

/** What waits is sent, in its order. */
export async function heardIn(store: Store, at: number): Promise<readonly string[]> {
  const heard: string[] = [];
  for (;;) {
    const [next] = await store.read.sendable(at, 1);
    if (next === undefined) return heard;
    heard.push(String(next.content["body"]));
    await store.write(async (tx) => {
      await tx.seal(next.seq, next.content);
      await tx.markSent(next.seq, parseEventId(`$${next.seq}`), at);
    });
  }
}

function fleetOf(usedMi: JobBed["usedMi"], reads: JobBed["reads"], clock: ManualClock): Cluster {
  const usageOf = ([name, mi]: readonly [string, number | undefined]): NodeUsage => ({
    node: name,
    usage: { memoryBytes: mi === undefined ? undefined : mi * MiB, cpuMillicores: 100 },
    at: clock.now(),
  });
  const read = <T>(value: T): T => {
    if (!reads.nodes) throw new Error("connection refused");
    return value;
  };
  return {
    name: "prod",
    listNodes: async () => read([...usedMi.keys()].map((name) => node(name, 1000))),
    listPods: async () => [],
    listWorkloads: async () => [],
    listPostgresClusters: async () => [],
    nodeUsage: async () => read([...usedMi].map(usageOf)),
    podUsage: async () => [],
  };
}

async function notAsked(): Promise<never> {
  throw new Error("nobody was to ask this");
}
