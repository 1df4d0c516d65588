/** An event as the embedded homeserver keeps it, and as a client sees it. */

export type Json = Readonly<Record<string, unknown>>;

export interface StoredEvent {
  readonly eventId: string;
  readonly roomId: string;
  readonly type: string;
  readonly sender: string;
  readonly content: Json;
  /** Not there: not a state event. */
  readonly stateKey?: string | undefined;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** Where it stands in the server's one stream of everything that happened. */
  readonly position: number;
  /** The state event that stood here before. */
  readonly replaces?: string | undefined;
  /** The device and transaction id it was sent with, which only that device is told. */
  readonly sentWith?: { readonly device: string; readonly transaction: string } | undefined;
}

export type Relation = { readonly type: string; readonly parent: string; readonly key: string | undefined };

/** What `m.relates_to` names, `undefined` when the event relates to nothing. A plain reply is no relation. */
export function relationOf(content: Json): Relation | undefined {
  const relates = content["m.relates_to"];
  if (!isJson(relates)) return undefined;
  const { rel_type: type, event_id: parent, key } = relates;
  if (typeof type !== "string" || typeof parent !== "string") return undefined;
  return { type, parent, key: typeof key === "string" ? key : undefined };
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The membership that a member event sets; `undefined` for any other event. */
export function membershipOf(event: StoredEvent | undefined): string | undefined {
  if (event?.type !== "m.room.member") return undefined;
  const { membership } = event.content;
  return typeof membership === "string" ? membership : undefined;
}

/** Where a piece of state lives: type and state key. */
export const stateSlot = (type: string, stateKey: string): string => `${type}\u0000${stateKey}`;

const pduOverheadBytes = 492;

/**
 * Bytes of the event as servers exchange it, which is what the limit of 65,536 applies to: the content and the fields around it,
 * with three authorising events, one previous event, a hash and a signature. Measured against Synapse 1.163.
 */
export function pduBytes(event: Pick<StoredEvent, "content" | "roomId" | "sender" | "stateKey" | "type">, serverName: string): number {
  const fields = [event.roomId, event.sender, event.type, event.stateKey ?? "", serverName].join("");
  return Buffer.byteLength(JSON.stringify(event.content)) + Buffer.byteLength(fields) + pduOverheadBytes;
}
