/** What the store keeps for schedules. Part of {@link Store}. Times are milliseconds since 1970. */

export interface ScheduleRecord {
  readonly name: string;
  /** What `lastDueAt` belongs to: expression and zone. With another plan it is counted anew. */
  readonly plan: string;
  /** Every due time up to this one was fired, missed or skipped, and never fires again. */
  readonly lastDueAt: number;
  /** Of the last run, or of the one under way; `undefined` when a person started it, or nobody yet. */
  readonly dueAt: number | undefined;
  readonly byHand: boolean;
  /** How often the last run was begun: more than once when a kill interrupted it. */
  readonly attempts: number;
  /** `undefined` when it never ran. */
  readonly startedAt: number | undefined;
  /** `undefined` while it runs. */
  readonly finishedAt: number | undefined;
  readonly outcome: "ok" | "failed" | "interrupted" | undefined;
  /** How it went, one line. */
  readonly words: string;
  /** Due times that nobody was there for, since the schedule is known. */
  readonly missed: number;
  /** Due times at which the run before was still going. */
  readonly skipped: number;
  /** Grows with each change: compare and set. */
  readonly version: number;
}

export interface ScheduleReads {
  /** By name. */
  readonly schedules: () => Promise<readonly ScheduleRecord[]>;
}

export interface ScheduleWrites {
  /** As `schedules`, within the transaction. */
  readonly readSchedule: (name: string) => Promise<ScheduleRecord | undefined>;
  /** `false`, and nothing written, when `expected` is not the version in the store (0: not there yet). The record's version becomes `expected + 1`. */
  readonly saveSchedule: (record: Omit<ScheduleRecord, "version">, expected: number) => Promise<boolean>;
  readonly deleteSchedule: (name: string) => Promise<void>;
}
