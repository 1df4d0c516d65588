/** `!backup [status|history|run|drill] [NAME]`: whether each database could be restored, from when to when, and why not. */
import * as z from "zod";
import type { DrillAnswer, RunAnswer } from "../backups/answers.ts";
import type { BackupFacts } from "../backups/facts.ts";
import { instantOf } from "../backups/records/times.ts";
import { historiesOf } from "../backups/render/history.ts";
import type { Named } from "../backups/render/marks.ts";
import type { BackupPicture } from "../backups/verdict.ts";
import { defineCommand, type Asker } from "../chat/command.ts";
import { nearest } from "../chat/nearest.ts";
import { mayAct } from "../chat/roles.ts";
import { render, type BackupAnswer } from "./backup.render.ts";

/** All that this command may look at and begin. */
export interface BackupNeeds {
  /** `undefined` while no backups are configured. */
  readonly backups: () => BackupLooks | undefined;
}

export interface BackupLooks {
  /** Looks anew. Never throws for what cannot be read. */
  readonly look: (signal: AbortSignal) => Promise<BackupPicture>;
  /** What was read, for the history. Never throws for what cannot be read. */
  readonly facts: (signal: AbortSignal) => Promise<BackupFacts>;
  /** Begins a base backup; left out where Opsroom may not. `name` as typed: `NAME`, `NAMESPACE/NAME`, `CLUSTER/NAMESPACE/NAME`. */
  readonly run?: (name: string | undefined, asker: Asker) => Promise<RunAnswer>;
  /** Asks whether to begin a drill; left out where none is configured. `at`: milliseconds since 1970. */
  readonly drill?: (name: string | undefined, at: number | undefined, asker: Asker) => Promise<DrillAnswer>;
}

const subcommands = ["status", "history", "run", "drill"] as const;
type Subcommand = (typeof subcommands)[number];

export const backup = defineCommand({
  name: "backup",
  summary: "Whether each database could be restored, from when to when, and why not; begins a backup or a drill",
  examples: ["!backup", "!backup shared-pg", "!backup history shared-pg", "!backup run shared-pg", "!backup drill shared-pg --at 2026-06-01T03:00:00Z"],
  role: "viewer",
  args: z.object({
    what: z.string().min(1).max(253).optional().describe("status, history, run (operators), drill (operators); or the name of a PostgreSQL cluster"),
    name: z.string().min(1).max(600).optional().describe("NAME, NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME of a PostgreSQL cluster"),
    at: z.string().min(1).max(40).optional().describe("drill: the time to go back to, with its zone: 2026-06-01T03:00:00Z"),
    all: z.boolean().optional().describe("status: every check of everything, in the thread"),
  }),
  positional: ["what", "name"],
  deadlineMs: 45_000,
  run: async ({ what = "status", name, at, all }, { backups }: BackupNeeds, asker): Promise<BackupAnswer> => {
    const looks = backups();
    if (looks === undefined) return { kind: "unconfigured" };
    const subcommand = subcommands.find((each) => each === what.toLowerCase());
    // What is no subcommand is a name; two of them is one too many.
    if (subcommand === undefined && name !== undefined) return { kind: "mistake", text: `“${what}” is none of ${subcommands.join(", ")}` };
    if (at !== undefined && subcommand !== "drill") return { kind: "mistake", text: "--at belongs to a drill" };
    return answer(subcommand ?? "status", subcommand === undefined ? what : name, { at, all: all === true }, looks, asker);
  },
  render,
});

async function answer(
  subcommand: Subcommand,
  name: string | undefined,
  { at, all }: { readonly at: string | undefined; readonly all: boolean },
  looks: BackupLooks,
  asker: Asker,
): Promise<BackupAnswer> {
  switch (subcommand) {
    case "status": {
      const picture = await looks.look(asker.signal);
      if (name === undefined) return { kind: "overview", picture, all };
      const found = named(picture.verdicts, name);
      return "nobody" in found
        ? { ...found, kind: "nobody", gaps: picture.gaps }
        : "several" in found
          ? { kind: "several", typed: name, names: found.several }
          : { kind: "detail", verdict: found.one };
    }
    case "history": {
      const { histories, unread } = historiesOf(await looks.facts(asker.signal));
      if (name === undefined) return { kind: "history", histories, unread };
      const found = named(histories, name);
      if ("nobody" in found) return { ...found, kind: "nobody", gaps: unread.map((error) => ({ source: "Backups", error })) };
      return "several" in found ? { kind: "several", typed: name, names: found.several } : { kind: "history", histories: [found.one], unread };
    }
    case "run":
      if (!mayAct(asker.role, "operator")) return { kind: "not-allowed", what: "begin a backup" };
      return looks.run === undefined ? { kind: "refused", words: "I may not begin backups here: docs/backups.md says what is needed" } : looks.run(name, asker);
    case "drill": {
      if (!mayAct(asker.role, "operator")) return { kind: "not-allowed", what: "begin a drill" };
      const time = at === undefined ? undefined : instantOf(at);
      if (at !== undefined && time === undefined) return { kind: "mistake", text: `“${at}” is no time with its zone, such as 2026-06-01T03:00:00Z` };
      return looks.drill === undefined
        ? { kind: "refused", words: "no drill is configured: docs/backups.md says what is needed" }
        : looks.drill(name, time, asker);
    }
    default:
      return subcommand satisfies never;
  }
}

type Found<T> =
  { readonly one: T } | { readonly several: readonly string[] } | { readonly nobody: true; readonly typed: string; readonly nearest: string | undefined };

function named<T extends Named>(all: readonly T[], typed: string): Found<T> {
  const wanted = typed.toLowerCase();
  const found = all.filter((each) => namesOf(each).some((name) => name.toLowerCase() === wanted));
  const [one, other] = found;
  if (one === undefined)
    return {
      nobody: true,
      typed,
      nearest: nearest(
        typed,
        all.map((each) => each.name),
      ),
    };
  return other === undefined ? { one } : { several: found.map((each) => namesOf(each).at(-1) ?? each.name) };
}

/** From short to whole. */
function namesOf({ cluster, namespace, name }: Named): readonly string[] {
  const placed = namespace === undefined ? [] : [`${namespace}/${name}`];
  return [name, ...placed, ...(cluster === undefined || namespace === undefined ? [] : [`${cluster}/${namespace}/${name}`])];
}
