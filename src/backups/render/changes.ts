/** What is different between two looks: what the room is told. Nothing when only ages moved. Pure. */
import type { Line } from "../../chat/line.ts";
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import type { BackupPicture, BackupVerdict, Check } from "../verdict.ts";
import { emojiOf, keyOf, nameOf } from "./marks.ts";
import { checkText } from "./words.ts";

const mostLines = 12;

/** @param before `undefined` at the very first look: then everything that is not ok is told */
export function changeLines(before: BackupPicture | undefined, after: BackupPicture): readonly Line[] {
  const known = new Map((before?.verdicts ?? []).map((verdict) => [keyOf(verdict), verdict]));
  const lines = [
    ...after.verdicts.flatMap((verdict) => linesOf(known.get(keyOf(verdict)), verdict, before, after)),
    ...goneLines(before, after),
    ...gapChanges(before, after),
  ];
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), { text: `… and ${lines.length - mostLines + 1} more changes: !backup` }];
}

function linesOf(was: BackupVerdict | undefined, now: BackupVerdict, before: BackupPicture | undefined, after: BackupPicture): readonly Line[] {
  const name = nameOf(now, after.verdicts);
  const bad = (check: Check): Line => ({ text: `${emojiOf(check.state)} ${name}, ${checkText(check)}` });
  if (was === undefined) {
    const wrong = now.checks.filter((check) => check.state !== "ok").map(bad);
    const hidden = before === undefined || before.gaps.some((gap) => isOf(gap.source, now.cluster));
    return wrong.length > 0 || hidden ? wrong : [{ text: `🟢 ${name} is backed up` }];
  }
  const changed = now.checks.flatMap((check): readonly Line[] => {
    const then = was.checks.find((each) => each.name === check.name);
    if (check.state === "ok") return then === undefined || then.state === "ok" ? [] : [{ text: `🟢 ${name}, ${checkText(check)} (was ${wordOf(then)})` }];
    return then?.state === check.state && essence(then.reason) === essence(check.reason) ? [] : [bad(check)];
  });
  return changed.length > 0 && now.state === "ok" ? [...changed.slice(0, 3), { text: `🟢 ${name}: all is well again` }] : changed;
}

function wordOf({ state }: Check): string {
  return state === "disabled" ? "switched off" : state;
}

/** A reason without its figures: ages move, and names of Backups have the time in them. */
function essence(reason: string): string {
  return reason.replaceAll(/\d+(\.\d+)?( (s|min|h|d)\b)?/gu, "#");
}

/** One that cannot be seen just now is not gone. */
function goneLines(before: BackupPicture | undefined, after: BackupPicture): readonly Line[] {
  const there = new Set(after.verdicts.map(keyOf));
  return (before?.verdicts ?? [])
    .filter((verdict) => !there.has(keyOf(verdict)) && !after.gaps.some((gap) => isOf(gap.source, verdict.cluster)))
    .map((verdict) => ({ text: `⚪ ${nameOf(verdict, before?.verdicts ?? [])} is no longer there: its backups are not looked at any more` }));
}

function gapChanges(before: BackupPicture | undefined, after: BackupPicture): readonly Line[] {
  const then = new Map((before?.gaps ?? []).map((gap) => [gap.source, gap]));
  const now = new Set(after.gaps.map((gap) => gap.source));
  return [
    ...after.gaps
      .filter((gap) => essence(then.get(gap.source)?.error ?? "") !== essence(gap.error))
      .map((gap) => ({ text: `⚪ ${oneLine(gap.source)} cannot be read: ${clip(oneLine(gap.error), 200)}` })),
    ...[...then.keys()].filter((source) => !now.has(source)).map((source) => ({ text: `🟢 ${oneLine(source)} can be read again` })),
  ];
}

function isOf(source: string, cluster: string | undefined): boolean {
  return cluster !== undefined && source.startsWith(`${cluster}: `);
}
