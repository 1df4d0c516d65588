/** The message of a base backup. Pure. */
import type { View } from "../../chat/command.ts";
import type { Line } from "../../chat/line.ts";
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import { bytes, clockTime, duration } from "../../chat/render/units.ts";
import type { RunEnd, RunStep } from "./decide.ts";
import type { RunRecord } from "./record.ts";

const longest = 400;

export function runLines(record: RunRecord, state: RunStep | undefined, sizeBytes: number | undefined, view: View): readonly Line[] {
  const what = `${record.cluster} ${record.namespace}/${record.database}`;
  const about: Line = { text: ["Backup ", { code: record.backup }, `, asked for at ${clockTime(record.askedAt, view)}`] };
  if (state === undefined || state.do === "follow") return [{ text: `⏳ Base backup of ${what}: begun`, strong: true }, about];
  if (state.do === "wait") {
    const minutes = Math.floor((view.now - record.askedAt) / 60_000);
    const mark = state.remedy === undefined ? "⏳" : "⚠️";
    const head: Line = {
      text: `${mark} Base backup of ${what} ${clip(oneLine(state.words), longest)}${minutes === 0 ? "" : `, ${minutes} min`}`,
      strong: true,
    };
    return [head, about, ...remedyLines(state.remedy)];
  }
  const { end } = state;
  if (end.kind === "failed")
    return [{ text: `🔴 Base backup of ${what} failed: ${clip(oneLine(end.words), longest)}`, strong: true }, about, ...remedyLines(end.remedy)];
  const took = end.tookMs === undefined ? "" : ` in ${precise(end.tookMs)}`;
  const size = sizeBytes === undefined ? "" : `, databases of ${bytes(sizeBytes)}`;
  const wal = end.beginWal === undefined ? [] : [{ text: `WAL ${end.beginWal} to ${end.endWal ?? "?"}` }];
  return [{ text: `🟢 Base backup of ${what} completed${took}${size}`, strong: true }, about, ...wal];
}

/** In one line, for whoever asked. */
export function endInWords(end: RunEnd, record: RunRecord): string {
  return end.kind === "completed" ? `the base backup of ${record.database} is there.` : `the base backup of ${record.database} failed.`;
}

/** `42 s`, `3 min 5 s`: a measured time is worth its seconds. */
export function precise(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${duration(ms)} ${Math.floor((seconds % 3600) / 60)} min`;
}

function remedyLines(remedy: string | undefined): readonly Line[] {
  return remedy === undefined ? [] : [{ text: `→ ${clip(oneLine(remedy), longest)}` }];
}
