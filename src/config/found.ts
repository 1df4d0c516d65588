/** How what stands in the file is shown to a person, without ever showing a secret that stands where it should not. */
import { looksSecret } from "./looks-secret.ts";
import type { Path } from "./path.ts";

const longest = 80;
const mostKeys = 8;

/** Whether what stands at `path` is, or belongs to, a secret. */
export function isSecretPlace(path: Path): boolean {
  return path.some((segment) => typeof segment === "string" && /token|password|secret|bearer|postgres/iu.test(segment));
}

/** `value` in a few words. Text is repeated only where `path` is no place for a secret and text was to be expected. */
export function showFound(value: unknown, path: Path, textExpected: boolean): string {
  if (value === undefined) return "nothing (the key is missing)";
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 1 ? "a list of 1 entry" : `a list of ${value.length} entries`;
  if (typeof value === "object") return showMapping(Object.keys(value));
  if (isSecretPlace(path)) return "a value written inline";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return "something else";
  if (!textExpected || looksSecret(value)) return "a text";
  return value.length > longest ? `${JSON.stringify(value.slice(0, longest))}…` : JSON.stringify(value);
}

function showMapping(keys: readonly string[]): string {
  if (keys.length === 0) return "an empty mapping";
  const shown = keys.slice(0, mostKeys).map((key) => (looksSecret(key) ? "(a key that looks like a secret)" : key.slice(0, longest)));
  return `a mapping with ${shown.join(", ")}${keys.length > mostKeys ? ", …" : ""}`;
}
