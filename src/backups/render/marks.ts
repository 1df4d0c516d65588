/** Verdicts for the eye and for the ear: an emoji and a short word, since colour alone tells not everybody. */
import type { BackupPicture, BackupVerdict, VerdictState } from "../verdict.ts";

const emojis: Readonly<Record<VerdictState, string>> = { ok: "🟢", disabled: "⚫", unknown: "⚪", late: "🟡", never: "🔴", failed: "🔴" };
const words: Readonly<Record<VerdictState, string>> = { ok: "ok", disabled: "off", unknown: "unknown", late: "late", never: "never", failed: "failed" };

export function emojiOf(state: VerdictState): string {
  return emojis[state];
}

/** `🔴 failed` */
export function markOf(state: VerdictState): string {
  return `${emojis[state]} ${words[state]}`;
}

export type Named = Pick<BackupVerdict, "cluster" | "namespace" | "name">;

/** `cnpg/shared-pg`, with the Kubernetes cluster before it where another has one of that name. */
export function nameOf(verdict: Named, all: readonly Named[]): string {
  const short = verdict.namespace === undefined ? verdict.name : `${verdict.namespace}/${verdict.name}`;
  const same = all.filter((each) => each.name === verdict.name && each.namespace === verdict.namespace);
  return same.length > 1 && verdict.cluster !== undefined ? `${verdict.cluster}/${short}` : short;
}

export function keyOf({ cluster, namespace, name }: Named): string {
  return JSON.stringify([cluster ?? null, namespace ?? null, name]);
}

/** Whatever is to be looked at: everything but ok and what somebody has switched off on purpose as a whole. */
export function isTrouble(state: VerdictState): boolean {
  return state !== "ok" && state !== "disabled";
}

export function countsOf(verdicts: BackupPicture["verdicts"]): string {
  const order: readonly VerdictState[] = ["failed", "never", "late", "unknown", "disabled", "ok"];
  return order
    .map((state) => ({ state, count: verdicts.filter((each) => each.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state === "never" ? "never backed up" : state === "disabled" ? "switched off" : words[state]}`)
    .join(", ");
}
