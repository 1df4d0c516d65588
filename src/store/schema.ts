/** The tables as Kysely sees them; `migrations/` makes them. Times are milliseconds since 1970, JSON is kept as text, byte for byte. */
import type { Generated } from "kysely";
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { Relation } from "../relation.ts";
import type { AlertTables } from "./schema-alerts.ts";
import type { EncryptionTables } from "./schema-encryption.ts";
import type { ScheduleTable } from "./schema-schedules.ts";
import type { AuditEntry, OutboxState } from "./store.ts";

/** One row. `owner` is null when the lease is free. */
interface LeaseTable {
  id: 1;
  owner: string | null;
  generation: number;
  expires_at: number;
}

/** At most one row. */
interface SyncPositionTable {
  id: 1;
  account: UserId;
  homeserver: string;
  token: string;
}

export interface InboxTable {
  seq: Generated<number>;
  event_id: EventId;
  room: RoomId;
  sender: UserId;
  type: string;
  sent_at: number;
  /** Emptied when the event is finished: only its id is still of use. */
  content: string;
  late: 0 | 1;
  attempts: Generated<number>;
  finished_at: number | null;
  /** Session whose key it waits for; such an event is not pending. */
  waits_for: Generated<string | null>;
}

export interface OutboxTable {
  seq: Generated<number>;
  key: string;
  room: RoomId;
  /** Position in `lanes`: the smaller goes first. */
  lane: number;
  type: string;
  content: string;
  relation: string | null;
  relation_kind: Relation["kind"] | null;
  /** What `relation` hangs on, for looking up: a key of this table, or an event. */
  target_key: string | null;
  target_event: EventId | null;
  state: OutboxState;
  transaction_id: string;
  event_id: EventId | null;
  attempts: Generated<number>;
  not_before: number;
  created_at: number;
  /** When it was sent or dropped; null until then. */
  ended_at: number | null;
  reason: string | null;
  revision: Generated<number>;
}

/** Every key ever queued and the message that stands for it: an edit that was folded into another message has no row of its own. */
interface OutboxKeyTable {
  key: string;
  seq: number;
}

export interface AuditTable {
  seq: number;
  at: number;
  actor: string;
  action: string;
  subject: string;
  room: RoomId | null;
  event_id: EventId | null;
  outcome: AuditEntry["outcome"];
  detail: string;
  hash: string;
}

/** One row: where the audit log's kept part begins (after what was pruned) and where it ends. */
interface AuditChainTable {
  id: 1;
  pruned_seq: number;
  pruned_hash: string;
  last_seq: number;
  last_hash: string;
}

interface RoomSuccessorTable {
  room: RoomId;
  successor: RoomId;
}

interface SchemaVersionTable {
  version: number;
  name: string;
  applied_at: number;
}

export interface Tables extends AlertTables, EncryptionTables {
  lease: LeaseTable;
  sync_position: SyncPositionTable;
  inbox: InboxTable;
  outbox: OutboxTable;
  outbox_key: OutboxKeyTable;
  audit: AuditTable;
  audit_chain: AuditChainTable;
  room_successor: RoomSuccessorTable;
  schedule: ScheduleTable;
  schema_version: SchemaVersionTable;
}
