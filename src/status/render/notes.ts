/** What an answer must own up to: the sources that failed, and how old its figures are. Pure. */
import type { View } from "../../chat/command.ts";
import { clip } from "../../chat/render/outside-text.ts";
import type { Line } from "../../chat/line.ts";
import { age, since } from "../../chat/render/units.ts";
import type { Gap, Picture } from "../verdicts.ts";

/** At most `most` lines; sources with the same complaint share one. */
export function gapLines(gaps: readonly Gap[], most: number, view: View): readonly Line[] {
  const groups = [...Map.groupBy(gaps, (gap) => gap.error).values()];
  const shown = groups.length > most ? groups.slice(0, Math.max(0, most - 1)) : groups;
  const lines = shown.map((group): Line => ({ text: gapText(group, view) }));
  const left = groups.slice(shown.length).reduce((sum, group) => sum + group.length, 0);
  return left === 0 || most <= 0 ? lines : [...lines, { text: `⚪ ${left} more sources could not be read.` }];
}

function gapText(group: readonly Gap[], view: View): string {
  const [first] = group;
  if (first === undefined) return "";
  const sources = group.slice(0, 3).map((gap) => gap.source);
  const more = group.length > sources.length ? ` and ${group.length - sources.length} more` : "";
  const oldest = group.reduce<number | undefined>((found, { shownAt }) => (shownAt === undefined ? found : Math.min(found ?? shownAt, shownAt)), undefined);
  const shown = oldest === undefined ? "" : `; shown as of ${since(oldest, view)}`;
  return `⚪ ${sources.join(", ")}${more} not read: ${clip(first.error, 160)}${shown}`;
}

/** `figures: 12 s old` */
export function figuresText({ figuresAt }: Pick<Picture, "figuresAt">, view: View): string {
  return figuresAt === undefined ? "figures: none" : `figures: ${age(figuresAt, view)}`;
}
