/** One emoji in the many ways in which clients send it. */

/** Without variation selectors (`👍️`) and skin tones (`👍🏽`). */
export function plainEmoji(text: string): string {
  return text.replaceAll(/\p{Emoji_Modifier}|\p{Variation_Selector}/gu, "").trim();
}
