import type { Migration } from "./migration.ts";

export const encryption: Migration = {
  version: 6,
  name: "encryption",
  statements: (kind) => {
    const int = kind === "sqlite" ? "integer" : "bigint";
    const end = kind === "sqlite" ? " strict" : "";
    return [
      `create table room_encryption (
        room text primary key, algorithm text not null, rotate_after_ms ${int}, rotate_after_messages ${int}, learnt_at ${int} not null)${end}`,
      `create table crypto_device (
        id ${int} primary key check (id = 1), user_id text not null, device text not null, ed25519 text not null)${end}`,
      `create table heard_message (
        session text not null, message_index ${int} not null, event_id text not null, at ${int} not null, primary key (session, message_index))${end}`,
      `create index heard_message_at on heard_message (at)`,
      `alter table inbox add column waits_for text`,
      `create index inbox_waiting on inbox (room, waits_for) where waits_for is not null`,
      `drop index inbox_pending`,
      `create index inbox_pending on inbox (seq) where finished_at is null and waits_for is null`,
    ];
  },
};
