/**
 * What Opsroom remembers. One interface, two databases (SQLite by default, PostgreSQL), one contract suite.
 *
 * Every change goes through {@link Store.write}: one transaction, fenced by the lease's generation, so that an instance
 * whose lease was taken over can write nothing ({@link LeaseLost} in `src/store/errors.ts`).
 */
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { Relation } from "../relation.ts";
import type { AlertReads, AlertWrites, OpenWrites } from "./alert-store.ts";
import type { EncryptionReads, EncryptionWrites } from "./encryption-store.ts";
import type { ScheduleReads, ScheduleWrites } from "./schedule-store.ts";

export interface Store extends AsyncDisposable, OpenWrites {
  readonly kind: "sqlite" | "postgres";
  readonly lease: Lease;
  readonly read: Reads;
  /**
   * Runs `change` in one transaction under the lease. All of it is committed or none of it.
   * @param how `durable: false` does not wait for the disk: for what is found out again when a power cut undoes it, together with all that came after it
   * @throws LeaseLost, StoreUnavailable
   */
  readonly write: <T>(change: (tx: Writes) => Promise<T>, how?: { readonly durable: boolean }) => Promise<T>;
  /** Whether the database answers now; the reason when not. Never throws. */
  readonly healthy: () => Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
}

/** Only one instance acts. The generation grows at each take-over and fences every write. */
export interface Lease {
  /** Takes a free or expired lease, or answers `undefined` while another instance holds it. Times by the database's clock. */
  readonly acquire: (owner: string, ttlMs: number) => Promise<number | undefined>;
  /** Extends it. `false` when it has been lost. */
  readonly renew: (ttlMs: number) => Promise<boolean>;
  readonly release: () => Promise<void>;
}

// ── inbox ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An event of a room that Opsroom must deal with once: a message, a reaction, a redaction. */
export interface InboxEvent {
  readonly eventId: EventId;
  readonly room: RoomId;
  readonly sender: UserId;
  /** `m.room.message`, `m.reaction`, `m.room.redaction`, `m.room.encrypted` */
  readonly type: string;
  /** The homeserver's `origin_server_ts`, milliseconds since 1970. */
  readonly sentAt: number;
  readonly content: Readonly<Record<string, unknown>>;
  /** Came by reading back a gap or by the first sync after an absence. */
  readonly late: boolean;
}

export interface PendingEvent extends InboxEvent {
  /** Order of arrival. */
  readonly seq: number;
  /** How often it was begun before: more than 0 means that a process died or failed over it. */
  readonly attempts: number;
}

// ── outbox ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Who goes first when the homeserver limits us. */
export const lanes = ["prompt", "critical", "answer", "rest"] as const;
export type Lane = (typeof lanes)[number];

export interface OutgoingMessage {
  /** Our own name for it, made from what caused it: adding the same key again does nothing. */
  readonly key: string;
  readonly room: RoomId;
  readonly lane: Lane;
  /** Event type; `m.room.message` for most. */
  readonly type: string;
  /** Content without `m.relates_to`, which is filled in when the target's event id is known. Empty for reactions and redactions. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly relation?: Relation;
}

/**
 * `waiting`: may still be changed or collapsed. `sealed`: what is stored is what is sent, under this transaction id,
 * and nothing changes it any more. `sent`: the homeserver gave it `eventId`. `dropped`: refused for good, with the reason.
 */
export type OutboxState = "waiting" | "sealed" | "sent" | "dropped";

export interface OutboxRow extends OutgoingMessage {
  readonly seq: number;
  readonly state: OutboxState;
  readonly transactionId: string;
  readonly eventId: EventId | undefined;
  readonly attempts: number;
  /** Not before this time, milliseconds since 1970. */
  readonly notBefore: number;
  readonly createdAt: number;
  /** Grows whenever an edit changes what waits here. {@link Writes.seal} takes it, so that no edit is lost between reading and sealing. */
  readonly revision: number;
}

export interface OutboxDepth {
  readonly waiting: number;
  /** Of the oldest unsent message, milliseconds since 1970. */
  readonly oldestAt: number | undefined;
}

// ── audit ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** MXID, or `opsroom` for what it does by itself. */
  readonly actor: string;
  /** `command`, `refused`, `room.joined`, … */
  readonly action: string;
  /** What it was about: the command's name, a homeserver, a run. */
  readonly subject: string;
  readonly room: RoomId | undefined;
  readonly eventId: EventId | undefined;
  readonly outcome: "ok" | "refused" | "failed";
  /** One line; secrets never get here. */
  readonly detail: string;
}

