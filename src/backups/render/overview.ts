/** All that is backed up: 12 lines for the room, the detail for the thread. Pure. */
import type { Line, Reply } from "../../chat/line.ts";
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import { duration } from "../../chat/render/units.ts";
import { fitMiddle } from "../../chat/render/width.ts";
import type { BackupPicture, BackupVerdict } from "../verdict.ts";
import { dailyLine } from "./daily.ts";
import { countsOf, emojiOf, isTrouble, markOf, nameOf } from "./marks.ts";
import { checkText, markedCheck, troubles } from "./words.ts";

const roomLines = 12;
const mostTroubles = 4;
const mostGaps = 2;
const mostInThread = 60;
const longestName = 14;

/** `all`: the thread has every check of everything; else those that are not ok. */
export function renderOverview(picture: BackupPicture, all: boolean): Reply {
  const { verdicts, gaps } = picture;
  const wrong = verdicts.flatMap((verdict) => troubles(verdict).map((check) => ({ verdict, check })));
  // One line for each first, before a second for any.
  const urgent = [
    ...wrong.filter(({ verdict, check }) => troubles(verdict)[0] === check),
    ...wrong.filter(({ verdict, check }) => troubles(verdict)[0] !== check),
  ];
  const shown = urgent.slice(0, mostTroubles);
  const top: readonly Line[] = [
    { text: headline(picture), strong: true },
    ...shown.map(({ verdict, check }): Line => ({ item: `${emojiOf(check.state)} ${nameOf(verdict, verdicts)}, ${checkText(check)}` })),
    ...gapLines(gaps, mostGaps),
  ];
  const room = roomLines - top.length - 1;
  const rows = rowsOf(verdicts, room);
  const thread = threadOf(verdicts, all, urgent.length > shown.length, gaps);
  return {
    room: [...top, ...(verdicts.length === 0 ? [] : [{ text: "Base backup, last WAL, window:" }, ...rows])],
    ...(thread.length === 0 ? {} : { thread }),
  };
}

function headline(picture: BackupPicture): string {
  const { state, verdicts } = picture;
  if (!isTrouble(state) || verdicts.length === 0) return dailyLine(picture);
  return `${emojiOf(state)} Backups: ${countsOf(verdicts)}${picture.gaps.length === 0 ? "" : ", not all could be looked at"}`;
}

/** `🟢 ok cnpg/shared-pg 7 h 2 min 14 d` */
function rowsOf(verdicts: readonly BackupVerdict[], most: number): readonly Line[] {
  const row = (verdict: BackupVerdict): Line => ({
    columns: [markOf(verdict.state), fitMiddle(nameOf(verdict, verdicts), longestName), ...figuresOf(verdict)],
  });
  if (verdicts.length <= most) return verdicts.map(row);
  const left = verdicts.slice(most - 1);
  return [...verdicts.slice(0, most - 1).map(row), { text: `… ${left.length} more: ${countsOf(left)}` }];
}

function figuresOf(verdict: BackupVerdict): readonly string[] {
  const age = (ms: number | undefined): string => (ms === undefined ? "?" : duration(Math.max(0, ms)));
  const of = (name: string): number | undefined => verdict.checks.find((check) => check.name === name)?.ageMs;
  return [age(verdict.baseAgeMs), age(of("archiving")), age(of("window"))];
}

function threadOf(verdicts: readonly BackupVerdict[], all: boolean, more: boolean, gaps: BackupPicture["gaps"]): readonly Line[] {
  if (!all && !more && gaps.length <= mostGaps) return [];
  const listed = all ? verdicts : verdicts.filter((each) => each.state !== "ok");
  const lines = listed
    .slice(0, mostInThread)
    .flatMap((verdict): readonly Line[] => [
      { text: `${markOf(verdict.state)} ${nameOf(verdict, verdicts)} (${verdict.method})`, strong: true },
      ...(all ? verdict.checks : troubles(verdict)).map((check): Line => ({ item: markedCheck(check) })),
    ]);
  const left = listed.length - mostInThread;
  return [...lines, ...(left > 0 ? [{ text: `… and ${left} more` }] : []), ...gapLines(gaps, 20)];
}

/** What could not be read; things with the same complaint share a line. */
export function gapLines(gaps: BackupPicture["gaps"], most: number): readonly Line[] {
  const groups = [...Map.groupBy(gaps, (gap) => gap.error).values()];
  const lines = groups.slice(0, most).map((group): Line => {
    const sources = group.slice(0, 3).map((gap) => oneLine(gap.source));
    const more = group.length > 3 ? ` and ${group.length - 3} more` : "";
    return { text: `⚪ ${sources.join(", ")}${more} not read: ${clip(oneLine(group[0]?.error ?? ""), 200)}` };
  });
  return groups.length <= most ? lines : [...lines.slice(0, -1), { text: `⚪ ${groups.slice(most - 1).flat().length} more could not be read.` }];
}
