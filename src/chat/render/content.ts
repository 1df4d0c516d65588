/** Lines as the content of an `m.room.message`: the only place where HTML is made, from the tags that every client shows (p, strong, code, del, a, ul, li, pre). */
import type { UserId } from "../../ids.ts";
import type { Line } from "../line.ts";
import { clip, manyLines } from "./outside-text.ts";
import { alignRows } from "./table.ts";
import { escapeHtml, renderText, type Both } from "./text.ts";

export interface ContentOptions {
  /** The people it notifies; nobody else is, whatever the lines say. */
  readonly mentions: readonly UserId[];
  /** `false`: an `m.text`, which notifies as a person's message does. Default: a notice, unless it mentions somebody, since notices never notify. */
  readonly notice?: boolean;
}

export type MessageContent = Readonly<Record<string, unknown>> & {
  readonly msgtype: "m.notice" | "m.text";
  readonly body: string;
  readonly format: "org.matrix.custom.html";
  readonly formatted_body: string;
  readonly "m.mentions": { readonly user_ids?: readonly UserId[] };
};

/**
 * Bytes of `body` and `formatted_body` together. An event has 65,536 at most, and an edit says everything twice.
 */
export const mostContentBytes = 30_000;

/** UTF-16 units of one preformatted line item. */
const longestCode = 3000;

/** Pure. Too many lines are cut at the end, with a note how many. */
export function renderContent(lines: readonly Line[], { mentions, notice = mentions.length === 0 }: ContentOptions): MessageContent {
  const { html, body } = renderWithin(lines);
  return {
    msgtype: notice ? "m.notice" : "m.text",
    body,
    format: "org.matrix.custom.html",
    formatted_body: html,
    "m.mentions": mentions.length === 0 ? {} : { user_ids: [...new Set(mentions)] },
  };
}

function renderWithin(lines: readonly Line[]): Both {
  const whole = renderLines(lines);
  if (fits(whole)) return whole;
  let fewest = 0;
  let most = lines.length;
  while (most - fewest > 1) {
    const middle = Math.floor((fewest + most) / 2);
    if (fits(cutAt(lines, middle))) fewest = middle;
    else most = middle;
  }
  return cutAt(lines, fewest);
}

function cutAt(lines: readonly Line[], count: number): Both {
  return renderLines([...lines.slice(0, count), { text: `… ${lines.length - count} more lines are left out.` }]);
}

function fits({ html, body }: Both): boolean {
  return jsonBytes(html) + jsonBytes(body) <= mostContentBytes;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

function renderLines(lines: readonly Line[]): Both {
  const blocks = groups(lines).map(renderGroup);
  return { html: blocks.map((block) => block.html).join(""), body: blocks.map((block) => block.body).join("\n") };
}

/** Neighbouring rows belong to one table, neighbouring items to one list. */
function groups(lines: readonly Line[]): readonly (readonly Line[])[] {
  const made: Line[][] = [];
  for (const line of lines) {
    const last = made.at(-1);
    const before = last?.at(-1);
    const joins = before !== undefined && (("columns" in line && "columns" in before) || ("item" in line && "item" in before));
    if (joins) last?.push(line);
    else made.push([line]);
  }
  return made;
}

function renderGroup(group: readonly Line[]): Both {
  const [first] = group;
  if (first === undefined) return { html: "", body: "" };
  if ("columns" in first) return preformatted(alignRows(group.flatMap((line) => ("columns" in line ? [line.columns] : []))));
  if ("item" in first) {
    const items = group.flatMap((line) => ("item" in line ? [renderText(line.item)] : []));
    return { html: `<ul>${items.map(({ html }) => `<li>${html}</li>`).join("")}</ul>`, body: items.map(({ body }) => `- ${body}`).join("\n") };
  }
  if ("code" in first) return preformatted(manyLines(clip(first.code, longestCode)));
  const { html, body } = renderText(first.text);
  return { html: first.strong === true ? `<p><strong>${html}</strong></p>` : `<p>${html}</p>`, body };
}

function preformatted(lines: readonly string[]): Both {
  const text = lines.join("\n");
  return { html: `<pre><code>${escapeHtml(text)}\n</code></pre>`, body: text };
}
