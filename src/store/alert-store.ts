/** What the store keeps for alerts, prompts and things to be done at a time. Part of {@link Store}; bodies are JSON, as text. */
import type { EventId, RoomId } from "../ids.ts";
import type { OutboxRow } from "./store.ts";

/** A webhook call that was answered 2xx: it must not be lost. */
export interface DeliveryRecord {
  /** SHA-256 over what it says: copies from a second Alertmanager and retries have the same. */
  readonly key: string;
  /** Who sent it (address and external URL): tells a copy from a repetition. */
  readonly sender: string;
  readonly group: string;
  readonly receivedAt: number;
  /** JSON of `Delivery`. */
  readonly body: string;
}

export interface PendingDelivery extends DeliveryRecord {
  readonly seq: number;
}

export interface DeadLetter {
  readonly at: number;
  readonly source: string;
  readonly receiver: string;
  readonly why: string;
  /** The first 2,000 characters of the body. */
  readonly sample: string;
}

export interface GroupRecord {
  readonly id: string;
  readonly source: string;
  readonly status: "firing" | "resolved";
  readonly updatedAt: number;
  /** JSON of `AlertGroup`. */
  readonly body: string;
}

/** Something to be done at a time, also after a restart. The same key again replaces it. */
export interface Timer {
  readonly key: string;
  /** Which handler: `escalate`, `prompt`, `watchdog`, … */
  readonly kind: string;
  readonly dueAt: number;
  readonly body: string;
}

export interface DueTimer extends Timer {
  /** How often it was begun before. */
  readonly attempts: number;
}

export interface PromptRecord {
  readonly id: string;
  readonly room: RoomId;
  /** `open` until it is answered, too late or withdrawn; `used` once what it allowed was done. */
  readonly status: "open" | "answered" | "used" | "expired" | "withdrawn";
  /** What is typed to answer it; unique among the open ones. */
  readonly code: string;
  readonly deadlineAt: number;
  /** Grows with each change: compare and set. */
  readonly version: number;
  readonly body: string;
}

/** A small thing a feature remembers, by kind and name. */
export interface Note {
  readonly kind: string;
  readonly name: string;
  readonly updatedAt: number;
  readonly body: string;
}

export interface AlertReads {
  /** Groups with deliveries not yet worked off, by the oldest of these. */
  readonly pendingGroups: (limit: number) => Promise<readonly string[]>;
  /** Deliveries not yet worked off, oldest first. @param group of this one only */
  readonly pendingDeliveries: (limit: number, group?: string) => Promise<readonly PendingDelivery[]>;
  readonly deliveryDepth: () => Promise<{ readonly waiting: number; readonly oldestAt: number | undefined; readonly deadLetters: number }>;
  /** Newest first. */
  readonly deadLetters: (limit: number) => Promise<readonly DeadLetter[]>;
  readonly group: (id: string) => Promise<GroupRecord | undefined>;
  /** Newest first. */
  readonly groups: (filter: {
    readonly status?: GroupRecord["status"];
    readonly notHeardSince?: number;
    readonly limit: number;
  }) => Promise<readonly GroupRecord[]>;
  readonly countGroups: (status: GroupRecord["status"]) => Promise<number>;
  readonly dueTimers: (now: number, limit: number) => Promise<readonly DueTimer[]>;
  /** When the next one is due, milliseconds since 1970. */
  readonly nextTimerAt: () => Promise<number | undefined>;
  readonly prompt: (id: string) => Promise<PromptRecord | undefined>;
  readonly promptByCode: (code: string) => Promise<PromptRecord | undefined>;
  /** By deadline, the nearest first. */
  readonly openPrompts: (limit: number) => Promise<readonly PromptRecord[]>;
  readonly note: (kind: string, name: string) => Promise<Note | undefined>;
  /** Newest first. */
  readonly notes: (kind: string, limit: number) => Promise<readonly Note[]>;
  /** Messages counted in a room so far. */
  readonly messagesIn: (room: RoomId) => Promise<number>;
  /** The message of ours that became this event. */
  readonly outboxByEvent: (event: EventId) => Promise<OutboxRow | undefined>;
  /** Messages (not edits, reactions, redactions) that still wait, whose key begins so; oldest first. */
  readonly waitingMessages: (keyPrefix: string, limit: number) => Promise<readonly OutboxRow[]>;
}

export interface AlertWrites {
  /** As the reads of the same names, within the transaction. */
  readonly readGroup: (id: string) => Promise<GroupRecord | undefined>;
  readonly readPrompt: (id: string) => Promise<PromptRecord | undefined>;
  readonly readNote: (kind: string, name: string) => Promise<Note | undefined>;
  readonly readOutbox: (key: string) => Promise<OutboxRow | undefined>;
  /** Their bodies are emptied; what is needed to know copies stays until it is pruned. */
  readonly finishDeliveries: (seqs: readonly number[], now: number) => Promise<void>;
  readonly saveGroup: (group: GroupRecord) => Promise<void>;
  readonly deleteGroup: (id: string) => Promise<void>;
  readonly setTimer: (timer: Timer) => Promise<void>;
  readonly clearTimer: (key: string) => Promise<void>;
  /** Counts an attempt and moves it. */
  readonly postponeTimer: (key: string, until: number) => Promise<void>;
  /** `false`, and nothing written, when `expected` is not the version in the store (0: not there yet). The record's version becomes `expected + 1`. */
  readonly savePrompt: (prompt: Omit<PromptRecord, "version">, expected: number) => Promise<boolean>;
  readonly saveNote: (note: Note) => Promise<void>;
  readonly deleteNote: (kind: string, name: string) => Promise<void>;
  readonly countMessages: (room: RoomId, more: number) => Promise<void>;
  /**
   * Takes a message back that still waits, and all that hangs on it: it is dropped with the reason. `false` when it does not wait (any more),
   * or is an edit that was folded into another message. Its key is used up: queuing it again does nothing.
   */
  readonly withdraw: (key: string, reason: string, now: number) => Promise<boolean>;
}

/** What any instance may write, with the lease or without: adding what others worked off by key is safe for all. */
export interface OpenWrites {
  /**
   * Keeps deliveries, durably, all in one transaction. A key that still waits, or that another sender brought within `copyWindowMs`
   * (and this one not), is a copy and not kept again; going back to what a group said before is none (`delivery-copies.ts`).
   * Answers how many were new. @throws StoreUnavailable; DeliveriesFull, with nothing kept, when more than `limit` would wait
   */
  readonly acceptDeliveries: (deliveries: readonly DeliveryRecord[], options: { readonly copyWindowMs: number; readonly limit: number }) => Promise<number>;
  /** Keeps the newest 1,000. */
  readonly saveDeadLetter: (letter: DeadLetter) => Promise<void>;
}
