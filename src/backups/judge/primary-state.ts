/** Whether the instance that takes writes is alive: nothing is archived without it, whatever the conditions say. Pure. */
import type { Subject } from "./subject.ts";

export type PrimaryState = { readonly kind: "alive" } | { readonly kind: "unseen"; readonly error: string } | { readonly kind: "gone"; readonly words: string };

export function primaryStateOf({ database, instances }: Subject): PrimaryState {
  const { primary, fenced, primaryFailingSince } = database;
  if (!instances.known) return { kind: "unseen", error: instances.error };
  if (primary === undefined) return { kind: "gone", words: "it has no primary" };
  if (fenced.includes("*") || fenced.includes(primary)) return { kind: "gone", words: `the primary ${primary} is fenced` };
  const pod = instances.value.find((each) => each.name === primary);
  if (pod === undefined) return { kind: "gone", words: `the primary ${primary} is gone: it has no pod` };
  if (pod.going) return { kind: "gone", words: `the primary ${primary} is being deleted` };
  if (!pod.ready) return { kind: "gone", words: `the primary ${primary} is not ready${pod.trouble === undefined ? "" : ` (${pod.trouble})`}` };
  if (primaryFailingSince !== undefined) return { kind: "gone", words: `the operator takes the primary ${primary} for failed` };
  return { kind: "alive" };
}
