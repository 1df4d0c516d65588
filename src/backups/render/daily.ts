/** The one line that is said each morning. Pure. */
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import { counted, duration } from "../../chat/render/units.ts";
import type { BackupPicture } from "../verdict.ts";
import { countsOf, emojiOf, nameOf } from "./marks.ts";
import { checkText, troubles } from "./words.ts";

/** `🟢 backups: 2 clusters ok, oldest base 7 h, window 14 d`; else what is worst, and how many there are of what. */
export function dailyLine(picture: BackupPicture): string {
  const { verdicts, gaps, state, at } = picture;
  if (verdicts.length === 0) {
    const [gap] = gaps;
    return gap === undefined
      ? "⚪ backups: no PostgreSQL cluster was found"
      : `⚪ backups: nothing could be looked at: ${clip(oneLine(`${gap.source}: ${gap.error}`), 200)}`;
  }
  const blind = gaps.length === 0 ? "" : `; ${counted(gaps.length, "thing")} could not be read`;
  const [worst] = verdicts;
  if (state === "ok" || state === "disabled" || worst === undefined) {
    const good = verdicts.filter((each) => each.state === "ok");
    const off = verdicts.length - good.length;
    const ages = good.flatMap(({ baseAgeMs }) => baseAgeMs ?? []);
    const windows = good.flatMap(({ window }) => (window === undefined ? [] : [at - window.from]));
    const parts = [
      `${counted(good.length, verdicts.every((each) => each.cluster === undefined) ? "source" : "cluster")} ok`,
      ...(ages.length === 0 ? [] : [`oldest base ${duration(Math.max(...ages))}`]),
      ...(windows.length === 0 ? [] : [`window ${duration(Math.min(...windows))}`]),
      ...(off === 0 ? [] : [`${off} switched off`]),
    ];
    return `${emojiOf(good.length === 0 ? "disabled" : "ok")} backups: ${parts.join(", ")}`;
  }
  const [trouble] = troubles(worst);
  const why = trouble === undefined ? "" : `: ${nameOf(worst, verdicts)}, ${checkText({ ...trouble, remedy: undefined })}`;
  return `${emojiOf(state)} backups: ${countsOf(verdicts)}${blind}${clip(why, 260)}`;
}