export interface AuditRow extends AuditEntry {
  readonly seq: number;
  /** SHA-256 over the row before it and this row, hex. */
  readonly hash: string;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly subject?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly limit: number;
}

export type AuditVerdict = { readonly ok: true; readonly rows: number } | { readonly ok: false; readonly seq: number; readonly why: string };

// ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where the sync loop stands. Belongs to one account on one homeserver: another account starts anew. */
export interface SyncPosition {
  readonly account: UserId;
  /** The homeserver's base URL. */
  readonly homeserver: string;
  readonly token: string;
}

export interface Reads extends AlertReads, ScheduleReads, EncryptionReads {
  readonly syncPosition: () => Promise<SyncPosition | undefined>;
  /** Events not yet finished that wait for no key, in order of arrival, those of every room; at most `limit`, starting after `afterSeq`. */
  readonly pendingEvents: (limit: number, afterSeq?: number) => Promise<readonly PendingEvent[]>;
  /** Which of these events have been accepted before (finished or not). */
  readonly knownEvents: (events: readonly EventId[]) => Promise<ReadonlySet<EventId>>;
  /**
   * Unsent messages that could go now: per room the oldest by lane; targets that are unsent hold back what hangs on them.
   * `urgentOnly` leaves out the lane `rest`, but not what of it was begun; `except` whole rooms.
   */
  readonly sendable: (
    now: number,
    limit: number,
    which?: { readonly urgentOnly: boolean; readonly except: readonly RoomId[] },
  ) => Promise<readonly OutboxRow[]>;
  /** The message that stands for `key`: for an edit that was folded into another, that other one. */
  readonly outboxMessage: (key: string) => Promise<OutboxRow | undefined>;
  readonly outboxDepth: () => Promise<OutboxDepth>;
  readonly audit: (filter: AuditFilter) => Promise<readonly AuditRow[]>;
  readonly verifyAudit: () => Promise<AuditVerdict>;
  /** Room that replaced this one (tombstone), followed to the end of the chain. */
  readonly successorOf: (room: RoomId) => Promise<RoomId | undefined>;
}

export interface Writes extends AlertWrites, ScheduleWrites, EncryptionWrites {
  /** Adds events not seen before. Answers those that were new. */
  readonly acceptEvents: (events: readonly InboxEvent[]) => Promise<readonly EventId[]>;
  readonly saveSyncPosition: (position: SyncPosition) => Promise<void>;
  /** Counts an attempt at handling it. */
  readonly beginEvent: (event: EventId) => Promise<void>;
  readonly finishEvent: (event: EventId) => Promise<void>;
  /**
   * Queues a message. An edit whose target is still `waiting` replaces the target's content; an edit that waits is replaced by a newer one of the same target.
   * What hangs on a message that was dropped is dropped at once. What hangs on a key that is not known (pruned; queue a target before what hangs on it)
   * waits for nothing: the sender finds no target for it.
   * @throws OutboxFull when more than the configured number wait
   */
  readonly enqueue: (message: OutgoingMessage, now: number) => Promise<void>;
  /**
   * Fixes content (relation filled in) and transaction id. From here nothing changes it, except {@link encryptSealed}.
   * @param revision of the row that `content` was made from; `false` when an edit has changed it since: read the row again
   * @param type another event type than the one queued: of what was encrypted
   */
  readonly seal: (seq: number, content: Readonly<Record<string, unknown>>, revision?: number, type?: string) => Promise<boolean>;
  /** A message sealed in clear, whose room was encrypted since, is sent encrypted, under the same transaction id: where it got through before, it stays that event. */
  readonly encryptSealed: (seq: number, content: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly markSent: (seq: number, eventId: EventId, now: number) => Promise<void>;
  /** Refused for good; what hangs on it is dropped too. */
  readonly markDropped: (seq: number, reason: string, now: number) => Promise<void>;
  /** After a try that failed, which it counts. A sealed message holds its room up until then, one that waits does not. */
  readonly postpone: (seq: number, until: number) => Promise<void>;
  readonly appendAudit: (entry: AuditEntry) => Promise<void>;
  readonly saveSuccessor: (room: RoomId, successor: RoomId) => Promise<void>;
  /**
   * Applies the retention rules: finished events, sent messages, old audit rows (an anchor keeps the chain verifiable), and with the messages the
   * groups that ended, with the audit log the prompts that are over. `deliveries`: finished ones, as `events` when it is left out. Answers how many rows went.
   */
  readonly prune: (before: { readonly events: number; readonly messages: number; readonly audit: number; readonly deliveries?: number }) => Promise<number>;
}
