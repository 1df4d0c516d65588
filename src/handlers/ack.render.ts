import type { Acknowledgement } from "../alerts/group.ts";
import { severityMark, type Severity } from "../alerts/severity.ts";
import type { View } from "../chat/command.ts";
import type { Line, Reply } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { since } from "../chat/render/units.ts";

export type AckAnswer =
  | { readonly kind: "none"; readonly what: string | undefined }
  | { readonly kind: "which"; readonly rows: readonly { readonly id: string; readonly title: string; readonly severity: Severity }[] }
  | {
      readonly kind: "done";
      readonly titles: readonly string[];
      readonly taken: readonly { readonly title: string; readonly by: Acknowledgement }[];
      readonly more: number;
    };

const mostRows = 8;

export function render(answer: AckAnswer, view: View): Reply {
  switch (answer.kind) {
    case "none":
      return {
        room: [
          {
            text:
              answer.what === undefined
                ? "Nothing that fires here waits to be acknowledged."
                : `Nothing that fires here is called “${clip(oneLine(answer.what), 60)}”.`,
          },
        ],
      };
    case "which":
      return {
        room: [
          { text: `${answer.rows.length} wait to be acknowledged: say which`, strong: true },
          ...answer.rows
            .slice(0, mostRows)
            .map(({ id, title, severity }): Line => ({ item: [{ code: `!ack ${id.slice(0, 6)}` }, ` ${severityMark(severity)} ${shortened(title)}`] })),
          ...(answer.rows.length > mostRows ? [{ text: `… and ${answer.rows.length - mostRows} more: !alerts lists them` }] : []),
        ],
      };
    case "done":
      return { room: doneLines(answer, view) };
    default:
      return answer satisfies never;
  }
}

function doneLines({ titles, taken, more }: Extract<AckAnswer, { readonly kind: "done" }>, view: View): readonly Line[] {
  const others = taken.slice(0, 3).map(({ title, by }): Line => ({ text: `${shortened(title)}: ${by.by} is on it, ${since(by.at, view)}.` }));
  const lines: readonly Line[] = [
    ...(titles.length === 0
      ? []
      : [{ text: `👀 You are on it: ${titles.slice(0, 5).map(shortened).join(", ")}${titles.length > 5 ? ` and ${titles.length - 5} more` : ""}.` }]),
    ...others,
    ...(taken.length > others.length ? [{ text: `… and ${taken.length - others.length} more that others are on.` }] : []),
    ...(more > 0 ? [{ text: `${more} more are called so: type it again.` }] : []),
  ];
  return lines.length > 0 ? lines : [{ text: "It has ended meanwhile." }];
}

function shortened(title: string): string {
  return clip(oneLine(title), 80);
}
