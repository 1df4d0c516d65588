/** The first line of `!status`: the verdict and what is worst. Pure. */
import { counted } from "../../chat/render/units.ts";
import type { View } from "../../chat/command.ts";
import { clip } from "../../chat/render/outside-text.ts";
import { worst } from "../severity.ts";
import type { HomeserverVerdict, Picture } from "../verdicts.ts";
import { emojiOf } from "./marks.ts";
import { homeserverProblemText, nodeProblemText } from "./problem-text.ts";

export function headline(picture: Picture, view: View): string {
  const { nodes, homeservers, gaps } = picture;
  const severity = worst([...nodes, ...homeservers].map((each) => each.severity));
  if (severity === "critical" || severity === "warning") return `${emojiOf(severity)} ${worstText(picture, severity, view)}`;
  const blind = gaps.find((gap) => gap.blind);
  const unread = blind ?? gaps.find((gap) => gap.shownAt === undefined);
  if (unread !== undefined) return `⚪ ${unread.source} could not be read: ${clip(unread.error, 160)}`;
  if (severity === "unknown") return `⚪ ${worstText(picture, severity, view)}`;
  if (nodes.length === 0 && homeservers.length === 0) return "⚪ There is nothing to look at: no node was found, no homeserver is configured.";
  return `🟢 All well: ${counted(nodes.length, "node")}, ${counted(homeservers.length, "homeserver")}${gaps.length === 0 ? "" : ", as far as could be read"}`;
}

/** A homeserver's own trouble is what people feel; one that is only on a short node is the node's trouble. */
function worstText({ nodes, homeservers }: Picture, severity: "critical" | "warning" | "unknown", view: View): string {
  const node = nodes[0]?.severity === severity ? nodes[0] : undefined;
  const own = homeservers.filter((each) => !followsNode(each));
  const homeserver = (own[0]?.severity === severity ? own[0] : undefined) ?? (node === undefined ? homeservers[0] : undefined);
  const others = [...nodes, ...own].filter((each) => each.severity === "critical" || each.severity === "warning").length - 1;
  const more = severity !== "unknown" && others > 0 ? ` (and ${others} more)` : "";
  const [trouble] = homeserver?.problems ?? [];
  if (homeserver !== undefined && trouble !== undefined) return `${homeserver.spec.name}: ${homeserverProblemText(trouble, view)}${more}`;
  const [problem] = node?.problems ?? [];
  return node === undefined || problem === undefined ? "" : `${nodeProblemText(node, problem, view)}${more}`;
}

function followsNode({ problems }: HomeserverVerdict): boolean {
  return problems.length > 0 && problems.every((problem) => problem.kind === "short-node");
}
