/** Everything that begins backups and drills, and looks after them to their end. */
import type { Asker } from "../../chat/command.ts";
import type { ReactionTaker } from "../../chat/reactions.ts";
import type { RoomId } from "../../ids.ts";
import type { DueTimer } from "../../store/alert-store.ts";
import type { DrillAnswer, RunAnswer } from "../answers.ts";
import { askForDrill, drillAnswered, drillUnasked } from "../drill/begin.ts";
import { driveDrill } from "../drill/drive.ts";
import { drillKey, drillTimerKind, readDrill } from "../drill/record.ts";
import { drillStopper } from "../drill/stop.ts";
import { setSweep, sweepDrills, sweepTimerKind } from "../drill/sweep.ts";
import { beginRun } from "../run/begin.ts";
import { followRun } from "../run/follow.ts";
import { allRuns, runKey, runNoteKind, runTimerKind } from "../run/record.ts";
import type { ActingNeeds } from "./needs.ts";

export interface BackupActing {
  readonly run: (name: string | undefined, asker: Asker) => Promise<RunAnswer>;
  /** @param at milliseconds since 1970 */
  readonly drill: (name: string | undefined, at: number | undefined, asker: Asker) => Promise<DrillAnswer>;
  /** For the schedule: nobody is asked. @param cause the same again is the same drill */
  readonly drillUnasked: (cause: string, name: string | undefined, room: RoomId, signal: AbortSignal) => Promise<DrillAnswer>;
  readonly handlers: Readonly<Record<string, (timer: DueTimer, signal: AbortSignal) => Promise<void>>>;
  readonly takers: readonly ReactionTaker[];
  /** Has leftovers of earlier drills looked for, and forgets old runs. Asks nothing of a cluster by itself. */
  readonly atStart: () => Promise<void>;
}

const keepRunsMs = 7 * 86_400_000;

export function prepareBackupActing(needs: ActingNeeds): BackupActing {
  return {
    run: (name, asker) => beginRun(name, asker, needs),
    drill: (name, at, asker) => askForDrill(name, at, asker, needs),
    drillUnasked: (cause, name, room, signal) => drillUnasked(cause, name, room, needs, signal),
    handlers: {
      [runTimerKind]: followRun(needs),
      [drillTimerKind]: driveDrill(needs),
      [sweepTimerKind]: sweepDrills(needs),
      "answered.drill": drillAnswered(needs),
    },
    takers: [drillStopper(needs)],
    atStart: async () => {
      const runs = await allRuns(needs.store.read);
      const open = await readDrill(needs.store.read);
      await needs.store.write(async (tx) => {
        const { now } = needs.view();
        for (const run of runs) {
          if (run.step === "ended") {
            if (now - run.askedAt > keepRunsMs) await tx.deleteNote(runNoteKind, run.id);
          } else await tx.setTimer({ key: runKey(run.id), kind: runTimerKind, dueAt: now, body: JSON.stringify({ id: run.id }) });
        }
        if (open !== undefined) await tx.setTimer({ key: drillKey(open.id), kind: drillTimerKind, dueAt: now, body: "{}" });
        if (needs.settings().drill !== undefined) for (const cluster of needs.clusters().keys()) await setSweep(tx, cluster, now);
      });
      needs.wakeTimers();
    },
  };
}
