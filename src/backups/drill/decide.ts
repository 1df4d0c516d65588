/** What comes next in a drill. Pure: of what is recorded, what is seen, and the time. */
import { duration } from "../../chat/render/units.ts";
import type { DrillRecord } from "./record.ts";

/** An object of the drill's namespace that this drill has made, or that was made for it. */
export interface Leftover {
  readonly kind: "cluster" | "object-store" | "secret" | "volume-claim" | "pod";
  readonly name: string;
  /** Its deletion was asked for. */
  readonly going: boolean;
}

export interface SeenCopy {
  readonly phase: string | undefined;
  readonly ready: boolean;
  readonly primary: string | undefined;
  /** By the API server's clock, where it says so. */
  readonly createdAt: number | undefined;
  readonly readyAt: number | undefined;
  /** Why a pod does not get on, in words. */
  readonly trouble: string | undefined;
  /** How often the restore has failed. */
  readonly failures: number;
}

/** Each step looks at what it needs. */
export type Seen =
  | { readonly kind: "nothing" }
  | { readonly kind: "copy"; readonly copy: SeenCopy | undefined }
  | { readonly kind: "questions"; readonly left: number }
  | { readonly kind: "leftovers"; readonly left: readonly Leftover[] }
  | { readonly kind: "trouble"; readonly words: string; readonly remedy: string; readonly passing: boolean };

export type Decision =
  /** An effect, allowed by the step that is recorded. */
  | { readonly do: "copy" | "create" | "ask" }
  | { readonly do: "remove"; readonly leftovers: readonly Leftover[] }
  | { readonly do: "wait"; readonly afterMs: number; readonly words: string | undefined }
  /** Recorded, and done at once. */
  | { readonly do: "go"; readonly changes: Partial<DrillRecord> }
  | { readonly do: "finish" };

const lookMs = 5000;
const patientMs = 15_000;
const mostPatientMs = 120_000;
/** A restore that fails so often fails for a reason. */
const mostFailures = 4;

export function decideDrill(record: DrillRecord, seen: Seen, now: number): Decision {
  if (record.step === "cleaning") return clean(record, seen, now);
  if (record.failure !== undefined) return { do: "go", changes: { step: "cleaning", cleaningSince: now } };
  if (now >= record.deadlineAt) {
    const why = seen.kind === "copy" ? seen.copy?.trouble : seen.kind === "trouble" ? seen.words : undefined;
    return failed(now, `it took longer than ${duration(record.deadlineAt - record.begunAt)}${why === undefined ? "" : `: ${why}`}`);
  }
  if (seen.kind === "trouble") return seen.passing ? { do: "wait", afterMs: lookMs, words: seen.words } : failed(now, seen.words, seen.remedy);
  switch (record.step) {
    case "copying":
      return { do: "copy" };
    case "creating":
      return { do: "create" };
    case "restoring":
      return seen.kind === "copy" ? waitFor(record, seen.copy, now) : { do: "wait", afterMs: lookMs, words: undefined };
    case "asking":
      return seen.kind === "questions" && seen.left === 0 ? { do: "go", changes: { step: "cleaning", cleaningSince: now } } : { do: "ask" };
    default:
      return record.step satisfies never;
  }
}

function waitFor(record: DrillRecord, copy: SeenCopy | undefined, now: number): Decision {
  if (copy === undefined) return failed(now, `the throw-away cluster ${record.place.name} was deleted while it was restored`);
  if (copy.ready && copy.primary !== undefined)
    return { do: "go", changes: { step: "asking", primary: copy.primary, createdAt: copy.createdAt ?? record.createdAt, readyAt: copy.readyAt ?? now } };
  if (copy.failures >= mostFailures)
    return failed(now, `the restore failed ${copy.failures} times${copy.trouble === undefined ? "" : `: ${copy.trouble}`}`, restoreRemedy);
  return { do: "wait", afterMs: now - (record.createdAt ?? record.begunAt) < 5 * 60_000 ? lookMs : patientMs, words: copy.trouble ?? copy.phase };
}

const restoreRemedy = "See !backup for the object store and its key, and the operator's log for the restore";

function clean(record: DrillRecord, seen: Seen, now: number): Decision {
  if (seen.kind === "trouble") return { do: "wait", afterMs: patienceOf(record, now), words: seen.words };
  if (seen.kind !== "leftovers") return { do: "wait", afterMs: lookMs, words: undefined };
  if (seen.left.length === 0) return { do: "finish" };
  const leftovers = removable(seen.left);
  if (leftovers.length > 0) return { do: "remove", leftovers };
  return { do: "wait", afterMs: patienceOf(record, now), words: `waits for ${seen.left.slice(0, 3).map(shown).join(", ")} to be gone` };
}

/** First the cluster; what it needs to end well, and what it should take with it, when it is gone with its pods. Pods are left to the operator. */
export function removable(left: readonly Leftover[]): readonly Leftover[] {
  const clusters = left.filter(({ kind }) => kind === "cluster");
  const now = clusters.length > 0 ? clusters : left.some(({ kind }) => kind === "pod") ? [] : left;
  return now.filter(({ going }) => !going);
}

export function shown({ kind, name }: Leftover): string {
  return `${kind === "object-store" ? "ObjectStore" : kind === "volume-claim" ? "volume claim" : kind} ${name}`;
}

/** It is never given up, but looked at less often. */
function patienceOf({ cleaningSince = 0 }: DrillRecord, now: number): number {
  return now - cleaningSince < 10 * 60_000 ? lookMs : mostPatientMs;
}

function failed(now: number, words: string, remedy?: string): Decision {
  const failure = { words, aborted: false, ...(remedy === undefined ? {} : { remedy }) };
  return { do: "go", changes: { step: "cleaning", cleaningSince: now, failure } };
}
