/** Reads reactions back from `/relations`, page by page. */
import * as z from "zod";
import { isEventId, isUserId } from "../ids.ts";
import type { FoundReaction } from "./api.ts";

const mostPages = 20;
const page = z.object({ chunk: z.array(z.unknown()), next_batch: z.string().optional().catch(undefined) });
const reaction = z.object({
  event_id: z.string().refine(isEventId),
  sender: z.string().refine(isUserId),
  origin_server_ts: z.number(),
  content: z.object({ "m.relates_to": z.object({ key: z.string().max(1000) }) }),
});

/** @param ask for the page that begins at `from` @throws what `ask` throws */
export async function readReactions(ask: (from: string | undefined) => Promise<unknown>): Promise<readonly FoundReaction[]> {
  const found: FoundReaction[] = [];
  let from: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const { chunk, next_batch: next } = page.parse(await ask(from));
    for (const raw of chunk) {
      // A redacted one has no key any more.
      const { success, data } = reaction.safeParse(raw);
      if (success) found.push({ event: data.event_id, by: data.sender, emoji: data.content["m.relates_to"].key, at: data.origin_server_ts });
    }
    if (next === undefined) break;
    from = next;
  }
  return found;
}
