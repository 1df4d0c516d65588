/** Whether WAL gets out: without it one can go back to the last base backup only. Pure. */
import { duration } from "../../chat/render/units.ts";
import type { Check } from "../verdict.ts";
import { explain } from "./cause.ts";
import { check, clocksDifferMs, unseen, type Measure } from "./judging.ts";
import { primaryStateOf } from "./primary-state.ts";
import type { Subject } from "./subject.ts";

/** So long a new cluster may take to archive its first WAL. */
const firstWalMs = 15 * 60_000;

export function judgeArchiving(subject: Subject, measure: Measure): Check | undefined {
  const { database, method, archiver, probe } = subject;
  const { now } = measure;
  const { archiving } = database;
  if (method.kind === "nothing") return undefined;
  if (database.skipsArchiving)
    return check("archiving", "disabled", "switched off by the annotation cnpg.io/skipWalArchiving", { remedy: "Take the annotation away" });
  if (database.hibernated) return check("archiving", "disabled", "it is hibernated");
  if (method.kind === "snapshots" || (method.kind === "plugin" && !method.use.archivesWal && database.inTree === undefined))
    return check("archiving", "failed", "WAL is archived nowhere: one can only go back to a base backup", {
      remedy:
        method.kind === "plugin"
          ? "Set isWALArchiver: true on the plugin in the cluster's spec"
          : "Give the cluster an ObjectStore and the plugin as WAL archiver",
    });
  const last = archiver?.known === true ? archiver.value.lastArchivedAt : undefined;
  const ageMs = last === undefined ? undefined : now - last;
  if (archiving?.status === "False") {
    const { words, remedy } = explain(archiving.message, probe);
    const since = archiving.since === undefined ? "" : ` for ${duration(now - archiving.since)}`;
    return check("archiving", "failed", `WAL has not been archived${since}: ${words}`, { remedy, ageMs });
  }
  const primary = primaryStateOf(subject);
  if (primary.kind === "gone")
    return check("archiving", "failed", `${primary.words}: nothing is archived`, {
      remedy: "See why PostgreSQL does not run there; the operator makes another the primary where it can",
      ageMs,
    });
  if (archiver?.known === true) {
    const told = judgeArchiver(subject, measure);
    if (told !== undefined) return told;
  }
  if (archiving === undefined) {
    const young = database.createdAt !== undefined && now - database.createdAt < firstWalMs;
    if (young) return check("archiving", "unknown", "no WAL has been archived yet: it is new");
    return check("archiving", "never", "no WAL has ever been archived", { remedy: "See the log of the primary for what its archive_command says" });
  }
  if (archiving.status !== "True") return check("archiving", "unknown", `CloudNativePG does not know whether WAL is archived (${archiving.status})`);
  if (primary.kind === "unseen") return unseen("archiving", "the pods of PostgreSQL", primary.error);
  if (archiver?.known === false) return unseen("archiving", "the age of the last archived WAL", archiver.error);
  if (archiver === undefined)
    return check("archiving", "ok", `CloudNativePG says that it works; the age of the last WAL was not asked${missingInstances(subject)}`);
  return check("archiving", "ok", `${ageMs === undefined ? "works" : `the last WAL is ${duration(Math.max(0, ageMs))} old`}${missingInstances(subject)}`, {
    ageMs,
  });
}

/** Worth a word, since the next failure finds fewer to take over; it keeps no WAL from getting out. */
function missingInstances({ database: { instances, readyInstances } }: Subject): string {
  return instances === undefined || readyInstances === undefined || readyInstances >= instances
    ? ""
    : `; only ${readyInstances} of ${instances} instances are ready`;
}

/** What the primary itself counts; `undefined` when it says nothing against it. */
function judgeArchiver({ archiver, probe, database }: Subject, { now, limits }: Measure): Check | undefined {
  if (archiver?.known !== true) return undefined;
  const { lastArchivedAt: last, lastFailedAt: failed, waiting } = archiver.value;
  const ageMs = last === undefined ? undefined : now - last;
  if (ageMs !== undefined && ageMs < -clocksDifferMs)
    return check("archiving", "unknown", `the last archived WAL is ${duration(-ageMs)} in the future: clocks differ`, { remedy: "Set the clocks right" });
  if (failed !== undefined && (last === undefined || failed > last)) {
    const { words, remedy } = explain(database.archiving?.status === "False" ? database.archiving.message : undefined, probe);
    const since = last === undefined ? "and never got out before" : `and last got out ${duration(now - last)} ago`;
    return check("archiving", "failed", `WAL failed to be archived ${duration(now - failed)} ago ${since}: ${words}`, {
      remedy: remedy ?? "Read the log of the primary for what its archive_command says",
      ageMs,
    });
  }
  const old = ageMs === undefined || ageMs > limits.archivingMs;
  if (!old || waiting === 0) return undefined;
  const before = ageMs === undefined ? "no WAL has ever been archived" : `the last WAL got out ${duration(ageMs)} ago`;
  // A database that nobody writes to has nothing to archive.
  if (waiting === undefined) return ageMs === undefined ? undefined : check("archiving", "unknown", `${before}; whether any waits is not known`, { ageMs });
  return check("archiving", ageMs === undefined ? "never" : "failed", `WAL hangs: ${waiting} file${waiting === 1 ? " waits" : "s wait"}, ${before}`, {
    remedy: "See what the archive_command hangs on: the object store, or the side-car plugin-barman-cloud of the primary",
    ageMs,
  });
}
