/** The message of a drill, its question, and its report. Pure. */
import type { View } from "../../chat/command.ts";
import type { Line } from "../../chat/line.ts";
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import { bytes, clockTime, duration } from "../../chat/render/units.ts";
import { precise } from "../run/render.ts";
import type { Comparison, Findings } from "./compare.ts";
import type { DrillPlan } from "./plan.ts";
import type { DrillRecord } from "./record.ts";
import type { DrillResult } from "./result.ts";

const longest = 300;
const mostRows = 25;
const steps: Readonly<Record<DrillRecord["step"], string>> = {
  copying: "copies the object store and its key",
  creating: "creates the throw-away cluster",
  restoring: "restores",
  asking: "asks source and copy",
  cleaning: "cleans up",
};

/** What is asked before it begins. */
export function questionLines(
  whole: string,
  plan: DrillPlan,
  cost: { readonly namespace: string; readonly memory: string; readonly storage: string },
  view: View,
): readonly Line[] {
  const until = plan.at === undefined ? "as far as there is WAL" : `to ${clockTime(plan.at, view)}`;
  const named = plan.backup.name === undefined ? "the newest backup" : plan.backup.name;
  return [
    { text: `🧪 Restore ${whole} into a throw-away cluster, ask it, compare it with the source, and delete it?`, strong: true },
    { item: ["From ", { code: named }, `, ${clockTime(plan.backup.endedAt, view)}, ${until}`] },
    { item: `In ${cost.namespace}: ${cost.memory} of memory, a volume of ${cost.storage}` },
    { item: "The source is only read." },
  ];
}

/** While it is under way. */
export function progressLines(record: DrillRecord, words: string | undefined, view: View): readonly Line[] {
  const minutes = Math.floor((view.now - record.begunAt) / 60_000);
  const since = minutes === 0 ? "" : `, ${minutes} min`;
  const answers = record.step === "asking" && record.answers.length > 0 ? `, ${record.answers.length} answers so far` : "";
  const head: Line = { text: `🧪 Drill of ${whatOf(record)}: ${steps[record.step]}${answers}${since}`, strong: true };
  const state: readonly Line[] = words === undefined ? [] : [{ text: clip(oneLine(words), longest) }];
  const failure: readonly Line[] = record.failure === undefined ? [] : [{ text: `🔴 ${clip(oneLine(record.failure.words), longest)}` }];
  const stop: readonly Line[] = record.step === "cleaning" ? [] : [{ text: "❌ on this message stops it and cleans up." }];
  return [head, aboutLine(record, view), ...failure, ...state, ...stop];
}

export function reportLines(record: DrillRecord, result: DrillResult, findings: Findings, view: View): readonly Line[] {
  const differing = findings.comparisons.filter((each) => each.verdict === "differs").length;
  const heads: Readonly<Record<DrillResult["verdict"], string>> = {
    ok: `🟢 Drill of ${whatOf(record)}: it can be restored`,
    differs: `🟡 Drill of ${whatOf(record)}: restored, but ${differing} of ${findings.comparisons.length} answers differ`,
    failed: `🔴 Drill of ${whatOf(record)} failed: ${clip(oneLine(record.failure?.words ?? "no reason is known"), longest)}`,
    aborted: `⚪ Drill of ${whatOf(record)}: ${clip(oneLine(record.failure?.words ?? "stopped"), longest)}`,
  };
  const remedy = record.failure?.remedy;
  return [
    { text: heads[result.verdict], strong: true },
    aboutLine(record, view),
    ...(remedy === undefined ? [] : [{ text: `→ ${clip(oneLine(remedy), longest)}` }]),
    ...measured(result, findings, view),
    ...findings.comparisons
      .toSorted((a, b) => rank(a) - rank(b))
      .slice(0, mostRows)
      .map(comparisonLine),
    ...(findings.comparisons.length > mostRows ? [{ text: `… and ${findings.comparisons.length - mostRows} more.` }] : []),
    { text: `All that was made for it is deleted. It took ${precise(result.endedAt - record.begunAt)}.` },
  ];
}

/** In one line, for whoever asked. */
export function resultInWords(record: DrillRecord, { verdict }: DrillResult): string {
  const what = `the drill of ${record.source.name}`;
  switch (verdict) {
    case "ok":
      return `${what} went well.`;
    case "differs":
      return `${what} restored something that differs.`;
    case "failed":
      return `${what} failed.`;
    case "aborted":
      return `${what} was stopped.`;
    default:
      return verdict satisfies never;
  }
}

export function whatOf({ cluster, source }: Pick<DrillRecord, "cluster" | "source">): string {
  return `${cluster} ${source.namespace}/${source.name}`;
}

function measured({ restoreMs, lostMs, lostBy, bytes: size }: DrillResult, { newest }: Findings, view: View): readonly Line[] {
  const names = { event: "newest event", transaction: "newest transaction", wal: "newest WAL record" } as const;
  return [
    ...(restoreMs === undefined ? [] : [{ item: `Restored in ${precise(restoreMs)}${size === undefined ? "" : `, ${bytes(size)}`}` }]),
    ...(lostMs === undefined || lostBy === undefined || newest === undefined
      ? []
      : [{ item: `Its ${names[lostBy]} is of ${clockTime(newest.at, view)}: ${duration(lostMs)} before the drill began` }]),
  ];
}

const rank = ({ verdict }: Comparison): number => ["differs", "unknown", "ok"].indexOf(verdict);

function comparisonLine({ what, source, copy, verdict }: Comparison): Line {
  const mark = verdict === "ok" ? "🟢" : verdict === "unknown" ? "⚪" : "🔴";
  const said = source === copy ? copy : `${clip(oneLine(copy), 80)} (source: ${clip(oneLine(source), 80)})`;
  return { item: `${mark} ${clip(oneLine(what), 100)}: ${clip(oneLine(said), 200)}` };
}

function aboutLine({ backup, place, at }: DrillRecord, view: View): Line {
  const until = at === undefined ? "" : `, back to ${clockTime(at, view)}`;
  return {
    text: [
      "From ",
      { code: backup.name ?? "the newest backup" },
      ` of ${clockTime(backup.endedAt, view)}${until}, into `,
      { code: `${place.namespace}/${place.name}` },
    ],
  };
}
