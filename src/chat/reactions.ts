/** Reactions to Opsroom's own messages, and their being taken back, handed to whoever looks after the message. */
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { AuditEntry, Writes } from "../store/store.ts";
import type { Role } from "./roles.ts";

export interface Reaction {
  readonly event: EventId;
  readonly room: RoomId;
  readonly by: UserId;
  /** Variation selectors and skin tones taken off. */
  readonly emoji: string;
  /** Outbox key of the message reacted to. */
  readonly key: string;
  readonly at: number;
}

/** What it answers is put into the audit log, in the same transaction in which the event is finished. Slow things it leaves to a timer. */
export interface ReactionTaker {
  /** Keys of the messages that it looks after begin so. */
  readonly prefix: string;
  /** `role`: of whoever reacted; people without a role never get here. */
  readonly reacted: (tx: Writes, reaction: Reaction, role: Role) => Promise<AuditEntry | undefined>;
  /** The reaction was redacted, by whomever. */
  readonly unreacted: (tx: Writes, reaction: Reaction, by: UserId) => Promise<AuditEntry | undefined>;
  /** The message itself was redacted, by whoever may do so in the room. */
  readonly removed: (tx: Writes, key: string, room: RoomId, by: UserId) => Promise<void>;
}
