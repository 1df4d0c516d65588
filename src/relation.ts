/** How messages hang on each other. */
import type { EventId } from "./ids.ts";

/** How a message hangs on another. `key` names an outbox message, whose event id may not be known yet; `event` one of the room. */
export type Target = { readonly key: string } | { readonly event: EventId };
export type Relation =
  | { readonly kind: "edit"; readonly of: Target }
  | { readonly kind: "thread"; readonly root: Target }
  | { readonly kind: "reply"; readonly to: Target }
  | { readonly kind: "reaction"; readonly to: Target; readonly emoji: string }
  | { readonly kind: "redaction"; readonly of: Target; readonly reason?: string };

/** What it hangs on. Pure. */
export function targetOf(relation: Relation): Target {
  switch (relation.kind) {
    case "edit":
    case "redaction":
      return relation.of;
    case "thread":
      return relation.root;
    case "reply":
    case "reaction":
      return relation.to;
    default:
      return relation satisfies never;
  }
}
