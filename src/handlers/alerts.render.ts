import { severityEmoji, severityMark, severities, type Severity } from "../alerts/severity.ts";
import type { View } from "../chat/command.ts";
import type { Line, Reply, Span } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { clockTime, duration } from "../chat/render/units.ts";
import type { UserId } from "../ids.ts";

export interface AlertRow {
  readonly id: string;
  readonly source: string;
  readonly title: string;
  readonly severity: Severity;
  /** Of those that were asked for. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly beganAt: number;
  readonly acknowledged: UserId | undefined;
  readonly silencedUntil: number | undefined;
}

/** What an Alertmanager knows of, and never told us: names of alerts. */
export type Beyond =
  | { readonly source: string; readonly active: readonly string[]; readonly suppressed: readonly string[] }
  | { readonly source: string; readonly failure: string };

export type AlertsAnswer =
  | { readonly kind: "mistake"; readonly text: string }
  | {
      readonly kind: "list";
      readonly rows: readonly AlertRow[];
      /** Groups that were not looked at. */
      readonly more: number;
      readonly beyond: readonly Beyond[];
      readonly filtered: boolean;
      readonly all: boolean;
    };

const mostInRoom = 6;
const mostInThread = 200;
const mostSources = 3;

export function render(answer: AlertsAnswer, view: View): Reply {
  if (answer.kind === "mistake") return { room: [{ text: `I cannot read that filter: ${oneLine(answer.text)}` }] };
  const { rows, more, beyond, all } = answer;
  const shown = rows.slice(0, mostInRoom);
  const left = rows.length - shown.length;
  const told = beyond.flatMap(beyondLines);
  const room: Line[] = [
    headline(answer),
    ...shown.map((row) => rowLine(row, view)),
    ...(left > 0 ? [{ text: `… and ${left} more, in the thread` }] : []),
    ...(more > 0 ? [{ text: `… and ${more} older groups that I did not look at` }] : []),
    ...told.slice(0, mostSources),
  ];
  const thread = all ? rows : rows.slice(mostInRoom);
  const lines = [...thread.slice(0, mostInThread).map((row) => rowLine(row, view)), ...told.slice(mostSources)];
  if (thread.length > mostInThread) lines.push({ text: `… and ${thread.length - mostInThread} more` });
  return lines.length === 0 ? { room } : { room, thread: lines };
}

function headline({ rows, filtered, beyond }: Extract<AlertsAnswer, { readonly kind: "list" }>): Line {
  if (rows.length === 0) {
    const blind = beyond.some((each) => "failure" in each);
    return { text: filtered ? "Nothing of that fires." : blind ? "⚪ Nothing fires that I was told of." : "🟢 Nothing fires.", strong: true };
  }
  const counts = severities.flatMap((severity) => {
    const count = rows.filter((row) => row.severity === severity).length;
    return count === 0 ? [] : [`${severityEmoji(severity)} ${count} ${severity === "unknown" ? "of unknown severity" : severity}`];
  });
  const quiet = rows.filter((row) => row.silencedUntil !== undefined).length;
  const taken = rows.filter((row) => row.acknowledged !== undefined).length;
  const handled = [...(quiet === 0 ? [] : [`🔕 ${quiet} silenced`]), ...(taken === 0 ? [] : [`👀 ${taken} acknowledged`])];
  return { text: `${counts.join(", ")} firing${handled.length === 0 ? "" : ` · ${handled.join(", ")}`}`, strong: true };
}

function rowLine({ id, source, title, severity, count, beganAt, acknowledged, silencedUntil }: AlertRow, view: View): Line {
  const parts: readonly string[] = [
    `${severityMark(severity)} ${clip(oneLine(title), 80)}`,
    ...(count > 1 ? [`${count} firing`] : []),
    `for ${duration(view.now - beganAt)}`,
    ...(silencedUntil === undefined ? [] : [`🔕 until ${clockTime(silencedUntil, view)}`]),
    ...(acknowledged === undefined ? [] : [`👀 ${acknowledged}`]),
    source,
  ];
  const spans: readonly Span[] = [`${parts.join(" · ")} `, { code: id.slice(0, 6) }];
  return { item: spans };
}

function beyondLines(beyond: Beyond): readonly Line[] {
  if ("failure" in beyond) return [{ text: `⚪ not asked: ${oneLine(beyond.failure)}` }];
  const { source, active, suppressed } = beyond;
  if (active.length + suppressed.length === 0) return [];
  const parts = [
    ...(active.length === 0 ? [] : [`${active.length} that it does not send me (${names(active)})`]),
    ...(suppressed.length === 0 ? [] : [`${suppressed.length} silenced or inhibited (${names(suppressed)})`]),
  ];
  return [{ text: `ℹ️ The Alertmanager of ${source} has more: ${parts.join(" and ")}` }];
}

function names(all: readonly string[]): string {
  const unique = [...new Set(all)];
  const shown = unique.slice(0, 4).map((name) => clip(oneLine(name), 40));
  return unique.length > shown.length ? `${shown.join(", ")} and others` : shown.join(", ");
}
