/** Reading back what a sync left out (`limited`): from its oldest event to the newest that we know. */
import * as z from "zod";
import type { EventId, RoomId, UserId } from "../../ids.ts";
import type { InboxEvent } from "../../store/store.ts";
import type { MatrixApi } from "../api.ts";
import { MatrixFailure } from "../failure.ts";
import { readEvents } from "./answer.ts";
import { isOurJoin, toInbox } from "./events.ts";

export interface Gap {
  readonly room: RoomId;
  /** `prev_batch` of the limited timeline. */
  readonly from: string;
  /** The sync token before. */
  readonly to: string;
}

export interface GapNeeds {
  readonly api: Pick<MatrixApi, "messages">;
  readonly knownEvents: (events: readonly EventId[]) => Promise<ReadonlySet<EventId>>;
  readonly me: UserId;
  /** Which events anybody will act on: the others are not kept. */
  readonly wanted: (event: InboxEvent) => boolean;
  /** Part of the gap was left unread; why. To be said loudly. */
  readonly onCut: (room: RoomId, why: string) => void;
}

const pageSize = 100;
/** 20,000 events of the types we ask for, in one room, in one absence. */
const mostPages = 200;
/** What is kept of them before it is written. */
const mostBytes = 32 * 2 ** 20;

const pageShape = z.object({ chunk: z.array(z.unknown()), end: z.string().optional().catch(undefined) });

/** @returns the events for the inbox, oldest first, all `late` @throws MatrixFailure when the homeserver should be asked again later */
export async function readGap(gap: Gap, needs: GapNeeds, signal: AbortSignal): Promise<readonly InboxEvent[]> {
  const { me, onCut } = needs;
  const newestFirst: InboxEvent[] = [];
  let from = gap.from;
  let bytes = 0;
  for (let pages = 0; ; pages += 1) {
    if (pages >= mostPages || bytes > mostBytes) {
      onCut(gap.room, `more than ${pages} pages of messages since the last sync: the oldest were not read`);
      break;
    }
    const page = await askPage(gap, from, needs, signal);
    if (page === undefined) break;
    const { good } = readEvents(page.chunk);
    const joinAt = good.findIndex((event) => isOurJoin(event, me));
    const wanted = toInbox(gap.room, joinAt < 0 ? good : good.slice(0, joinAt), me, true).filter(needs.wanted);
    const known = await needs.knownEvents(wanted.map((event) => event.eventId));
    const fresh = wanted.filter((event) => !known.has(event.eventId));
    newestFirst.push(...fresh);
    bytes += fresh.reduce((sum, event) => sum + JSON.stringify(event.content).length, 0);
    // One known event alone is no end: servers that were cut off from each other may tell of older events later.
    const metKnown = wanted.length > 0 && fresh.length === 0;
    if (joinAt >= 0 || metKnown || page.end === undefined || page.end === from) break;
    from = page.end;
  }
  return newestFirst.toReversed();
}

/** One page; `undefined` when the homeserver will never give it, which is said. */
async function askPage({ room, to }: Gap, from: string, { api, onCut }: GapNeeds, signal: AbortSignal): Promise<z.infer<typeof pageShape> | undefined> {
  try {
    const page = pageShape.safeParse(await api.messages(room, { from, to, limit: pageSize }, signal));
    if (!page.success) throw new MatrixFailure("unreachable", "an answer to /messages that has no list of events");
    return page.data;
  } catch (error) {
    if (!(error instanceof MatrixFailure) || error.kind === "unreachable" || error.kind === "limited" || error.kind === "unauthorised") throw error;
    onCut(room, `the homeserver does not let us read back: ${error.message}`);
    return undefined;
  }
}
