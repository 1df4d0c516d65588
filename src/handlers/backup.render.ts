import type { DrillAnswer, RunAnswer } from "../backups/answers.ts";
import { renderDetail } from "../backups/render/detail.ts";
import { renderHistory, type DatabaseHistory } from "../backups/render/history.ts";
import { gapLines, renderOverview } from "../backups/render/overview.ts";
import type { BackupPicture, BackupVerdict } from "../backups/verdict.ts";
import type { View } from "../chat/command.ts";
import type { Reply } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";

export type BackupAnswer =
  | { readonly kind: "unconfigured" }
  | { readonly kind: "mistake"; readonly text: string }
  | { readonly kind: "not-allowed"; readonly what: string }
  | { readonly kind: "overview"; readonly picture: BackupPicture; readonly all: boolean }
  | { readonly kind: "detail"; readonly verdict: BackupVerdict }
  | { readonly kind: "history"; readonly histories: readonly DatabaseHistory[]; readonly unread: readonly string[] }
  | { readonly kind: "nobody"; readonly typed: string; readonly nearest: string | undefined; readonly gaps: BackupPicture["gaps"] }
  | { readonly kind: "several"; readonly typed: string; readonly names: readonly string[] }
  | RunAnswer
  | DrillAnswer;

/** Names repeated to whoever typed an ambiguous one. */
const mostNames = 10;

export function render(answer: BackupAnswer, view: View): Reply {
  switch (answer.kind) {
    case "unconfigured":
      return { room: [{ text: "No backups are configured: `backups` in the configuration says whose are looked at." }] };
    case "mistake":
      return { room: [{ text: `${clip(oneLine(answer.text), 300)}. See !help backup.` }] };
    case "not-allowed":
      return { room: [{ text: `You may look, but not ${answer.what}: that needs the role operator.` }] };
    case "overview":
      return renderOverview(answer.picture, answer.all);
    case "detail":
      return renderDetail(answer.verdict, view);
    case "history":
      return renderHistory(answer.histories, answer.unread, view);
    case "nobody": {
      const meant = answer.nearest === undefined ? "" : ` Did you mean ${answer.nearest}?`;
      return { room: [{ text: `I know of no backups of “${clip(answer.typed, 60)}”.${meant}` }, ...gapLines(answer.gaps, 3)] };
    }
    case "several":
      return { room: [{ text: `“${clip(answer.typed, 60)}” is ${answer.names.slice(0, mostNames).join(" and ")}: say which.` }] };
    case "begun":
      return { room: [{ text: `⏳ ${answer.name}: begun. One message follows it to its end.` }] };
    case "asked":
      return { room: [{ text: `❓ ${answer.name}: see the question; nothing is done before it is answered.` }] };
    case "refused":
      return { room: [{ text: clip(oneLine(answer.words), 600) }] };
    default:
      return answer satisfies never;
  }
}
