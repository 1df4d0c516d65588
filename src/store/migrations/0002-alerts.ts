import type { Migration } from "./migration.ts";

export const alerts: Migration = {
  version: 2,
  name: "alerts",
  statements: (kind) => {
    const int = kind === "sqlite" ? "integer" : "bigint";
    const serial = kind === "sqlite" ? "integer primary key autoincrement" : "bigint generated always as identity primary key";
    const end = kind === "sqlite" ? " strict" : "";
    // Ranges of keys go by code points, whatever language the database was made for.
    const byCodePoint = kind === "sqlite" ? "" : ` collate "C"`;
    return [
      `create table alert_delivery (
        seq ${serial}, key text not null, sender text not null, group_id text not null, received_at ${int} not null, body text not null,
        done_at ${int})${end}`,
      `create index alert_delivery_key on alert_delivery (key, seq)`,
      `create index alert_delivery_group on alert_delivery (group_id, seq)`,
      `create index alert_delivery_pending on alert_delivery (seq) where done_at is null`,
      `create index alert_delivery_done on alert_delivery (done_at) where done_at is not null`,
      `create table alert_sender (
        group_id text not null, sender text not null, last_seq ${int} not null, heard_at ${int} not null, primary key (group_id, sender))${end}`,
      `create index alert_sender_heard on alert_sender (heard_at)`,
      `create table alert_dead_letter (
        seq ${serial}, at ${int} not null, source text not null, receiver text not null, why text not null, sample text not null)${end}`,
      `create table alert_group (
        id text primary key, source text not null, status text not null check (status in ('firing', 'resolved')), updated_at ${int} not null,
        body text not null)${end}`,
      `create index alert_group_status on alert_group (status, updated_at)`,
      `create table timer (
        key text primary key, kind text not null, due_at ${int} not null, body text not null, attempts ${int} not null default 0)${end}`,
      `create index timer_due on timer (due_at)`,
      `create table prompt (
        id text primary key, room text not null, status text not null check (status in ('open', 'answered', 'used', 'expired', 'withdrawn')),
        code text not null, deadline_at ${int} not null, version ${int} not null, body text not null)${end}`,
      `create unique index prompt_open_code on prompt (code) where status = 'open'`,
      `create index prompt_status on prompt (status, deadline_at)`,
      `create table note (
        kind text not null, name text not null, updated_at ${int} not null, body text not null, primary key (kind, name))${end}`,
      `create index note_newest on note (kind, updated_at)`,
      `create table room_activity (room text primary key, messages ${int} not null)${end}`,
      `create index outbox_event on outbox (event_id) where event_id is not null`,
      `create index outbox_waiting on outbox (key${byCodePoint}) where state = 'waiting'`,
    ];
  },
};
