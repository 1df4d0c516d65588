/** The table of schedules, as Kysely sees it. */
import type { ScheduleRecord } from "./schedule-store.ts";

export interface ScheduleTable {
  name: string;
  plan: string;
  last_due_at: number;
  due_at: number | null;
  by_hand: 0 | 1;
  attempts: number;
  started_at: number | null;
  finished_at: number | null;
  outcome: NonNullable<ScheduleRecord["outcome"]> | null;
  words: string;
  missed: number;
  skipped: number;
  version: number;
}
