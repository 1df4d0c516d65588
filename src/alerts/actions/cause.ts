/** What asked for a silence, as a name that every part of its making can be found by, also after a crash. Pure. */
import { createHash } from "node:crypto";
import type { EventId } from "../../ids.ts";

/** `silence/<group>/<event>` for a 🔕, `silence/typed/<event>` for a command. Good for a prompt's id. */
export function causeOf(about: { readonly group: string } | "typed", event: EventId): string {
  return `silence/${about === "typed" ? about : about.group}/${shortOf(event)}`;
}

/** In the silence's comment: whoever was interrupted looks for it before making another. */
export function markerOf(cause: string): string {
  return `[opsroom ${cause}]`;
}

/** A comment as people read it. */
export function withoutMarker(comment: string): string {
  return comment.replace(/\s*\[opsroom [\w/-]+\]$/u, "");
}

/** Event ids may have characters in them that keys may not. */
export function shortOf(event: EventId): string {
  return createHash("sha256").update(event).digest("hex").slice(0, 16);
}
