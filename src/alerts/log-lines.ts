/** Changes of a group as lines for its thread. Pure. */
import type { View } from "../chat/command.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { clockTime, duration } from "../chat/render/units.ts";
import type { Alert } from "./delivery.ts";
import type { GroupChange } from "./group.ts";
import { commonLabels, instanceName } from "./instances.ts";
import { severityMark } from "./severity.ts";

const longest = 240;

/** One short line a change. @param at milliseconds since 1970 */
export function logLines(changes: readonly GroupChange[], at: number, view: View, severityLabel: string): readonly string[] {
  return changes.flatMap((change) => {
    const text = textOf(change, severityLabel);
    return text === undefined ? [] : [clip(`${clockTime(at, view)} ${text}`, longest)];
  });
}

function textOf(change: GroupChange, severityLabel: string): string | undefined {
  switch (change.kind) {
    case "began":
      return `🔥 ${change.again ? "fires again" : "fires"}${names(change.alerts, severityLabel)}`;
    case "joined":
      return `➕ ${change.alerts.length} more${names(change.alerts, severityLabel)}`;
    case "resolved":
      return `➖ ${change.alerts.length} ended${names(change.alerts, severityLabel)}`;
    case "worse":
      return `⬆️ worse: ${severityMark(change.to)}, was ${severityMark(change.from)}`;
    case "better":
      return `⬇️ better: ${severityMark(change.to)}, was ${severityMark(change.from)}`;
    case "reworded":
      return undefined;
    case "ended":
      return `✅ ended after ${duration(change.afterMs)}`;
    default:
      return change satisfies never;
  }
}

function names(alerts: readonly Alert[], severityLabel: string): string {
  const common = alerts.length > 1 ? commonLabels(alerts, severityLabel) : {};
  const shown = alerts.slice(0, 4).map((alert) => clip(oneLine(instanceName(alert, common, severityLabel)), 60));
  const said = shown.filter((name) => name !== "");
  if (said.length === 0) return "";
  return `: ${said.join(", ")}${alerts.length > said.length ? ` and ${alerts.length - said.length} more` : ""}`;
}
