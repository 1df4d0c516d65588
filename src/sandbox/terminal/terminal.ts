/** The chat prompt: what is typed is said in the room, what is said in the room is shown above the prompt. */
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import { oneLine } from "../../chat/render/outside-text.ts";
import { systemClock, type Clock } from "../../clock.ts";
import type { AlertDesk } from "../alert-desk.ts";
import { ChatError, inThread } from "../client.ts";
import { listen } from "../listener.ts";
import type { Cast, Speaker } from "./cast.ts";
import { quietMs, waitUntil } from "./patience.ts";
import { linksOf } from "./relation.ts";
import { screen, type Output, type Prompt } from "./screen.ts";
import { transcript, type Transcript } from "./transcript.ts";
import { promptHelp, readTyped, type Typed } from "./typed.ts";

export interface TerminalOptions {
  readonly room: string;
  readonly botUserId: string;
  readonly cast: Cast;
  readonly alerts: AlertDesk;
  readonly input: Readable;
  readonly output: Output;
  /** Shown before the first prompt. */
  readonly greeting: readonly string[];
  /** Typed before the person does: `--say` without `--once`. */
  readonly says?: readonly { readonly text: string; readonly as: string | undefined }[];
  /** Whether the bot has said all it has to say; waited for when the input ends, as it does at the end of a pipe. */
  readonly idle: () => Promise<boolean>;
  readonly clock?: Clock;
}

const lastAnswersMs = 15_000;

/** Returns on `/quit`, after the end of the input, or when `signal` aborts. @throws when the room cannot be heard any more */
export async function runTerminal(options: TerminalOptions, signal: AbortSignal): Promise<void> {
  const { room, cast, input, output, clock = systemClock } = options;
  let speaker = await cast.speaker(undefined);
  const listener = await listen(speaker.client, room);
  const reader = createInterface({ input, output, terminal: output.isTTY === true });
  // From here on, or lines that come before the loop below begins would be lost.
  const typed = reader[Symbol.asyncIterator]();
  const board = screen(output, promptOf(reader));
  const lines = transcript(cast.nameOf);
  let lastHeardAt = clock.now();
  const tell = (...text: readonly string[]): void => board.show({ lines: text });
  const become = (next: Speaker): void => {
    speaker = next;
    reader.setPrompt(`${oneLine(next.name)}${next.isOperator ? "" : " (stranger)"}> `);
  };
  listener.onEvent((event) => {
    lastHeardAt = clock.now();
    const shown = lines.take(event);
    if (shown !== undefined) board.show(shown);
  });

  const act = async (line: string): Promise<"go on" | "quit"> => {
    board.entered(reader.getPrompt() + line);
    const wish = readTyped(line);
    if (wish.kind === "quit") return "quit";
    try {
      if (wish.kind === "as") {
        become(await cast.speaker(wish.name));
        tell();
      } else await obey(wish, { ...options, lines, speaker, tell });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      tell(`That did not work: ${error.errcode ?? error.status}`);
    }
    return "go on";
  };
  const converse = async (): Promise<void> => {
    for await (const line of typed) if ((await act(line)) === "quit") return;
    const said = async (): Promise<boolean> => clock.now() - lastHeardAt >= quietMs && (await options.idle());
    if (output.isTTY !== true) await waitUntil(said, { clock, until: clock.now() + lastAnswersMs, signal });
  };

  try {
    become(speaker);
    tell(...options.greeting);
    for (const say of options.says ?? []) await (await cast.speaker(say.as)).client.sendText(room, say.text);
    await Promise.race([converse(), listener.done, aborted(signal)]);
  } finally {
    reader.close();
    await listener.close();
  }
}

function promptOf(reader: Interface): Prompt {
  return {
    row: () => reader.getCursorPos().rows,
    redraw: () => {
      // We have left the rows that readline remembers to have drawn in.
      Object.assign(reader, { prevRows: 0 });
      reader.prompt(true);
    },
  };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

interface Place extends Pick<TerminalOptions, "alerts" | "botUserId" | "room"> {
  readonly lines: Transcript;
  readonly speaker: Speaker;
  readonly tell: (...text: readonly string[]) => void;
}

async function obey(typed: Exclude<Typed, { readonly kind: "as" | "quit" }>, { room, botUserId, alerts, lines, speaker, tell }: Place): Promise<void> {
  switch (typed.kind) {
    case "nothing":
      tell();
      return;
    case "help":
      tell(...promptHelp);
      return;
    case "wrong":
      tell(typed.say);
      return;
    case "say":
      await speaker.client.sendText(room, typed.text);
      return;
    case "react":
    case "thread": {
      const event = typed.number === undefined ? lines.newestBy(botUserId) : lines.numbered(typed.number);
      if (event === undefined) tell(typed.number === undefined ? "The bot has said nothing yet." : `There is no message ${typed.number}.`);
      else if (typed.kind === "react") await speaker.client.react(room, event.event_id, typed.emoji);
      else await speaker.client.sendText(room, typed.text, inThread(linksOf(event).thread ?? event.event_id, event.event_id));
      return;
    }
    case "fire":
      tell(...alerts.fire(typed.name, typed.labels));
      return;
    case "resolve":
      tell(...alerts.resolve(typed.name));
      return;
    case "storm":
      tell(...alerts.storm(typed.groups));
      return;
    default:
      typed satisfies never;
  }
}
