/** Says what is wrong with the HTML of a message: only tags that every Matrix client shows, only `href` on `a`, all closed, nothing nested wrongly. */

const tags = new Set(["p", "br", "b", "strong", "i", "em", "u", "del", "code", "pre", "ul", "ol", "li", "blockquote", "a"]);
const blocks = new Set(["p", "pre", "ul", "ol", "blockquote"]);
const token = /<(\/?)([a-z]+)((?:\s[^<>]*)?)>/uy;
const hidden = /[[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]--[\n\u200c\u200d]]/v;

/** Nothing when the HTML is good. */
export function lintHtml(html: string): string[] {
  const mistakes: string[] = [];
  const open: string[] = [];
  let at = 0;
  while (at < html.length) {
    const char = html[at];
    if (char === "<") {
      token.lastIndex = at;
      const match = token.exec(html);
      if (match === null) {
        mistakes.push(`a bare < at ${at}: ${html.slice(at, at + 30)}`);
        at += 1;
        continue;
      }
      const [all, closing = "", name = "", attributes = ""] = match;
      mistakes.push(...lintTag(name, closing === "/", attributes, open));
      at += all.length;
      continue;
    }
    if (char === ">") mistakes.push(`a bare > at ${at}`);
    if (char === "&" && !/^&(?:amp|lt|gt|quot|#39);/u.test(html.slice(at, at + 8))) mistakes.push(`a bare & at ${at}: ${html.slice(at, at + 10)}`);
    at += 1;
  }
  if (open.length > 0) mistakes.push(`never closed: ${open.join(", ")}`);
  if (hidden.test(html.replaceAll(/\p{RGI_Emoji}/gv, ""))) mistakes.push("a control, bidi or zero-width character");
  return mistakes;
}

function lintTag(name: string, closing: boolean, attributes: string, open: string[]): readonly string[] {
  if (!tags.has(name)) return [`<${name}> is not shown everywhere`];
  if (closing) {
    const last = open.pop();
    return [...(last === name ? [] : [`</${name}> closes <${last ?? "nothing"}>`]), ...(attributes === "" ? [] : [`</${name}> has attributes`])];
  }
  const mistakes: string[] = [];
  const parent = open.at(-1);
  if (name === "a") {
    if (!/^ href="https?:\/\/[^"\s]+"$/u.test(attributes)) mistakes.push(`<a${attributes}> is no link to http or https`);
  } else if (attributes !== "") mistakes.push(`<${name}> has attributes:${attributes}`);
  if (name === "li" && parent !== "ul" && parent !== "ol") mistakes.push("<li> outside a list");
  if ((parent === "ul" || parent === "ol") && name !== "li") mistakes.push(`<${name}> straight in a list`);
  if (blocks.has(name) && parent !== undefined && parent !== "blockquote" && parent !== "li") mistakes.push(`<${name}> inside <${parent}>`);
  if (name === "a" && open.includes("a")) mistakes.push("a link inside a link");
  if (name !== "br") open.push(name);
  return mistakes;
}

/** The lines of all `<pre>` blocks, unescaped. */
export function preLines(html: string): readonly string[] {
  return [...html.matchAll(/<pre><code>([^<]*)<\/code><\/pre>/gu)].flatMap(([, text = ""]) => unescape(text).replace(/\n$/u, "").split("\n"));
}

function unescape(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&" };
  return text.replaceAll(/&(?:lt|gt|quot|#39|amp);/gu, (entity) => entities[entity] ?? entity);
}
