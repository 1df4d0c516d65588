/** What a question is bound to: another text, another plan or other people make another digest. */
import { createHash } from "node:crypto";
import type { Question } from "./prompt.ts";

/** SHA-256, hexadecimal, over what was shown, who may answer, and what will be done. */
export function digestOf({ id, kind, room, lines, choices, people, needed, notBy, free, deadlineAt, goodForMs, payload }: Question): string {
  return createHash("sha256").update(canonical({ id, kind, room, lines, choices, people, needed, notBy, free, deadlineAt, goodForMs, payload })).digest("hex");
}

/** The same for the same content, whatever order its keys were written in. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)
    .join(",")}}`;
}
