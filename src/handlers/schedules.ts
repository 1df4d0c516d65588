/** `!schedules [NAME]`, `!schedules run NAME`: what runs when, when it last did and how that went. */
import * as z from "zod";
import { defineCommand } from "../chat/command.ts";
import { nearest } from "../chat/nearest.ts";
import { mayAct } from "../chat/roles.ts";
import type { Clock } from "../clock.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import { render, type SchedulesAnswer } from "./schedules.render.ts";

/** All that this command may do to the world. */
export interface SchedulesNeeds {
  /** `undefined` while this instance does not act. */
  readonly scheduler: () => Pick<Scheduler, "states" | "startByHand"> | undefined;
  readonly clock: Pick<Clock, "sleep">;
}

/** What takes longer goes on; the answer does not wait for it. */
const patienceMs = 60_000;

export const schedules = defineCommand({
  name: "schedules",
  summary: "What runs when, when it last did and how that went",
  examples: ["!schedules", "!schedules backup-check", "!schedules run backup-check"],
  role: "viewer",
  args: z.object({
    what: z.string().max(63).optional().describe("a schedule's name, or `run`"),
    name: z.string().max(63).optional().describe("after `run`: which one to run now; needs the role operator"),
  }),
  positional: ["what", "name"],
  deadlineMs: 90_000,
  run: async ({ what, name }, { scheduler, clock }: SchedulesNeeds, { role, signal }): Promise<SchedulesAnswer> => {
    const acting = scheduler();
    if (acting === undefined) return { kind: "none" };
    if (what === "run" && !mayAct(role, "operator")) return { kind: "refused" };
    const states = await acting.states();
    const names = states.map(({ schedule }) => schedule.name);
    const wanted = what === "run" ? name : what;
    if (what !== undefined && (wanted === undefined || !names.includes(wanted)))
      return { kind: "unknown", name: wanted, meant: wanted === undefined ? undefined : nearest(wanted, names), names };
    if (what !== "run" || wanted === undefined)
      return { kind: "list", states: wanted === undefined ? states : states.filter(({ schedule }) => schedule.name === wanted) };

    const begun = await acting.startByHand(wanted);
    if (begun.kind === "running") return { kind: "running", name: wanted };
    if (begun.kind !== "started") return { kind: "none" };
    const done = new AbortController();
    const patience = clock.sleep(patienceMs, AbortSignal.any([done.signal, signal])).then(
      () => "goes on" as const,
      () => "goes on" as const,
    );
    const result = await Promise.race([begun.ended, patience]);
    done.abort();
    if (result === "goes on") return { kind: "goes on", name: wanted };
    return result === undefined ? { kind: "given up", name: wanted } : { kind: "ran", name: wanted, result };
  },
  render,
});
