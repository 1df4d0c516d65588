/** One room: its events in order, its state now and at any earlier position, and what relates to what. */
import { membershipOf, relationOf, stateSlot, type StoredEvent } from "./event.ts";
import type { RoomState } from "./power.ts";
import type { RoomVersion } from "./room-version.ts";

export class Room implements RoomState {
  readonly id: string;
  readonly version: RoomVersion;
  /** Oldest first. */
  readonly timeline: StoredEvent[] = [];
  readonly forgottenBy = new Set<string>();
  readonly #byId = new Map<string, StoredEvent>();
  readonly #history = new Map<string, StoredEvent[]>();
  readonly #redactions = new Map<string, StoredEvent>();
  readonly #related = new Map<string, StoredEvent[]>();

  constructor(id: string, version: RoomVersion) {
    this.id = id;
    this.version = version;
  }

  /** Takes an event that was authorised, or one read back from the journal. */
  add(event: StoredEvent): void {
    this.timeline.push(event);
    this.#byId.set(event.eventId, event);
    if (event.stateKey !== undefined) append(this.#history, stateSlot(event.type, event.stateKey), event);
    const relation = relationOf(event.content);
    if (relation !== undefined) append(this.#related, relation.parent, event);
    const redacts = event.type === "m.room.redaction" ? event.content["redacts"] : undefined;
    if (typeof redacts === "string" && !this.#redactions.has(redacts)) this.#redactions.set(redacts, event);
    if (membershipOf(event) === "join" && event.stateKey !== undefined) this.forgottenBy.delete(event.stateKey);
  }

  event(id: string): StoredEvent | undefined {
    return this.#byId.get(id);
  }

  state(type: string, stateKey: string): StoredEvent | undefined {
    return this.#history.get(stateSlot(type, stateKey))?.at(-1);
  }

  /** All state events that stood at `position`, in the order they came. */
  stateAt(position = Number.POSITIVE_INFINITY): Map<string, StoredEvent> {
    const found = [...this.#history].flatMap(([slot, events]) => {
      const event = events.findLast((each) => each.position <= position);
      return event === undefined ? [] : [[slot, event] as const];
    });
    return new Map(found.toSorted(([, a], [, b]) => a.position - b.position));
  }

  membership(user: string, position = Number.POSITIVE_INFINITY): string | undefined {
    return membershipOf(this.memberEvent(user, position));
  }

  memberEvent(user: string, position = Number.POSITIVE_INFINITY): StoredEvent | undefined {
    return this.#history.get(stateSlot("m.room.member", user))?.findLast((each) => each.position <= position);
  }

  /** Member events of `user` after `since`, oldest first. */
  memberEventsSince(user: string, since: number): readonly StoredEvent[] {
    return (this.#history.get(stateSlot("m.room.member", user)) ?? []).filter((each) => each.position > since);
  }

  members(membership: string): readonly StoredEvent[] {
    return [...this.stateAt().values()].filter((event) => membershipOf(event) === membership);
  }

  redactionOf(id: string): StoredEvent | undefined {
    return this.#redactions.get(id);
  }

  /** Events that relate to `parent` and were not redacted, oldest first. */
  related(parent: string): readonly StoredEvent[] {
    return (this.#related.get(parent) ?? []).filter((event) => !this.#redactions.has(event.eventId));
  }

  /** Index of the first event after `position`. */
  indexAfter(position: number): number {
    let low = 0;
    let high = this.timeline.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.timeline[middle]?.position ?? Number.POSITIVE_INFINITY) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function append(into: Map<string, StoredEvent[]>, key: string, event: StoredEvent): void {
  const list = into.get(key);
  if (list === undefined) into.set(key, [event]);
  else list.push(event);
}
