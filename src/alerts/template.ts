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
    if (kind === "=") return "other delimiters ({{= … =}}), and there are none";
    if (typeof name !== "string") return "something that is no name";
    if (name !== "." && !/^(?:labels|annotations)\.[^\s]+$/u.test(name) && !isPlain(name)) {
      const meant = meantBy(name);
      return `{{${clip(name, 40)}}}, which is none of ${plainNames.join(", ")}, labels.NAME, annotations.NAME${meant === undefined ? "" : `; ${meant}?`}`;
    }
    const deeper = Array.isArray(inner) ? mistakeIn(inner) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** `Labels.pod`, `label.pod` and `$labels.pod` mean `labels.pod`. */
function meantBy(name: string): string | undefined {
  const [, stem = "", rest] = /^[$.]*([^.\s]+)\.([^\s]+)$/u.exec(name) ?? [];
  const table = nearest(stem, ["labels", "annotations"]);
  return rest !== undefined && table !== undefined ? `${table}.${clip(rest, 40)}` : nearest(name, plainNames);
}

function isPlain(name: string): name is (typeof plainNames)[number] {
  return plainNames.some((each) => each === name);
}

/** One line of text. Values are put in as they are: escaping is the renderer's, for all text alike. */
export function fillTemplate(text: string, view: TemplateView): string {
  return clip(oneLine(Mustache.render(text, new FlatContext(view, view), {}, { escape: String })).trim(), longest);
}

/** Knows the documented names and no others: a label's name may have dots, and what objects inherit, functions among it, is out of reach. */
class FlatContext extends Mustache.Context {
  readonly #known: TemplateView;

  /** @param here what `{{.}}` stands for: the value of the innermost section */
  constructor(here: unknown, known: TemplateView) {
    super(here);
    this.#known = known;
  }

  override push(here: unknown): FlatContext {
    return new FlatContext(here, this.#known);
  }

  override lookup(name: string): string | number {
    const here: unknown = this.view;
    if (name === ".") return typeof here === "string" || typeof here === "number" ? here : "";
    if (isPlain(name)) return this.#known[name];
    const [, table, key = ""] = /^(labels|annotations)\.(.+)$/u.exec(name) ?? [];
    const values = table === "labels" ? this.#known.labels : this.#known.annotations;
    return table !== undefined && Object.hasOwn(values, key) ? (values[key] ?? "") : "";
  }
}
