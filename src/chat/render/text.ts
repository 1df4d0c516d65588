/** Text and its spans, as portable HTML and as plain text. */
import type { Span, Text } from "../line.ts";
import { clip, oneLine } from "./outside-text.ts";

/** The same thing said twice: for clients that show HTML, and for all others, pushes and room lists. */
export interface Both {
  readonly html: string;
  readonly body: string;
}

/** UTF-16 units of one paragraph or item; the rest is cut. */
const longestText = 3000;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (char) => entities[char] ?? "");
}

export function renderText(text: Text): Both {
  const spans = typeof text === "string" ? [text] : text;
  let room = longestText;
  const parts: Both[] = [];
  for (const span of spans) {
    if (room <= 0) break;
    const part = renderSpan(span, room);
    room -= part.body.length;
    parts.push(part);
  }
  return { html: parts.map((part) => part.html).join(""), body: parts.map((part) => part.body).join("") };
}

function renderSpan(span: Span, room: number): Both {
  const show = (text: string): string => oneLine(clip(text, room));
  const wrap = (tag: string, text: string): Both => ({ html: `<${tag}>${escapeHtml(text)}</${tag}>`, body: text });
  if (typeof span === "string") return { html: escapeHtml(show(span)), body: show(span) };
  if ("strong" in span) return wrap("strong", show(span.strong));
  if ("code" in span) return wrap("code", show(span.code));
  if ("struck" in span) return { html: wrap("del", show(span.struck)).html, body: `~~${show(span.struck)}~~` };
  const address = safeLink(span.link);
  const label = show(span.label);
  if (address === undefined) return { html: escapeHtml(label), body: label };
  const spoken = address === span.label || address.startsWith("https://matrix.to/") ? label : `${label} (${address})`;
  return { html: `<a href="${escapeHtml(address)}">${escapeHtml(label)}</a>`, body: spoken };
}

/** Only web addresses without a user name in them (`https://bank.example@evil.example/` reads as the bank's). */
function safeLink(link: string): string | undefined {
  if (link.length > 1500 || !URL.canParse(link)) return undefined;
  const url = new URL(link);
  const web = url.protocol === "https:" || url.protocol === "http:";
  return web && url.username === "" && url.password === "" ? url.href : undefined;
}
