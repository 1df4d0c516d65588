import type { Migration } from "./migration.ts";

export const schedules: Migration = {
  version: 4,
  name: "schedules",
  statements: (kind) => {
    const int = kind === "sqlite" ? "integer" : "bigint";
    const end = kind === "sqlite" ? " strict" : "";
    return [
      `create table schedule (
        name text primary key, plan text not null, last_due_at ${int} not null, due_at ${int}, by_hand ${int} not null check (by_hand in (0, 1)),
        attempts ${int} not null, started_at ${int}, finished_at ${int}, outcome text check (outcome in ('ok', 'failed', 'interrupted')),
        words text not null, missed ${int} not null, skipped ${int} not null, version ${int} not null)${end}`,
    ];
  },
};
