/** A group of alerts as Opsroom remembers it. Kept as JSON in the store; nothing in it is a class, a date or `undefined`-sensitive. */
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { Alert, Labels } from "./delivery.ts";
import type { Severity } from "./severity.ts";

export interface AlertGroup {
  /** 16 hexadecimal digits, made from source, receiver and group key. */
  readonly id: string;
  readonly source: string;
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly routeLabels: Labels;
  readonly externalUrl: string | undefined;
  /** By fingerprint. Those that ended are kept until the group ends, newest 500 at most; firing ones 2,000 at most (more are counted in `truncated`). */
  readonly alerts: Readonly<Record<string, Alert>>;
  readonly truncated: number;
  readonly status: "firing" | "resolved";
  /** The worst of what fires; of what fired last once all has ended. */
  readonly severity: Severity;
  /** The worst since it began: getting worse is measured against it. */
  readonly worst: Severity;
  /** 1 for the first time it fired; grows each time it fires again after it had ended. */
  readonly episode: number;
  /** When the present episode began (the earliest `startsAt`, or when we heard of it), milliseconds since 1970. */
  readonly beganAt: number;
  readonly endedAt: number | undefined;
  /** When we first heard of the present episode. */
  readonly heardAt: number;
  /** When we last heard of it at all. */
  readonly updatedAt: number;
  readonly acknowledged: Acknowledgement | undefined;
  readonly silence: GroupSilence | undefined;
  /** Its message in each room it is shown in. */
  readonly rooms: Readonly<Record<RoomId, Presence>>;
}

export interface Acknowledgement {
  readonly by: UserId;
  readonly at: number;
  /** The 👀 that says it; taken back with it. */
  readonly reaction: EventId | undefined;
}

export interface GroupSilence {
  /** Alertmanager's id. */
  readonly id: string;
  readonly by: UserId;
  readonly until: number;
  readonly reaction: EventId | undefined;
}

/** Where a group's living message stands in one room. */
export interface Presence {
  /** Outbox key of the message itself; edits hang on it. */
  readonly key: string;
  /** 1 for the first message, 2 for its successor, … */
  readonly number: number;
  /** How many edits were queued: names the next one. */
  readonly edits: number;
  /** The account that wrote it: another one cannot edit it. */
  readonly account: UserId;
  readonly writtenAt: number;
  /** Messages counted in the room when it was written. */
  readonly countedAt: number;
  /** It was redacted, or the homeserver refused to edit it. */
  readonly gone: boolean;
  /** Log lines in the thread so far, in pages. */
  readonly log: ThreadLog;
  /** When its people were last mentioned; milliseconds since 1970. */
  readonly pingedAt: number | undefined;
  /** Why it could not be shown at once, if it could not. */
  readonly late: string | undefined;
  /** Why it stands in this room and not where its label says. */
  readonly note: string | undefined;
  /** The message that this one took the place of. */
  readonly before: { readonly label: string; readonly link: string } | undefined;
}

/** The thread is a log in pages: a page is one message, edited while it is young, so that three hundred changes are not three hundred messages. */
export interface ThreadLog {
  readonly page: number;
  readonly pageAt: number;
  /** Lines of the present page, as text. */
  readonly lines: readonly string[];
  /** Edits of the present page. */
  readonly edits: number;
  /** Lines left out since pages ran out. */
  readonly dropped: number;
}

/** What one delivery changed, in the order in which it is told. */
export type GroupChange =
  | { readonly kind: "began"; readonly again: boolean; readonly alerts: readonly Alert[] }
  | { readonly kind: "joined"; readonly alerts: readonly Alert[] }
  | { readonly kind: "resolved"; readonly alerts: readonly Alert[] }
  | { readonly kind: "worse"; readonly from: Severity; readonly to: Severity }
  | { readonly kind: "better"; readonly from: Severity; readonly to: Severity }
  /** Labels or annotations say something else now. */
  | { readonly kind: "reworded" }
  | { readonly kind: "ended"; readonly afterMs: number };
