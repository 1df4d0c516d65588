/** What a silence would mute now, as Alertmanager has it. */
import type { Line } from "../../chat/line.ts";
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import type { Alertmanager } from "../alertmanager/client.ts";
import type { KnownGroup } from "../alertmanager/answers.ts";
import type { Labels } from "../delivery.ts";
import { showMatchers, type Matcher } from "../matcher.ts";

export interface Preview {
  readonly alerts: number;
  /** Of those: silenced by another silence already. */
  readonly silenced: number;
  readonly namespaces: readonly string[];
  /** Labels of each group that has some of them, without `except`. */
  readonly groups: readonly Labels[];
}

/** @param except labels of the group that it is about @throws AlertmanagerError */
export async function previewOf(manager: Alertmanager, matchers: readonly Matcher[], except: Labels | undefined, signal: AbortSignal): Promise<Preview> {
  return summarise(await manager.groups({ matchers }, signal), except);
}

/** The same alert may be in several groups, and the same group go to several receivers. Pure. */
export function summarise(groups: readonly KnownGroup[], except: Labels | undefined): Preview {
  const alerts = [...new Map(groups.flatMap((group) => group.alerts).map((alert) => [alert.fingerprint, alert])).values()];
  const own = except === undefined ? undefined : keyOf(except);
  const distinct = new Map(groups.filter((group) => group.alerts.length > 0).map((group) => [keyOf(group.labels), group.labels]));
  return {
    alerts: alerts.length,
    silenced: alerts.filter((alert) => alert.silencedBy.length > 0).length,
    namespaces: [...new Set(alerts.map((alert) => alert.labels["namespace"] ?? ""))].filter((name) => name !== "").toSorted(),
    groups: [...distinct].filter(([key]) => key !== own).map(([, labels]) => labels),
  };
}

const mostNames = 5;

/** Two or three lines. Pure. */
export function previewLines(matchers: readonly Matcher[], { alerts, silenced, namespaces, groups }: Preview, about: "group" | "typed"): readonly Line[] {
  const already = silenced === 0 ? "" : ` (${silenced} of them silenced already)`;
  const where = namespaces.length === 0 ? "" : ` in ${listed(namespaces)}`;
  const count =
    alerts === 0
      ? "Nothing that fires now would be muted"
      : `It mutes ${alerts === 1 ? "1 alert" : `${alerts} alerts`} that ${alerts === 1 ? "fires" : "fire"} now${where}${already}`;
  const others = about === "group" ? "other group" : "group";
  const spread =
    groups.length === 0
      ? about === "group" && alerts > 0
        ? "and no other group."
        : ""
      : `, ${about === "group" ? "also of" : "of"} ${groups.length} ${others}${groups.length === 1 ? "" : "s"}: ${listed(groups.map(nameOf))}.`;
  return [
    { text: [{ code: clip(oneLine(showMatchers(matchers)), 400) }] },
    { text: spread === "" ? `${count}.` : spread.startsWith(",") ? `${count}${spread}` : `${count} ${spread}` },
  ];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => clip(oneLine(name), 60));
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}

function nameOf(labels: Labels): string {
  const { alertname, ...rest } = labels;
  const others = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
  return [...(alertname === undefined ? [] : [alertname]), ...others].join(" ") || "the group without labels";
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
