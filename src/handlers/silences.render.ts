import type { Silence } from "../alerts/alertmanager/answers.ts";
import { withoutMarker } from "../alerts/actions/cause.ts";
import { showMatchers } from "../alerts/matcher.ts";
import type { View } from "../chat/command.ts";
import type { Line, Reply } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { clockTime, since } from "../chat/render/units.ts";

/** What one Alertmanager says; those that end first come first. */
export type SilencesOf = { readonly source: string; readonly silences: readonly Silence[] } | { readonly source: string; readonly failure: string };
export type SilencesAnswer = readonly SilencesOf[];

const mostInRoom = 8;
const mostInThread = 100;

export function render(answer: SilencesAnswer, view: View): Reply {
  const several = answer.length > 1;
  const failures = answer.flatMap((each): readonly Line[] => ("failure" in each ? [{ text: `⚪ not asked: ${oneLine(each.failure)}` }] : []));
  const all = answer.flatMap((each) => ("silences" in each ? each.silences.map((silence) => ({ silence, source: several ? each.source : undefined })) : []));
  const rows = all.toSorted((a, b) => a.silence.endsAt - b.silence.endsAt).map(({ silence, source }) => rowLine(silence, source, view));
  const headline: Line =
    rows.length > 0
      ? { text: `🔕 ${rows.length === 1 ? "1 silence" : `${rows.length} silences`}, the first to end first`, strong: true }
      : { text: failures.length > 0 ? "⚪ What is silenced is not known." : "🔔 Nothing is silenced.", strong: true };
  const left = rows.length - mostInRoom;
  const room = [headline, ...rows.slice(0, mostInRoom), ...(left > 0 ? [{ text: `… and ${left} more, in the thread` }] : []), ...failures.slice(0, 2)];
  return left > 0 ? { room, thread: rows.slice(mostInRoom, mostInRoom + mostInThread) } : { room };
}

function rowLine({ id, state, matchers, startsAt, endsAt, createdBy, comment }: Silence, source: string | undefined, view: View): Line {
  const when = state === "pending" ? `from ${clockTime(startsAt, view)} until ${clockTime(endsAt, view)}` : `ends ${since(endsAt, view)}`;
  const why = clip(oneLine(withoutMarker(comment)), 100);
  const parts = [when, `by ${clip(oneLine(createdBy), 80) || "nobody named"}`, ...(why === "" ? [] : [why]), ...(source === undefined ? [] : [source])];
  return { item: [{ code: id.slice(0, 8) }, " ", { code: clip(oneLine(showMatchers(matchers)), 200) }, ` · ${parts.join(" · ")}`] };
}
