/** Reads what is to be judged, all Kubernetes clusters and other sources side by side. One that fails or hangs spoils nothing of the others. */
import { calls, type ApiCall, type Where } from "../../kubernetes/calls.ts";
import { ClusterError } from "../../kubernetes/errors.ts";
import type { ObjectReads } from "../../kubernetes/objects.ts";
import type { Failed, Reading } from "../../status/facts.ts";
import type { ArchiverFacts, BackupFacts, ClusterBackupFacts, Listing, OtherFacts, StoreProbe } from "../facts.ts";
import type { OtherFinding } from "../other/finding.ts";
import { isCopy } from "../acting/labels.ts";
import { backupRecord } from "../records/backup.ts";
import { databaseRecord, type DatabaseRecord } from "../records/database.ts";
import { objectStoreRecord, type ObjectStoreRecord } from "../records/object-store.ts";
import { podState } from "../records/plugin.ts";
import { scheduleRecord } from "../records/schedule.ts";
import type { OtherSource } from "../settings.ts";
import { keepBackups, type BackupBook } from "./backup-book.ts";
import { reading } from "./reading.ts";
import { readPlugins } from "./read-plugins.ts";
import { someAtATime } from "./some-at-a-time.ts";

export interface BackupSource {
  /** The Kubernetes cluster's name in the configuration. */
  readonly name: string;
  readonly objects: Pick<ObjectReads, "list">;
  /** One namespace, where no more may be seen. */
  readonly namespace?: string;
  /** Asks a primary how its archiver is; left out where nobody may. @throws in words */
  readonly askArchiver?: (database: DatabaseRecord, signal: AbortSignal) => Promise<ArchiverFacts>;
  /** Asks an object store itself; left out where its key may not be read. Never throws but for `signal`. */
  readonly probeStore?: (store: ObjectStoreRecord, signal: AbortSignal) => Promise<StoreProbe>;
}

export interface GatherNeeds {
  readonly sources: readonly BackupSource[];
  readonly others: readonly OtherSource[];
  /** The newest backup of a source outside CloudNativePG. @throws in words */
  readonly lookAtOther: (source: OtherSource, signal: AbortSignal) => Promise<OtherFinding>;
  readonly now: () => number;
}

/** Questions to primaries and object stores under way at once, a Kubernetes cluster. */
const atOnce = 4;

/** Never throws for what fails; it throws the signal's reason when `signal` aborts. Every list has the deadline of its cluster. */
export async function gatherBackups({ sources, others, lookAtOther, now }: GatherNeeds, signal: AbortSignal): Promise<BackupFacts> {
  const [clusters, readOthers] = await Promise.all([
    Promise.all(sources.map((source) => gatherCluster(source, now, signal))),
    someAtATime(others, atOnce, async (source): Promise<OtherFacts> => ({
      source,
      newest: await reading(source.name, () => lookAtOther(source, signal), now, signal),
    })),
  ]);
  return { clusters, others: readOthers };
}

async function gatherCluster(source: BackupSource, now: () => number, signal: AbortSignal): Promise<ClusterBackupFacts> {
  const { name, objects, namespace } = source;
  const where: Where = namespace === undefined ? {} : { namespace };
  const list = <T>(what: string, call: ApiCall, place: Where, keep: (item: unknown) => T | undefined): Promise<Listing<T>> =>
    reading(`${name}: ${what}`, () => orAbsent(objects.list(signal, call, place, keep)), now, signal);
  const databases = await list("PostgreSQL clusters", calls.postgresClusters, where, (item) => (isCopy(item) ? undefined : databaseRecord(item)));
  // Whoever does not answer this answers nothing else, and there would be nothing to judge by it.
  if (!databases.ok) return nothingSeen(name, { ...databases, lastKnown: undefined });
  // Without CloudNativePG there is nothing else to look at.
  if (databases.ok && databases.value === "absent") return nothingThere(name, databases);
  const [schedules, backups, stores, plugins, instances] = await Promise.all([
    list("ScheduledBackups", calls.scheduledBackups, where, scheduleRecord),
    reading(`${name}: Backups`, () => orAbsent(readBackups(objects, where, signal)), now, signal),
    list("ObjectStores", calls.objectStores, where, objectStoreRecord),
    reading(`${name}: plugins`, () => readPlugins(objects, signal), now, signal),
    reading(
      `${name}: pods of PostgreSQL`,
      () => objects.list(signal, calls.pods, { ...where, labelSelector: "cnpg.io/podRole=instance" }, podState),
      now,
      signal,
    ),
  ]);
  const [archivers, probes] = await Promise.all([
    askAll(databases, source.askArchiver, signal, (database, ask) => reading(`${name}: archiver`, () => ask(database, signal), now, signal)),
    askAll(stores, source.probeStore, signal, (store, probe) => probe(store, signal)),
  ]);
  return { cluster: name, databases, schedules, backups, stores, plugins, instances, archivers, probes };
}

/** Of all Backups only what matters is kept, while they pass by. */
async function readBackups(objects: Pick<ObjectReads, "list">, where: Where, signal: AbortSignal): Promise<BackupBook> {
  const keeper = keepBackups();
  await objects.list(signal, calls.postgresBackups, where, (item) => {
    const record = backupRecord(item);
    if (record !== undefined) keeper.add(record);
    return undefined;
  });
  return keeper.book();
}

async function orAbsent<T>(work: Promise<T>): Promise<T | "absent"> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ClusterError && error.failure === "not-served") return "absent";
    throw error;
  }
}

async function askAll<T extends { readonly namespace: string; readonly name: string }, Ask, Answer>(
  listing: Listing<T>,
  ask: Ask | undefined,
  signal: AbortSignal,
  answer: (each: T, ask: Ask) => Promise<Answer>,
): Promise<ReadonlyMap<string, Answer>> {
  if (ask === undefined || !listing.ok || listing.value === "absent") return new Map();
  const answers = await someAtATime(listing.value, atOnce, async (each) => [`${each.namespace}/${each.name}`, await answer(each, ask)] as const);
  signal.throwIfAborted();
  return new Map(answers);
}

function nothingThere(cluster: string, databases: Reading<"absent" | readonly DatabaseRecord[]> & { readonly ok: true }): ClusterBackupFacts {
  const { at } = databases;
  return {
    cluster,
    databases,
    schedules: { ok: true, value: "absent", at },
    backups: { ok: true, value: "absent", at },
    stores: { ok: true, value: "absent", at },
    plugins: { ok: true, value: [], at },
    instances: { ok: true, value: [], at },
    archivers: new Map(),
    probes: new Map(),
  };
}

function nothingSeen(cluster: string, databases: Failed<never>): ClusterBackupFacts {
  const rest = { schedules: databases, backups: databases, stores: databases, plugins: databases, instances: databases };
  return { cluster, databases, ...rest, archivers: new Map(), probes: new Map() };
}
