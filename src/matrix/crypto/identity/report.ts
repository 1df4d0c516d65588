/** How this device stands with everybody else, as it was last seen to. */

/** What is in the way, and what a person does about it. */
export interface Trouble {
  readonly found: string;
  readonly remedy: string;
}

export interface IdentityReport {
  /** Whether the account's identity has signed this device: without that, Element neither gives it keys nor shows what it says. */
  readonly signed: boolean;
  /** The identity's secrets: kept under the recovery key that is at hand; under another, or one that a person has; not kept. */
  readonly recovery: "at-hand" | "elsewhere" | "none";
  /** The room keys' copy on the homeserver. `another`: there is one, and its key is not here. */
  readonly backup: "kept" | "none" | "another";
  readonly troubles: readonly Trouble[];
}
