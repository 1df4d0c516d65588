/** A node that is short of memory for long, and what to do about it. Pure. */
import type { View } from "../../chat/command.ts";
import type { Line } from "../../chat/line.ts";
import { duration, percent } from "../../chat/render/units.ts";
import type { MemoryNews } from "../memory-watch.ts";
import type { Picture } from "../verdicts.ts";
import { competitionText, nodeProblemText } from "./problem-text.ts";

export function renderMemoryNews(news: readonly MemoryNews[], { competitions, nodes }: Pick<Picture, "competitions" | "nodes">, view: View): readonly Line[] {
  return news.flatMap((each): readonly Line[] => {
    if (each.kind === "over") return [{ text: `🟢 ${shortName(each.name, nodes)} is not short of memory any more; it was for ${duration(each.lastedMs)}.` }];
    if (each.kind === "gone") return [{ text: `⚪ ${each.name} is no longer there; it was short of memory for ${duration(each.lastedMs)}.` }];
    const { node, sinceMs } = each;
    const share = node.memory.share ?? 0;
    const competition = competitions.find(({ cluster, node: name }) => cluster === node.cluster && name === node.shortName);
    return [
      { text: `🔴 ${nodeProblemText(node, { severity: "critical", kind: "memory", share }, view)}`, strong: true },
      { text: `Over its limit for ${duration(sinceMs)}. When nothing is left the kernel kills what it likes, Synapse or its database too.` },
      {
        text:
          competition === undefined
            ? `Move or restart what is big and can go elsewhere (${percent(1 - share)} are free); \`!status ${node.shortName}\` names it all.`
            : competitionText(competition),
      },
    ];
  });
}

/** As people call it, as long as it is there. */
function shortName(name: string, nodes: Picture["nodes"]): string {
  return nodes.find((node) => `${node.cluster}/${node.name}` === name)?.shortName ?? name;
}
