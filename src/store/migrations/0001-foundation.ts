import type { Migration } from "./migration.ts";

const nothingYet = "0".repeat(64);

export const foundation: Migration = {
  version: 1,
  name: "foundation",
  statements: (kind) => [...tables(kind), ...seeds, ...(kind === "sqlite" ? sqliteTriggers : postgresTriggers)],
};

function tables(kind: "sqlite" | "postgres"): readonly string[] {
  const int = kind === "sqlite" ? "integer" : "bigint";
  const serial = kind === "sqlite" ? "integer primary key autoincrement" : "bigint generated always as identity primary key";
  const end = kind === "sqlite" ? " strict" : "";
  return [
    `create table lease (
      id ${int} primary key check (id = 1), owner text, generation ${int} not null, expires_at ${int} not null)${end}`,
    `create table sync_position (
      id ${int} primary key check (id = 1), account text not null, homeserver text not null, token text not null)${end}`,
    `create table inbox (
      seq ${serial}, event_id text not null unique, room text not null, sender text not null, type text not null, sent_at ${int} not null,
      content text not null, late ${int} not null check (late in (0, 1)), attempts ${int} not null default 0, finished_at ${int})${end}`,
    `create index inbox_pending on inbox (seq) where finished_at is null`,
    `create index inbox_finished on inbox (finished_at) where finished_at is not null`,
    `create table outbox (
      seq ${serial}, key text not null unique, room text not null, lane ${int} not null, type text not null, content text not null,
      relation text, relation_kind text, target_key text, target_event text,
      state text not null check (state in ('waiting', 'sealed', 'sent', 'dropped')), transaction_id text not null, event_id text,
      attempts ${int} not null default 0, not_before ${int} not null, created_at ${int} not null, ended_at ${int}, reason text,
      revision ${int} not null default 0)${end}`,
    `create index outbox_unsent on outbox (room, lane, seq) where ended_at is null`,
    `create index outbox_ended on outbox (ended_at) where ended_at is not null`,
    `create index outbox_target_key on outbox (target_key) where target_key is not null`,
    `create index outbox_target_event on outbox (target_event) where target_event is not null`,
    `create table outbox_key (key text primary key, seq ${int} not null references outbox (seq) on delete cascade)${end}`,
    `create index outbox_key_seq on outbox_key (seq)`,
    `create table audit (
      seq ${int} primary key, at ${int} not null, actor text not null, action text not null, subject text not null, room text, event_id text,
      outcome text not null, detail text not null, hash text not null)${end}`,
    `create index audit_at on audit (at)`,
    `create table audit_chain (
      id ${int} primary key check (id = 1), pruned_seq ${int} not null, pruned_hash text not null, last_seq ${int} not null, last_hash text not null)${end}`,
    `create table room_successor (room text primary key, successor text not null)${end}`,
  ];
}

const seeds = [
  `insert into lease (id, owner, generation, expires_at) values (1, null, 0, 0)`,
  `insert into audit_chain (id, pruned_seq, pruned_hash, last_seq, last_hash) values (1, 0, '${nothingYet}', 0, '${nothingYet}')`,
];

// A row of the audit log goes only when the chain's anchor has moved past it, which is what pruning does first.
const sqliteTriggers = [
  `create trigger audit_unchanged before update on audit begin select raise(abort, 'the audit log is append-only'); end`,
  `create trigger audit_kept before delete on audit when old.seq > (select pruned_seq from audit_chain)
    begin select raise(abort, 'the audit log is append-only'); end`,
];
const postgresTriggers = [
  `create function audit_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and old.seq <= (select pruned_seq from audit_chain) then return old; end if;
      raise exception 'the audit log is append-only';
    end $$`,
  `create trigger audit_unchanged before update or delete on audit for each row execute function audit_append_only()`,
  `create function audit_not_truncated() returns trigger language plpgsql as $$
    begin raise exception 'the audit log is append-only'; end $$`,
  `create trigger audit_not_truncated before truncate on audit for each statement execute function audit_not_truncated()`,
];
