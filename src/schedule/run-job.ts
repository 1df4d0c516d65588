/** One run of a job: it ends by itself, at its deadline, or when this instance may no longer act. Whatever it does, it stops nothing else. */
import { duration } from "../chat/render/units.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import type { Clock } from "../clock.ts";
import { OpsroomError, asError } from "../errors.ts";
import type { Due, JobResult, Schedule } from "./schedule.ts";

const longestWords = 500;

/**
 * @param abandon aborts when the run is given up because somebody else may act
 * @returns `undefined` when it was given up. A job that does not heed its signal is left alone after its deadline.
 */
export async function runJob(schedule: Pick<Schedule, "job" | "deadlineMs">, due: Due, clock: Clock, abandon: AbortSignal): Promise<JobResult | undefined> {
  const stop = new AbortController();
  const ended = new AbortController();
  const job = (async (): Promise<JobResult> => {
    try {
      const { outcome, words } = await schedule.job(due, stop.signal);
      return { outcome, words: clip(oneLine(words), longestWords) };
    } catch (error) {
      return { outcome: "failed", words: wordsOf(error) };
    }
  })();
  const deadline = (async (): Promise<JobResult> => {
    await clock.sleep(schedule.deadlineMs, ended.signal);
    return { outcome: "failed", words: `not done after ${duration(schedule.deadlineMs)}, its deadline` };
  })();
  const given = new Promise<undefined>((resolve) => {
    if (abandon.aborted) resolve(undefined);
    abandon.addEventListener("abort", () => resolve(undefined), { once: true, signal: ended.signal });
  });
  deadline.catch(() => undefined);
  try {
    return await Promise.race([job, deadline, given]);
  } finally {
    stop.abort(new Error("there was no more time"));
    ended.abort();
  }
}

function wordsOf(thrown: unknown): string {
  const { message } = asError(thrown);
  return clip(oneLine(thrown instanceof OpsroomError ? `${message}. ${thrown.remedy}` : message), longestWords);
}
