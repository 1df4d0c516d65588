/** How a base backup that was begun goes on. Pure. */
import type { Fault } from "../acting/faults.ts";
import { endOf, type BackupRecord } from "../records/backup.ts";
import { explain } from "../judge/cause.ts";
import type { BackupLimits } from "../settings.ts";
import type { RunRecord } from "./record.ts";

export interface SeenBackup extends BackupRecord {
  readonly beginWal: string | undefined;
  readonly endWal: string | undefined;
}

/** `made`: the answer to its creation. */
export type Seen =
  { readonly kind: "made" | "gone" | "taken" } | { readonly kind: "there"; readonly backup: SeenBackup } | { readonly kind: "fault"; readonly fault: Fault };

export type RunEnd =
  | { readonly kind: "completed"; readonly tookMs: number | undefined; readonly beginWal: string | undefined; readonly endWal: string | undefined }
  | { readonly kind: "failed"; readonly words: string; readonly remedy: string | undefined };

export type RunStep =
  | { readonly do: "wait"; readonly afterMs: number; readonly words: string; readonly remedy?: string }
  | { readonly do: "follow" }
  | { readonly do: "end"; readonly end: RunEnd };

/** So long it is tried to make it; after that nobody waits for it any more. */
const makeForMs = 10 * 60_000;

export function decideRun(
  { askedAt, backup: name, step }: Pick<RunRecord, "askedAt" | "backup" | "step">,
  seen: Seen,
  limits: BackupLimits,
  now: number,
): RunStep {
  const sinceMs = now - askedAt;
  const afterMs = sinceMs < 120_000 ? 3000 : sinceMs < 900_000 ? 15_000 : 60_000;
  const failed = (words: string, remedy?: string): RunStep => ({ do: "end", end: { kind: "failed", words, remedy } });
  switch (seen.kind) {
    case "made":
      return { do: "follow" };
    case "taken":
      return failed(`there is another Backup called ${name}`, "Delete it, and ask again");
    case "gone":
      return failed(`Backup ${name} was deleted before it ended`);
    case "fault": {
      const { words, remedy, passing } = seen.fault;
      const late = sinceMs > (step === "making" ? makeForMs : limits.longestBackupMs);
      return !passing || late ? failed(words, remedy) : { do: "wait", afterMs, words: `${words}; I try again` };
    }
    case "there":
      return follow(seen.backup, sinceMs, afterMs, limits);
    default:
      return seen satisfies never;
  }
}

function follow(backup: SeenBackup, sinceMs: number, afterMs: number, limits: BackupLimits): RunStep {
  const { phase, startedAt, stoppedAt, error, beginWal, endWal } = backup;
  switch (endOf(backup)) {
    case "good":
      return {
        do: "end",
        end: {
          kind: "completed",
          tookMs: startedAt === undefined || stoppedAt === undefined ? undefined : Math.max(0, stoppedAt - startedAt),
          beginWal,
          endWal,
        },
      };
    case "failed": {
      const { words, remedy } = explain(error, undefined);
      return { do: "end", end: { kind: "failed", words, remedy } };
    }
    case "none":
      break;
  }
  const remedy = `See !backup ${backup.database}, mend the cause, then delete Backup ${backup.name}: it holds up every other`;
  const told = error === undefined ? undefined : explain(error, undefined);
  if (phase === "invalid backup definition") return { do: "end", end: { kind: "failed", words: told?.words ?? "its definition is wrong", remedy } };
  if (sinceMs > limits.longestBackupMs)
    return {
      do: "end",
      end: { kind: "failed", words: `it has not ended within the time that a backup may take (${phase ?? "not begun"}); I look no longer`, remedy },
    };
  if (phase === undefined || phase === "pending") {
    if (sinceMs <= limits.longestPendingMs) return { do: "wait", afterMs, words: "waits to be begun" };
    return { do: "wait", afterMs, words: "nobody has begun it: the operator or the plugin does not run", remedy };
  }
  if (phase === "walArchivingFailing")
    return { do: "wait", afterMs, words: `waits, because WAL is not archived: ${told?.words ?? "no reason is given"}`, remedy };
  return { do: "wait", afterMs, words: `is ${phase}` };
}
