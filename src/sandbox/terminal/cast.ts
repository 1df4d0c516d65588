/** Who may be played at the prompt: the operators, and whoever else is named, who comes as a stranger. */
import { ChatError, type ChatClient } from "../client.ts";

export interface Speaker {
  readonly name: string;
  readonly isOperator: boolean;
  readonly client: ChatClient;
}

export interface Cast {
  /** `undefined`: the first operator. A name that nobody has becomes a stranger who joins the room. */
  readonly speaker: (name: string | undefined) => Promise<Speaker>;
  /** The short name for a user id. */
  readonly nameOf: (userId: string) => string;
}

export interface CastOptions {
  readonly room: string;
  readonly operators: readonly [Speaker, ...Speaker[]];
  /** Local parts nobody may be played as: the bot. */
  readonly taken: readonly string[];
  /** Makes an account, or logs in to the one that is there. The name is what the stranger shows. */
  readonly newPerson: (localpart: string, displayName: string) => Promise<ChatClient>;
}

const maxStrangers = 500;

export function cast({ room, operators, taken, newPerson }: CastOptions): Cast {
  const [first] = operators;
  const strangers = new Map<string, Promise<Speaker>>();

  async function arrive(name: string, localpart: string): Promise<Speaker> {
    const client = await newPerson(localpart, name);
    try {
      await client.join(room);
    } catch (error) {
      if (!(error instanceof ChatError) || error.status !== 403) throw error;
      await first.client.invite(room, client.userId);
      await client.join(room);
    }
    return { name, isOperator: false, client };
  }

  return {
    nameOf: localpartOf,
    speaker: async (name) => {
      if (name === undefined) return first;
      const wanted = name.toLowerCase();
      const operator = operators.find((each) => each.name.toLowerCase() === wanted || each.client.userId === name);
      if (operator !== undefined) return operator;
      const localpart = strangerLocalpart(name, [...taken, ...operators.map((each) => localpartOf(each.client.userId))]);
      const before = strangers.get(localpart);
      if (before !== undefined) return before;
      if (strangers.size >= maxStrangers) throw new Error(`more than ${maxStrangers} strangers`);
      const arriving = arrive(name, localpart);
      strangers.set(localpart, arriving);
      return arriving;
    },
  };
}

const localpartOf = (userId: string): string => userId.replace(/^@/u, "").replace(/:.*$/u, "");

/** A local part that the Matrix grammar allows, which no two names share and which is nobody else's. */
export function strangerLocalpart(name: string, taken: readonly string[]): string {
  const allowed = Array.from(Buffer.from(name.toLowerCase(), "utf8"), (byte) => {
    const char = String.fromCharCode(byte);
    return /[a-z0-9._-]/u.test(char) ? char : `=${byte.toString(16).padStart(2, "0")}`;
  }).join("");
  const short = allowed.slice(0, 100);
  return taken.includes(short) ? `stranger-${short}` : short;
}
