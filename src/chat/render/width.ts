/** How many columns a text takes in a monospaced font: emoji and East Asian characters two, combining marks none. */

const ascii = /^[\x20-\x7e]*$/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const emoji = /^(?:\p{RGI_Emoji}|\p{Emoji_Presentation})/v;
const nothing = /^[\p{M}\p{Cf}\p{Cc}\u1160-\u11ff]$/u;

/** Ranges of East Asian Width W and F beyond the emoji (Unicode 16, EastAsianWidth.txt), rounded outward over unassigned gaps. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2630, 0x2637],
  [0x268a, 0x268f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1d300, 0x1d376],
  [0x1f1e6, 0x1f1ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

/** Columns that `text` takes. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** `text` in at most `columns` columns; what is cut off is marked with `…`. */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns <= 0) return "";
  let width = 0;
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    const more = graphemeWidth(segment);
    if (width + more > columns - 1) break;
    width += more;
    kept += segment;
  }
  return `${kept}…`;
}

/** Like {@link fit}, but cut in the middle: names of one kind differ at their ends. */
export function fitMiddle(text: string, columns: number): string {
  const width = displayWidth(text);
  if (width <= columns) return text;
  const head = fit(text, Math.floor(columns / 2)).replace(/…$/u, "");
  const room = columns - 1 - displayWidth(head);
  let tail = "";
  for (const { segment } of [...graphemes.segment(text)].toReversed()) {
    if (displayWidth(segment + tail) > room) break;
    tail = segment + tail;
  }
  return columns <= 0 ? "" : `${head}…${tail}`;
}

/** `text` filled up with spaces to `columns`. */
export function pad(text: string, columns: number, side: "left" | "right"): string {
  const spaces = " ".repeat(Math.max(0, columns - displayWidth(text)));
  return side === "left" ? spaces + text : text + spaces;
}

function graphemeWidth(grapheme: string): number {
  if (emoji.test(grapheme)) return 2;
  let width = 0;
  for (const char of grapheme) {
    if (nothing.test(char)) continue;
    const code = char.codePointAt(0) ?? 0;
    width += wide.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
  }
  return width;
}
