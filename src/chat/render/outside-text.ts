/** Text from outside (names, reasons, error messages), made harmless: it can neither hide, nor reorder, nor break out of its line. */

const plain = /^[\x20-\x7e]*$/u;
/** Tells fast whether there is anything to look at closely: without one of these a text has no sequence that could hide something. */
const doubtful = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u;
const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
const otherSpaces = /[\p{Zs}]/gu;

/**
 * Emoji sequences and the joiners that Arabic and Indic words need are kept; every other control, format (bidi overrides, zero-width),
 * filler, tag, private or unassigned character, lone surrogate and variation selector is not.
 */
const suspicious =
  /(\p{RGI_Emoji}|(?<=[\p{Script=Arabic}\p{M}])[\u200c\u200d](?=\p{L}))|[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]+/gv;
const stackedMarks = /(\p{M}{4})\p{M}+/gu;

/** One line of `text`. What is not shown becomes U+FFFD, so that a doctored name never looks like the real one. */
export function oneLine(text: string): string {
  if (plain.test(text)) return plainLinks(text);
  return plainLinks(visible(text.replace(lineBreaks, " ")));
}

/** `text` with its line breaks, each line made harmless: for preformatted text. */
export function manyLines(text: string): readonly string[] {
  return text
    .replace(/\t/gu, "  ")
    .split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/u)
    .map((line) => (plain.test(line) ? line : visible(line)));
}

function visible(text: string): string {
  const known = doubtful.test(text) ? text.replace(suspicious, (_all, kept: string | undefined) => kept ?? "\ufffd") : text;
  const shown = known.replace(otherSpaces, " ").replace(stackedMarks, "$1");
  return /^\p{M}/u.test(shown) ? `◌${shown}` : shown;
}

/** Clients make a pill of a bare matrix.to or `matrix:` address; with a space in it they do not. */
function plainLinks(text: string): string {
  return text.replace(/matrix\.to\/(?=#|%23)/giu, "matrix.to/ ").replace(/\bmatrix:(?=(?:u|user|r|room|roomid|e)\/)/giu, "matrix: ");
}

/** At most `most` UTF-16 units, never half a character; `…` says that something is left out. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/u, "")}…`;
}
