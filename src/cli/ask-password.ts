/** A question on the terminal whose answer is not shown. */
import type { Readable, Writable } from "node:stream";
import { CommandFailure } from "./failure.ts";

export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean; readonly setRawMode?: (raw: boolean) => unknown };
  readonly output: Writable;
}

const mostCharacters = 4096;

/** @throws {CommandFailure} when there is no terminal, or the question is broken off (Ctrl-C, Ctrl-D) */
export async function askPassword({ input, output }: Terminal, question: string): Promise<string> {
  if (input.isTTY !== true || input.setRawMode === undefined) {
    throw new CommandFailure("There is no terminal to ask for the password", "Give --password-file, or set OPSROOM_PASSWORD.");
  }
  output.write(question);
  input.setRawMode(true);
  try {
    return await readLine(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write("\n");
  }
}

function readLine(input: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    let typed: string[] = [];
    const settle = (finish: () => void): void => {
      input.off("data", onData).off("end", onEnd);
      finish();
    };
    const stop = (): void => settle(() => reject(new CommandFailure("No password was given", "Start again.")));
    const onEnd = (): void => stop();
    const onData = (chunk: Buffer): void => {
      for (const character of decoder.decode(chunk, { stream: true })) {
        if (character === "\r" || character === "\n") return settle(() => (typed.length === 0 ? stop() : resolve(typed.join(""))));
        if (character === "\u0003" || character === "\u0004") return stop();
        if (character === "\u007f" || character === "\b") typed = typed.slice(0, -1);
        else if (character >= " " && typed.length < mostCharacters) typed.push(character);
      }
    };
    input.on("data", onData).on("end", onEnd).resume();
  });
}
