/** `--once`: types what it was given, waits until all is answered, and says what happened in the room. */
import { systemClock, type Clock } from "../../clock.ts";
import type { ChatEvent } from "../client.ts";
import { listen, type Listener } from "../listener.ts";
import type { Cast } from "./cast.ts";
import { quietMs, waitUntil, type Patience } from "./patience.ts";
import { answers, bodyOf, linksOf } from "./relation.ts";
import { transcript } from "./transcript.ts";

export interface Say {
  readonly text: string;
  /** `undefined`: an operator. */
  readonly as: string | undefined;
}

export interface OnceOptions {
  readonly room: string;
  readonly botUserId: string;
  readonly says: readonly Say[];
  /** Names of alerts that begin before anything is said; each is waited for until the bot has named it. */
  readonly fires?: readonly string[];
  readonly fire?: (name: string) => unknown;
  readonly cast: Cast;
  /** Whether the bot has handled all it was given and sent all it has to say. */
  readonly idle: () => Promise<boolean>;
  readonly json: boolean;
  readonly timeoutMs: number;
  /** Takes one line at a time, without its end. */
  readonly print: (line: string) => void;
  readonly clock?: Clock;
}

export type OnceResult = { readonly kind: "answered" } | { readonly kind: "failed"; readonly reason: string };

/** A stranger need not be answered at all: after this long without a word nothing comes any more. */
const silenceMs = 1500;

/**
 * Each text is typed once the one before it is answered. An operator's command is answered by a reply, a reaction or a message in its
 * thread; a stranger's may be met with silence; what is no command needs no answer. At the end the bot must be idle and the room quiet,
 * so that “working…” has become the answer.
 */
export async function runOnce(options: OnceOptions, signal: AbortSignal): Promise<OnceResult> {
  const clock = options.clock ?? systemClock;
  const until = clock.now() + options.timeoutMs;
  const first = await options.cast.speaker(undefined);
  const listener = await listen(first.client, options.room, { clock });
  const room = watch(listener, options, clock);
  try {
    for (const name of options.fires ?? []) {
      const result = await fireAndWait(name, options, room, { clock, until, signal });
      if (result.kind === "failed") return result;
    }
    for (const say of options.says) {
      const result = await sayAndWait(say, options, room, { clock, until, signal });
      if (result.kind === "failed") return result;
    }
    const settled = async (): Promise<boolean> => clock.now() - room.lastHeardAt() >= quietMs && (await options.idle());
    const done = await waitUntil(settled, { clock, until, signal });
    return done ? { kind: "answered" } : late(options, signal, "the bot still works or speaks");
  } finally {
    await listener.close();
  }
}

interface Watched {
  readonly heard: () => readonly ChatEvent[];
  readonly lastHeardAt: () => number;
}

function watch(listener: Listener, options: OnceOptions, clock: Clock): Watched {
  const lines = transcript(options.cast.nameOf);
  let lastHeardAt = clock.now();
  listener.onEvent((event) => {
    lastHeardAt = clock.now();
    if (options.json) options.print(jsonLine(event));
    else {
      const shown = lines.take(event);
      for (const line of shown?.otherwise ?? shown?.lines ?? []) options.print(line);
    }
  });
  return { heard: listener.heard, lastHeardAt: () => lastHeardAt };
}

async function fireAndWait(name: string, options: OnceOptions, room: Watched, patience: Patience): Promise<OnceResult> {
  const before = room.heard().length;
  options.fire?.(name);
  const named = async (): Promise<boolean> =>
    room
      .heard()
      .slice(before)
      .some((event) => event.sender === options.botUserId && bodyOf(event).includes(name));
  const done = await waitUntil(named, patience);
  return done ? { kind: "answered" } : late(options, patience.signal, `${name} was not shown`);
}

async function sayAndWait(say: Say, options: OnceOptions, room: Watched, patience: Patience): Promise<OnceResult> {
  const { clock } = patience;
  const speaker = await options.cast.speaker(say.as);
  const id = await speaker.client.sendText(options.room, say.text);
  const saidAt = clock.now();
  if (!say.text.trimStart().startsWith("!")) return { kind: "answered" };
  const answered = async (): Promise<boolean> => {
    const all = room.heard();
    const asked = all.findIndex((event) => event.event_id === id);
    const question = all[asked];
    if (question === undefined) return false;
    const thread = linksOf(question).thread;
    if (all.slice(asked).some((event) => event.sender === options.botUserId && answers(event, { id, thread }))) return options.idle();
    return !speaker.isOperator && clock.now() - Math.max(saidAt, room.lastHeardAt()) >= silenceMs && options.idle();
  };
  const done = await waitUntil(answered, patience);
  return done ? { kind: "answered" } : late(options, patience.signal, `${JSON.stringify(say.text)} by ${speaker.name} was not answered`);
}

const late = (options: OnceOptions, signal: AbortSignal, what: string): OnceResult => ({
  kind: "failed",
  reason: signal.aborted ? "stopped" : `${what} within ${options.timeoutMs / 1000} s`,
});

/** The client-server API's form, one line. */
function jsonLine({ event_id, room_id, sender, type, state_key, content, origin_server_ts }: ChatEvent): string {
  return JSON.stringify({ event_id, room_id, sender, type, ...(state_key === undefined ? {} : { state_key }), content, origin_server_ts });
}
