/** “Did you mean …?” */
import { distance } from "fastest-levenshtein";

/** The candidate nearest to `text`, if it is near enough to be what was meant. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const lower = text.toLowerCase().slice(0, 64);
  const ranked = candidates
    .map((candidate) => ({ candidate, away: distance(lower, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.away - b.away || a.candidate.localeCompare(b.candidate));
  const best = ranked[0];
  return best !== undefined && best.away <= Math.max(2, Math.floor(best.candidate.length / 2)) ? best.candidate : undefined;
}

/** ` — did you mean !status?`, or nothing. */
export function suggestion(text: string, candidates: readonly string[], prefix: string): string {
  const found = nearest(text, candidates);
  return found === undefined ? "" : ` Did you mean ${prefix}${found}?`;
}
