/** Reactions are read back: a sync may not have told of them. */
import type { Clock } from "../clock.ts";
import type { MatrixApi } from "../matrix/api.ts";
import type { Log } from "../observe/log.ts";
import type { Prompts } from "../prompts/service.ts";

export interface ReadBackNeeds {
  readonly api: Pick<MatrixApi, "reactions">;
  readonly clock: Clock;
  readonly log: Log;
}

const readBackEveryMs = 60_000;

/** After a start, and now and then while a question is open. */
export async function readReactionsBack(prompts: Pick<Prompts, "catchUp">, { api, clock, log }: ReadBackNeeds, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await prompts
      .catchUp((room, event) => api.reactions(room, event, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, "the reactions to open questions could not be read back; it is tried again");
      });
    await clock.sleep(readBackEveryMs, signal).catch(() => undefined);
  }
}
