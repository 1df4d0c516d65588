/** Makes a silence in Alertmanager once, however often it is tried. */
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import type { UserId } from "../../ids.ts";
import type { Alertmanager } from "../alertmanager/client.ts";
import type { Silence } from "../alertmanager/answers.ts";
import type { Matcher } from "../matcher.ts";
import { markerOf } from "./cause.ts";

export interface WantedSilence {
  readonly cause: string;
  readonly matchers: readonly Matcher[];
  readonly by: UserId;
  readonly comment: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export type MadeSilence = Pick<Silence, "id" | "state"> & { readonly until: number };

const longestComment = 500;

/** Looks for its own marker first: an earlier try may have been cut off after Alertmanager had done it. @throws AlertmanagerError */
export async function createSilenceOnce(
  manager: Alertmanager,
  { cause, matchers, by, comment, until }: WantedSilence,
  now: number,
  signal: AbortSignal,
): Promise<MadeSilence> {
  const marker = markerOf(cause);
  const made = (await manager.silences(signal)).find((silence) => silence.comment.endsWith(marker));
  if (made !== undefined) return { id: made.id, state: made.state, until: made.endsAt };
  const words = clip(oneLine(comment), longestComment);
  const id = await manager.createSilence({ matchers, startsAt: now, endsAt: until, createdBy: by, comment: `${words} ${marker}`.trim() }, signal);
  return { id, state: "active", until };
}
