/**
 * A question that Opsroom asks in a room: bound to what was shown, to people, to a deadline; used once.
 * Silence means no. Kept as JSON in the store.
 */
import type { Line } from "../chat/line.ts";
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { Target } from "../relation.ts";

/** One thing that can be answered. */
export interface Choice {
  /** What the asking feature knows it by: `1h`, `yes`. */
  readonly name: string;
  /** The reaction that means it; `undefined` for one that can only be typed, with the code: what is dangerous. */
  readonly emoji: string | undefined;
  /** What it does, for people. */
  readonly label: string;
  /** Whether it lets something happen (needs `people`), or says no (any one of them is enough). */
  readonly yes: boolean;
}

/** What a feature asks. */
export interface Question {
  /** Made from the cause: the same again is the same prompt. Letters, digits, `/`, `-`, 100 at most. */
  readonly id: string;
  /** Which feature takes the answer. */
  readonly kind: string;
  readonly room: RoomId;
  /** Shown above the choices. The prompt is bound to its digest. */
  readonly lines: readonly Line[];
  readonly choices: readonly Choice[];
  /** Who may answer. Nobody else's reaction or word does anything. */
  readonly people: readonly UserId[];
  /** How many different people must say the same yes. */
  readonly needed: 1 | 2;
  /** Of those people: who asked, if a second person is wanted who is somebody else. */
  readonly notBy: UserId | undefined;
  /** Also a free answer is taken, typed with the code: a duration. */
  readonly free: boolean;
  readonly deadlineAt: number;
  /** How long after the answer it may still be taken up: what was allowed and then not done for long is not done. An hour when absent. */
  readonly goodForMs?: number;
  /** What the message hangs on, if on anything: a thread. */
  readonly thread: Target | undefined;
  /** For the feature: what it will do when the answer is yes. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A question with what became of it. */
export interface Prompt extends Question {
  /** SHA-256 of all of the question: what is shown, who may answer until when, what will be done. */
  readonly digest: string;
  /** Four letters or digits that cannot be mistaken for each other, typed to answer. */
  readonly code: string;
  readonly askedAt: number;
  readonly status: "open" | "answered" | "used" | "expired" | "withdrawn";
  /** One a person, the newest, in the order in which they came; taken-back ones are gone. */
  readonly votes: readonly Vote[];
  /** Events of votes that were replaced or taken back: reading them anew, from wherever, counts nothing. */
  readonly spent: readonly EventId[];
  readonly answer: Answer | undefined;
  /** Why it was withdrawn, for people. */
  readonly why: string | undefined;
}

export interface Vote {
  readonly by: UserId;
  readonly choice: string;
  /** What was typed beside the code, for a free answer. */
  readonly free: string | undefined;
  /** The reaction or the message. */
  readonly event: EventId;
  /** A message with the code: it is not looked for among the reactions. */
  readonly typed: boolean;
  readonly at: number;
}

export interface Answer {
  readonly choice: string;
  readonly yes: boolean;
  readonly free: string | undefined;
  /** One or two people. */
  readonly by: readonly UserId[];
  readonly at: number;
}
