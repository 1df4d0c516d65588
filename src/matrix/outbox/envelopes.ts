/** How what is said in a room has to be sent: as it is, or encrypted. */
import type { RoomId } from "../../ids.ts";
import type { Content } from "./fit.ts";

export type Manner = { readonly kind: "clear" | "encrypted" } | { readonly kind: "refused"; readonly why: string };

export interface Envelopes {
  /**
   * Asked right before a message is sealed, and again before one that was sealed in clear is sent.
   * @throws MatrixFailure, OpsroomError when nobody can tell: then nothing is sent, and it is tried again
   */
  readonly manner: (room: RoomId, signal: AbortSignal) => Promise<Manner>;
  /** @returns the content of an `m.room.encrypted` @throws MatrixFailure, OpsroomError: to be tried again */
  readonly encrypt: (room: RoomId, type: string, content: Content, signal: AbortSignal) => Promise<Content>;
}

/** What clients send in clear in encrypted rooms as well: homeservers count reactions and carry out redactions. */
const alwaysClear: ReadonlySet<string> = new Set(["m.reaction", "m.room.redaction", "m.room.encrypted"]);

export function goesInClear(type: string): boolean {
  return alwaysClear.has(type);
}

/** What an encrypted event may hold: base64 makes four bytes of three, and the relation stands beside it. */
export const mostPlainBytes = 44_000;
