/** Optional templates for a message's title and lines, in Mustache: no logic, and what they make is text that the renderer escapes like any other. */
import Mustache from "mustache";
import { nearest } from "../chat/nearest.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import type { Labels } from "./delivery.ts";

/** What a template can name: `{{alertname}}`, `{{labels.instance}}`, `{{annotations.summary}}`, … */
export interface TemplateView {
  readonly alertname: string;
  readonly severity: string;
  readonly status: "firing" | "resolved";
  /** Alerts that fire. */
  readonly count: number;
  readonly receiver: string;
  readonly source: string;
  readonly labels: Labels;
  readonly annotations: Labels;
}

const plainNames = ["alertname", "severity", "status", "count", "receiver", "source"] as const;
const longest = 300;

/** What is wrong with a template, in words; `undefined` when nothing is. */
export function checkTemplate(text: string): string | undefined {
  if (text.length > 1000) return "more than 1,000 characters";
  try {
    return mistakeIn(Mustache.parse(text));
  } catch (error) {
    return error instanceof Error ? error.message : "no Mustache template";
  }
}

function mistakeIn(tokens: readonly unknown[]): string | undefined {
  for (const token of tokens) {
    if (!Array.isArray(token)) continue;
    const [kind, name, , , inner]: unknown[] = token;
    if (kind === "text" || kind === "!") continue;
    if (kind === ">") return "a partial ({{> …}}), and there are none";
    if (typeof name !== "string") return "something that is no name";
    if (name !== "." && !/^(?:labels|annotations)\.[^\s]+$/u.test(name) && !plainNames.some((each) => each === name)) {
      const meant = nearest(name, [...plainNames, "labels.NAME", "annotations.NAME"]);
      return `{{${clip(name, 40)}}}, which is none of ${plainNames.join(", ")}, labels.NAME, annotations.NAME${meant === undefined ? "" : `; ${meant}?`}`;
    }
    const deeper = Array.isArray(inner) ? mistakeIn(inner) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** One line of text. Values are put in as they are: escaping is the renderer's, for all text alike. */
export function fillTemplate(text: string, view: TemplateView): string {
  return clip(oneLine(Mustache.render(text, view, {}, { escape: String })).trim(), longest);
}
