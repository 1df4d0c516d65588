/** `!audit [person|subject] [--since 2h]`: who asked, and what was done. */
import * as z from "zod";
import { defineCommand } from "../chat/command.ts";
import { parseDuration } from "../chat/duration.ts";
import { render, type AuditAnswer } from "./audit.render.ts";
import type { AuditFilter, AuditRow } from "../store/store.ts";

/** All that this command may read. */
export interface AuditNeeds {
  readonly readAudit: (filter: AuditFilter) => Promise<readonly AuditRow[]>;
  readonly now: () => number;
}

/** Rows shown at most: the newest. */
const most = 40;

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: `“${text.slice(0, 20)}” is no duration (30m, 2h, 7d)` });
  return z.NEVER;
});

export const audit = defineCommand({
  name: "audit",
  summary: "Who asked, and what was done, newest last",
  examples: ["!audit", "!audit @nadia:example.org", "!audit status --since 2h"],
  role: "operator",
  args: z.object({
    about: z.string().max(255).optional().describe("a person's MXID, or what it was about (a command's name)"),
    since: duration.optional().describe("how far back: 30m, 2h, 7d"),
  }),
  positional: ["about"],
  deadlineMs: 10_000,
  run: async ({ about, since }, { readAudit, now }: AuditNeeds): Promise<AuditAnswer> => {
    const who = about?.startsWith("@") === true ? { actor: about } : about === undefined ? {} : { subject: about.replace(/^!/u, "") };
    const rows = await readAudit({ ...who, ...(since === undefined ? {} : { since: now() - since }), limit: most });
    return { rows, most };
  },
  render,
});
