/** What `!backup run` and `!backup drill` answer at once; how it goes on is told in messages of their own. */

export type RunAnswer =
  /** A Backup is made, or about to be: one message follows it to its end. */
  | { readonly kind: "begun"; /** `prod cnpg/shared-pg` */ readonly name: string }
  /** In words, with what to do: no such cluster, several of that name, one is under way already, it may not. */
  | { readonly kind: "refused"; readonly words: string };

export type DrillAnswer =
  /** A question stands in the room: the drill begins when somebody says yes. */
  | { readonly kind: "asked"; readonly name: string }
  /** It is under way already: the same request, seen twice. */
  | { readonly kind: "begun"; readonly name: string }
  /** In words, with what to do: no room for it, no place configured, volume snapshots. */
  | { readonly kind: "refused"; readonly words: string };
