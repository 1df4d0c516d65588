/**
 * Words: a schedule is *due* at the times its cron expression names in its zone; a due time is *fired* (its job is run), *made up*
 * (fired late, because nobody was there), *missed* (told, not run) or *skipped* (the run before was still going).
 */

export interface Schedule {
  /** Short: people type it. */
  readonly name: string;
  /** What it does, one line. */
  readonly describe: string;
  /** Five fields, or six with seconds in front. */
  readonly cron: string;
  /** IANA name, `Europe/Moscow`. */
  readonly timeZone: string;
  /** The newest of the due times that were missed is made up if it is no older than this. */
  readonly makeUpWithinMs: number;
  /** Started up to so much later, by chance, so that not everything begins at once; never later than the next due time. */
  readonly jitterMs: number;
  /** The job's signal aborts after this, and it counts as failed. */
  readonly deadlineMs: number;
  /** When not, nothing is due; it can be run by hand all the same. */
  readonly enabled: boolean;
  /** Whether the job may be run again for the same due time when a kill interrupted it. By default it may. */
  readonly repeatable?: boolean;
  readonly job: Job;
}

export type Job = (due: Due, signal: AbortSignal) => Promise<JobResult>;

export interface Due {
  /** The due time, milliseconds since 1970; by hand, the time of asking. */
  readonly at: number;
  /** Made up, or run again after a kill. */
  readonly late: boolean;
  readonly byHand: boolean;
}

export interface JobResult {
  readonly outcome: "ok" | "failed";
  /** One line for the room. */
  readonly words: string;
}
