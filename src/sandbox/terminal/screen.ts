/** Lines above a prompt that stays at the bottom. On a terminal the newest block can be written over; elsewhere lines only follow. */
import type { Writable } from "node:stream";
import { displayWidth } from "../../chat/render/width.ts";
import type { Shown } from "./transcript.ts";

export interface Screen {
  readonly show: (shown: Shown) => void;
  /** A line was typed: on a terminal it goes, since the room shows it again. */
  readonly entered: (promptAndLine: string) => void;
}

export interface Prompt {
  /** In which row of the prompt the cursor stands, from 0. */
  readonly row: () => number;
  /** Writes the prompt and what was typed so far again. */
  readonly redraw: () => void;
}

export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const startOfLine = "\r";
const clearDown = "\u001b[J";
const up = (rows: number): string => (rows === 0 ? "" : `\u001b[${rows}A`);

export function screen(output: Output, prompt: Prompt): Screen {
  let newest: { readonly of: string; readonly rows: number } | undefined;

  /** Rows that lines take, wrapped as the terminal wraps them. */
  const rowsOf = (lines: readonly string[]): number => {
    const columns = Math.max(1, output.columns ?? 80);
    return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
  };
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

  return {
    show: (shown) => {
      if (output.isTTY !== true) {
        output.write(text(shown.otherwise ?? shown.lines));
        return;
      }
      const rowsBack = newest !== undefined && shown.replaces === newest.of ? newest.rows : undefined;
      const lines = rowsBack === undefined ? (shown.otherwise ?? shown.lines) : shown.lines;
      output.write(startOfLine + up(prompt.row() + (rowsBack ?? 0)) + clearDown + text(lines));
      const isWhole = shown.otherwise === undefined || rowsBack !== undefined;
      newest = shown.of !== undefined && isWhole ? { of: shown.of, rows: rowsOf(lines) } : undefined;
      prompt.redraw();
    },
    entered: (promptAndLine) => {
      if (output.isTTY === true) output.write(startOfLine + up(rowsOf([promptAndLine])) + clearDown);
    },
  };
}
