/** Leftovers of drills that nobody drives any more are deleted: after a start, and a while after each drill. */
import * as z from "zod";
import { ClusterError } from "../../kubernetes/errors.ts";
import type { DueTimer } from "../../store/alert-store.ts";
import type { Writes } from "../../store/store.ts";
import type { ActingNeeds } from "../acting/needs.ts";
import { removable, shown } from "./decide.ts";
import { removeLeftovers } from "./effects.ts";
import { seeLeftovers } from "./look.ts";
import { readDrill } from "./record.ts";

export const sweepTimerKind = "backup.sweep";
const againMs = 15_000;
const bodyShape = z.object({ cluster: z.string() });

export async function setSweep(tx: Writes, cluster: string, at: number): Promise<void> {
  await tx.setTimer({ key: `${sweepTimerKind}/${cluster}`, kind: sweepTimerKind, dueAt: at, body: JSON.stringify({ cluster }) });
}

/** Handler of timers of kind `backup.sweep`. An API that does not answer is asked again, by throwing. */
export function sweepDrills(needs: ActingNeeds): (timer: DueTimer, signal: AbortSignal) => Promise<void> {
  return async (timer, signal) => {
    const { cluster } = bodyShape.parse(JSON.parse(timer.body));
    const access = needs.clusters().get(cluster);
    const namespace = needs.settings().drill?.namespace;
    const removed: string[] = [];
    let left = 0;
    if (access !== undefined && namespace !== undefined) {
      try {
        // Looked at before the note is: what is made for a drill is made after its note.
        const found = await seeLeftovers(access, namespace, signal);
        const open = await readDrill(needs.store.read);
        for (const [run, leftovers] of found) {
          if (run === open?.id) continue;
          left += leftovers.length;
          const now = removable(leftovers);
          await removeLeftovers(access, namespace, now, signal);
          removed.push(...now.map(shown));
        }
      } catch (error) {
        // Where Opsroom may not look, it has made nothing.
        if (!(error instanceof ClusterError) || error.failure !== "forbidden") throw error;
      }
    }
    await needs.store.write(async (tx) => {
      const { now } = needs.view();
      if (left > 0) await setSweep(tx, cluster, now + againMs);
      else await tx.clearTimer(timer.key);
      if (removed.length === 0) return;
      await tx.appendAudit({
        at: now,
        actor: "opsroom",
        action: "backup.drill.swept",
        subject: `${cluster} ${namespace ?? ""}`.slice(0, 64),
        room: undefined,
        eventId: undefined,
        outcome: "ok",
        detail: `deleted what an earlier drill left: ${removed.join(", ")}`.slice(0, 300),
      });
    });
  };
}
