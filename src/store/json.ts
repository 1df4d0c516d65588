/** JSON that this store wrote itself, read back. Its shape was checked by the compiler when it was written. */
import type { Relation } from "../relation.ts";

export function parseContent(text: string): Readonly<Record<string, unknown>> {
  const content: Readonly<Record<string, unknown>> = JSON.parse(text);
  return content;
}

export function parseRelation(text: string): Relation {
  const relation: Relation = JSON.parse(text);
  return relation;
}
