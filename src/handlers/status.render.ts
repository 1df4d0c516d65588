import type { View } from "../chat/command.ts";
import type { Line, Reply } from "../chat/line.ts";
import { clip } from "../chat/render/outside-text.ts";
import { renderHomeserver, renderNode, type HomeserverDetail, type NodeDetail } from "../status/render/detail.ts";
import { renderOverview } from "../status/render/overview.ts";
import type { Gap, Picture } from "../status/verdicts.ts";

export type StatusAnswer =
  | { readonly kind: "overview"; readonly picture: Picture; readonly all: boolean; readonly messaging: readonly Line[] }
  | ({ readonly kind: "node" } & NodeDetail)
  | ({ readonly kind: "homeserver" } & HomeserverDetail)
  /** Of Opsroom itself. */
  | { readonly kind: "own"; readonly lines: readonly Line[] }
  /** Neither a node nor a homeserver is called that, as far as could be read. */
  | { readonly kind: "nobody"; readonly typed: string; readonly nearest: string | undefined; readonly gaps: readonly Gap[] }
  /** Nodes of that name in more than one cluster. */
  | { readonly kind: "several"; readonly typed: string; readonly names: readonly string[] };

/** Names repeated to whoever typed an ambiguous one. */
const mostNames = 10;
/** Lines for the room; the rest goes to the thread. */
const mostOwnLines = 12;

export function render(answer: StatusAnswer, view: View): Reply {
  switch (answer.kind) {
    case "overview":
      return renderOverview(answer.picture, answer.all, answer.messaging, view);
    case "node":
      return renderNode(answer, view);
    case "homeserver":
      return renderHomeserver(answer, view);
    case "own":
      return { room: answer.lines.slice(0, mostOwnLines), ...(answer.lines.length > mostOwnLines ? { thread: answer.lines.slice(mostOwnLines) } : {}) };
    case "nobody": {
      const { typed, nearest, gaps } = answer;
      const blind = gaps.filter((gap) => gap.blind).map((gap) => gap.source);
      const unread = blind.length === 0 ? "" : ` (Not read: ${blind.slice(0, mostNames).join(", ")}.)`;
      return { room: [{ text: `No node or homeserver is called “${clip(typed, 40)}”.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}${unread}` }] };
    }
    case "several":
      return { room: [{ text: `“${clip(answer.typed, 40)}” is ${answer.names.slice(0, mostNames).join(" and ")}: say which.` }] };
    default:
      return answer satisfies never;
  }
}
