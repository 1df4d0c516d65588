/** What a command is: description, narrow needs, data, then lines. */
import type * as z from "zod";
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { Reply, Line } from "./line.ts";
import type { Role } from "./roles.ts";

/** Who asks, and the way to tell them how it goes. */
export interface Asker {
  readonly user: UserId;
  readonly role: Role;
  readonly room: RoomId;
  readonly event: EventId;
  /** Aborts at the command's deadline, and when Opsroom stops. */
  readonly signal: AbortSignal;
  /** Shows `lines` in place of “working…” while the command still runs. Costs nothing when the answer comes within a second. */
  readonly progress: (lines: readonly Line[]) => void;
}

/** What a pure renderer may know beside the answer. */
export interface View {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** IANA name, `Europe/Moscow`. */
  readonly timeZone: string;
}

export interface Command<Args, Needs, Answer> {
  /** The word after `!`. */
  readonly name: string;
  /** One line for `!help`. */
  readonly summary: string;
  readonly examples: readonly [string, ...string[]];
  /** Required, so that it cannot be forgotten: who may run it. */
  readonly role: Role;
  /** What may be typed: keys named in `positional` come in that order, all others are flags (`--since 2h`; a boolean takes no value). */
  readonly args: z.ZodType<Args>;
  readonly positional: readonly string[];
  /**
   * The last of `positional` gets all further words as they were typed, quotes and all: the command reads them by itself. What stands here says in the
   * usage what they are. Flags that the command has may stand among them.
   */
  readonly rest?: string;
  /** Milliseconds the command may take; its `signal` aborts then. */
  readonly deadlineMs: number;
  /** Finds out; changes nothing that a reader would not expect from the summary. */
  readonly run: (args: Args, needs: Needs, asker: Asker) => Promise<Answer>;
  /** Pure: the same answer and view, the same lines. */
  readonly render: (answer: Answer, view: View) => Reply;
}

export const defineCommand = <Args, Needs, Answer>(command: Command<Args, Needs, Answer>): Command<Args, Needs, Answer> => command;
