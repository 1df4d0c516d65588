/** Codes that are typed to answer: short, and without letters that look like others. */
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const length = 4;

/** @param random a number from 0 up to 1 */
export function makeCode(random: () => number): string {
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? "A").join("");
}

/** As typed: small letters are understood. */
export function readCode(typed: string): string {
  return typed.trim().toUpperCase();
}
