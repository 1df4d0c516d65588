/** Severity for the eye and for the ear: an emoji and a short word, since colour alone tells not everybody. */
import type { Severity } from "../severity.ts";
import type { HomeserverProblem, HomeserverVerdict, NodeProblem, NodeVerdict } from "../verdicts.ts";

const emojis: Readonly<Record<Severity, string>> = { critical: "🔴", warning: "🟡", unknown: "⚪", ok: "🟢" };

export function emojiOf(severity: Severity): string {
  return emojis[severity];
}

const nodeWords: Readonly<Record<NodeProblem["kind"], string>> = {
  "not-ready": "down",
  silent: "silent",
  pressure: "strain",
  memory: "tight",
  cpu: "busy",
  cordoned: "cordon",
  "no-figures": "unknown",
};

const homeserverWords: Readonly<Record<HomeserverProblem["kind"], string>> = {
  "pods-unread": "unknown",
  "not-found": "unknown",
  stopped: "down",
  "not-ready": "partly",
  waiting: "waits",
  "oom-killed": "OOM",
  restarted: "restart",
  memory: "tight",
  "short-node": "at risk",
  unreachable: "silent",
  "version-differs": "version",
  database: "db",
  "database-missing": "no db",
  "database-unread": "unknown",
  "no-figures": "unknown",
};

/** `🔴 full` */
export function nodeMark({ severity, problems: [first] }: Pick<NodeVerdict, "severity" | "problems">): string {
  const word = first === undefined ? "ok" : first.kind === "memory" && first.severity === "critical" ? "full" : nodeWords[first.kind];
  return `${emojis[severity]} ${word}`;
}

/** `🟡 at risk` */
export function homeserverMark({ severity, problems: [first] }: Pick<HomeserverVerdict, "severity" | "problems">): string {
  return `${emojis[severity]} ${first === undefined ? "ok" : wordOf(first)}`;
}

function wordOf(problem: HomeserverProblem): string {
  if (problem.kind === "memory" && problem.severity === "critical") return "full";
  if (problem.kind === "not-ready" && problem.ready === 0 && problem.part === "synapse") return "down";
  return homeserverWords[problem.kind];
}
