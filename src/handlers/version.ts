/** `!version`: which Opsroom this is, and since when it runs. */
import * as z from "zod";
import { defineCommand } from "../chat/command.ts";
import { since } from "../chat/render/units.ts";

/** All that this command may know of the process. */
export interface VersionNeeds {
  readonly version: string;
  readonly node: string;
  readonly store: "sqlite" | "postgres";
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Bytes of memory that the process holds. */
  readonly residentBytes: () => number;
}

export interface VersionAnswer extends Omit<VersionNeeds, "residentBytes"> {
  readonly residentBytes: number;
}

export const version = defineCommand({
  name: "version",
  summary: "Which Opsroom this is, and since when it runs",
  examples: ["!version"],
  role: "viewer",
  args: z.object({}),
  positional: [],
  deadlineMs: 5_000,
  run: async (_args, { residentBytes, ...rest }: VersionNeeds): Promise<VersionAnswer> => ({ ...rest, residentBytes: residentBytes() }),
  render: (answer, view) => ({
    room: [
      { text: `Opsroom ${answer.version}`, strong: true },
      {
        text: `Node ${answer.node}, store ${answer.store}, ${Math.round(answer.residentBytes / 2 ** 20)} Mi of memory, up since ${since(answer.startedAt, view)}`,
      },
    ],
  }),
});
