import { showMatchers, type Matcher } from "../alerts/matcher.ts";
import type { View } from "../chat/command.ts";
import type { Reply } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { clockTime } from "../chat/render/units.ts";

export type SilenceAnswer =
  | { readonly kind: "mistake"; readonly text: string }
  | { readonly kind: "asked"; readonly doubts: readonly string[] }
  | {
      readonly kind: "made";
      readonly id: string;
      /** Milliseconds since 1970. */
      readonly until: number;
      /** Muted now; `undefined` when that is not known any more. */
      readonly alerts: number | undefined;
      readonly matchers: readonly Matcher[];
    };

export function render(answer: SilenceAnswer, view: View): Reply {
  switch (answer.kind) {
    case "mistake":
      return { room: [{ text: `Nothing was silenced: ${oneLine(answer.text)}` }] };
    case "asked":
      return { room: [{ text: "🔕 That is not plain enough to do at once: I have asked you to confirm it." }] };
    case "made": {
      const muted = answer.alerts === undefined ? "" : ` · ${answer.alerts} ${answer.alerts === 1 ? "alert" : "alerts"} muted now`;
      return {
        room: [
          { text: `🔕 Silenced until ${clockTime(answer.until, view)}${muted}`, strong: true },
          { text: [{ code: clip(oneLine(showMatchers(answer.matchers)), 400) }] },
          { text: ["End it with ", { code: `!unsilence ${answer.id.slice(0, 8)}` }] },
        ],
      };
    }
    default:
      return answer satisfies never;
  }
}
