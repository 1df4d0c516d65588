/** `opsroom backup check`: whether each database of a Kubernetes cluster could be restored, without a configuration and without the bot. */
import { gatherBackups } from "../backups/gather/gather.ts";
import { judgeBackups } from "../backups/judge/judge.ts";
import { gapLines } from "../backups/render/overview.ts";
import { dailyLine } from "../backups/render/daily.ts";
import { markOf, nameOf } from "../backups/render/marks.ts";
import { checkText } from "../backups/render/words.ts";
import type { BackupLimits } from "../backups/settings.ts";
import type { BackupPicture, VerdictState } from "../backups/verdict.ts";
import { oneLine } from "../chat/render/outside-text.ts";
import { pad } from "../chat/render/width.ts";
import { systemClock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import type { ObjectAccess } from "../kubernetes/objects.ts";
import { openCluster } from "../kubernetes/open.ts";
import type { CommandIo } from "./check.ts";

export interface BackupCheckOptions {
  readonly kubeconfig: string;
  readonly context: string | undefined;
  /** Only what is in it; plugins are looked for everywhere, since they live beside the operator. */
  readonly namespace: string | undefined;
  readonly json: boolean;
  readonly ignored: readonly string[];
  readonly limits: Pick<BackupLimits, "windowMs" | "graceMs" | "longestPeriodMs">;
  /** IANA name of the zone that the operator runs in. */
  readonly operatorTimeZone: string;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** By the worst verdict: 0 ok or switched off, 1 late, 2 failed or never, 3 unknown; `--help` tells them too (`src/cli.ts`). */
export type CheckExit = 0 | 1 | 2 | 3;

/** A kubeconfig that cannot be used is told on standard error, and is unknown like everything else that could not be looked at. */
export async function runBackupCheck(options: BackupCheckOptions, { out, err }: CommandIo, signal: AbortSignal): Promise<CheckExit> {
  const { kubeconfig, context, json } = options;
  const name = context ?? "cluster";
  let cluster: Awaited<ReturnType<typeof openCluster>>;
  try {
    cluster = await openCluster(
      { name, access: { kind: "kubeconfig", file: kubeconfig, context } },
      { clock: systemClock, random: Math.random, metrics: { apiFailure: () => {} } },
    );
  } catch (error) {
    if (!(error instanceof OpsroomError)) throw error;
    err(`${error.code}: --kubeconfig ${kubeconfig}: ${error.message}\n${error.remedy}\n`);
    return exitCodeOf({ state: "unknown" });
  }
  using open = cluster;
  const picture = await look(open, name, options, signal);
  out(json ? `${JSON.stringify(picture)}\n` : tableOf(picture));
  return exitCodeOf(picture);
}

async function look(objects: ObjectAccess, name: string, { namespace, ignored, limits, operatorTimeZone }: BackupCheckOptions, signal: AbortSignal) {
  const facts = await gatherBackups(
    {
      sources: [{ name, objects, ...(namespace === undefined ? {} : { namespace }) }],
      others: [],
      lookAtOther: async () => Promise.reject(new Error("there is none")),
      now: systemClock.now,
    },
    signal,
  );
  const all: BackupLimits = {
    ...limits,
    archivingMs: 15 * minuteMs,
    longestBackupMs: 6 * hourMs,
    longestPendingMs: 10 * minuteMs,
    expiryMs: 14 * 24 * hourMs,
  };
  return judgeBackups(facts, { ignored, limits: all, operatorTimeZone }, systemClock.now());
}

/** What is known to be wrong speaks louder than what could not be looked at. */
export function exitCodeOf({ state }: Pick<BackupPicture, "state">): CheckExit {
  const codes: Readonly<Record<VerdictState, CheckExit>> = { ok: 0, disabled: 0, late: 1, never: 2, failed: 2, unknown: 3 };
  return codes[state];
}

/** A line for each check, below its database. Pure. */
export function tableOf(picture: BackupPicture): string {
  const { verdicts, gaps } = picture;
  const lines = [
    dailyLine(picture),
    ...verdicts.flatMap((verdict) => [
      "",
      `${nameOf(verdict, verdicts)}  ${markOf(verdict.state)}  (${verdict.method})`,
      ...verdict.checks.map((check) => `  ${pad(markOf(check.state), 11, "right")} ${checkText(check)}`),
    ]),
    ...(gaps.length === 0 ? [] : [""]),
    ...gapLines(gaps, 20).map((line) => ("text" in line && typeof line.text === "string" ? line.text : "")),
  ];
  return `${lines.map(oneLine).join("\n")}\n`;
}
