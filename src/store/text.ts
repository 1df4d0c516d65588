/** Text as both databases keep it, letter for letter. */

/**
 * PostgreSQL cannot keep a NUL, and half a surrogate pair (text cut in the middle of an emoji) comes back changed from both:
 * each becomes U+FFFD beforehand, so that what is hashed is what is stored. JSON needs none of this: it escapes them.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
