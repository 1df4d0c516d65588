/** Each person's cross-signing keys, and the signatures made with them or on them. */
import { isJson, type Json } from "../event.ts";
import type { KeyChange, KeyChangeOf, Usage } from "./key-change.ts";

type Signature = KeyChangeOf<"cross-signature">;

export class CrossSigning {
  readonly #keys = new Map<string, KeyChangeOf<"cross-signing-key">>();
  /** By what was signed, and in it by signer and key. */
  readonly #signatures = new Map<string, Map<string, Signature>>();

  apply(change: KeyChangeOf<"cross-signature" | "cross-signing-key">): void {
    if (change.kind === "cross-signing-key") {
      this.#keys.set(slot(change.userId, change.usage), change);
      return;
    }
    const all = this.#signatures.get(slot(change.target, change.device)) ?? new Map<string, Signature>();
    this.#signatures.set(slot(change.target, change.device), all.set(slot(change.by, change.keyId), change));
  }

  /** As it was uploaded. */
  key(userId: string, usage: Usage): Json | undefined {
    return this.#keys.get(slot(userId, usage))?.key;
  }

  /** With the signatures that `viewer` made on it. */
  keySeenBy(userId: string, usage: Usage, viewer: string): Json | undefined {
    const key = this.key(userId, usage);
    return key === undefined ? undefined : this.withSignatures(key, userId, publicPart(key), viewer);
  }

  /** `key`, which belongs to `userId`, with the signatures that `by` uploaded for `device`. */
  withSignatures(key: Json, userId: string, device: string, by: string): Json {
    const made = [...(this.#signatures.get(slot(userId, device))?.values() ?? [])].filter((each) => each.by === by);
    if (made.length === 0) return key;
    const signatures = isJson(key["signatures"]) ? key["signatures"] : {};
    const own = isJson(signatures[by]) ? signatures[by] : {};
    return { ...key, signatures: { ...signatures, [by]: { ...own, ...Object.fromEntries(made.map((each) => [each.keyId, each.signature])) } } };
  }

  asChanges(): readonly KeyChange[] {
    return [...this.#keys.values(), ...[...this.#signatures.values()].flatMap((all) => [...all.values()])];
  }
}

/** The one public key of a cross-signing key, which is what signatures name it by. */
export function publicPart(key: Json): string {
  const [found] = Object.values(isJson(key["keys"]) ? key["keys"] : {});
  return typeof found === "string" ? found : "";
}

const slot = (...parts: readonly string[]): string => parts.join("\u0000");
