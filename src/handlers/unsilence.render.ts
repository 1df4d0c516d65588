import type { Silence } from "../alerts/alertmanager/answers.ts";
import { showMatchers } from "../alerts/matcher.ts";
import type { View } from "../chat/command.ts";
import type { Line, Reply, Span } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { since } from "../chat/render/units.ts";

export type UnsilenceAnswer =
  | { readonly kind: "none"; readonly typed: string }
  | { readonly kind: "several"; readonly silences: readonly Silence[] }
  | { readonly kind: "ended" | "over"; readonly silence: Silence };

const mostRows = 8;

export function render(answer: UnsilenceAnswer, view: View): Reply {
  switch (answer.kind) {
    case "none":
      return { room: [{ text: `No silence has an id that begins with “${answer.typed}”. !silences lists them.` }] };
    case "several":
      return {
        room: [
          { text: `${answer.silences.length} silences begin so: say more of the id`, strong: true },
          ...answer.silences.slice(0, mostRows).map((silence): Line => ({ item: [{ code: silence.id.slice(0, 13) }, " ", matchersOf(silence)] })),
        ],
      };
    case "ended":
      return { room: [{ text: ["🔔 Not silenced any more: ", matchersOf(answer.silence)] }] };
    case "over":
      return { room: [{ text: ["That silence is over already: ", matchersOf(answer.silence), `, ${since(answer.silence.endsAt, view)}`] }] };
    default:
      return answer satisfies never;
  }
}

function matchersOf({ matchers }: Silence): Span {
  return { code: clip(oneLine(showMatchers(matchers)), 300) };
}
