import type { View } from "../chat/command.ts";
import type { Line, Reply } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { clockTime, since } from "../chat/render/units.ts";
import type { JobResult } from "../schedule/schedule.ts";
import type { ScheduleState } from "../schedule/scheduler.ts";

export type SchedulesAnswer =
  /** By the configuration's order. */
  | { readonly kind: "list"; readonly states: readonly ScheduleState[] }
  | { readonly kind: "none" | "refused" }
  | { readonly kind: "unknown"; readonly name: string | undefined; readonly meant: string | undefined; readonly names: readonly string[] }
  | { readonly kind: "running" | "goes on" | "given up"; readonly name: string }
  | { readonly kind: "ran"; readonly name: string; readonly result: JobResult };

const rowsInRoom = 7;
const troublesInRoom = 2;
const mostInThread = 60;
const longestWords = 200;

export function render(answer: SchedulesAnswer, view: View): Reply {
  switch (answer.kind) {
    case "list":
      return list(answer.states, view);
    case "none":
      return say("Nothing is scheduled here.");
    case "refused":
      return say("🚫 To run a schedule one needs the role operator.");
    case "unknown":
      return unknown(answer);
    case "running":
      return say(`⏳ ${answer.name} is running already; !schedules ${answer.name} shows how it went.`);
    case "goes on":
      return say(`⏳ ${answer.name} is still running; !schedules ${answer.name} shows how it went.`);
    case "given up":
      return say(`🔴 ${answer.name} was given up because Opsroom stops; it is not begun again by itself.`);
    case "ran":
      return say(`${answer.result.outcome === "ok" ? "🟢" : "🔴"} ${answer.name}: ${oneLine(answer.result.words) || answer.result.outcome}`);
    default:
      return answer satisfies never;
  }
}

const say = (text: string): Reply => ({ room: [{ text }] });

function unknown({ name, meant, names }: Extract<SchedulesAnswer, { kind: "unknown" }>): Reply {
  const which =
    name === undefined ? "Say which one to run." : `There is no schedule “${clip(oneLine(name), 40)}”.${meant === undefined ? "" : ` Did you mean ${meant}?`}`;
  return say(`${which} There ${names.length === 0 ? "are none" : `is ${clip(names.join(", "), 400)}`}.`);
}

type Mark = "🔴" | "⏳" | "⚪" | "🟢";

/** An interrupted run that is not yet followed by a whole one is no better than a failed one. */
function markOf({ schedule, record, running, mistake }: ScheduleState): Mark {
  if (mistake !== undefined) return "🔴";
  if (running) return "⏳";
  if (record?.outcome === "failed" || record?.outcome === "interrupted") return "🔴";
  return record?.outcome === undefined || !schedule.enabled ? "⚪" : "🟢";
}

function list(states: readonly ScheduleState[], view: View): Reply {
  if (states.length === 0) return say("Nothing is scheduled here.");
  const bad = states.filter((each) => markOf(each) === "🔴");
  const next = states.filter((each) => each.nextAt !== undefined).toSorted((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0))[0];
  const count = states.length === 1 ? "1 schedule" : `${states.length} schedules`;
  const first = bad.length > 0 ? `🔴 ${bad.length} of ${count} did not go well` : `🟢 ${count}`;
  const then = next?.nextAt === undefined ? "none is due" : `next ${next.schedule.name} ${since(next.nextAt, view)}`;
  const left = states.length - rowsInRoom;
  return {
    room: [
      { text: `${first}; ${then}`, strong: true },
      ...states.slice(0, rowsInRoom).map((state): Line => ({ columns: [`${markOf(state)} ${state.schedule.name}`, nextWords(state, view)] })),
      ...bad.slice(0, troublesInRoom).map((state): Line => ({ text: `${state.schedule.name}: ${clip(lastWords(state, view), longestWords)}` })),
      ...(left > 0 ? [{ text: `… and ${left} more, in the thread` }] : []),
    ],
    thread: states.slice(0, mostInThread).map((state) => detail(state, view)),
  };
}

function nextWords({ schedule, nextAt, mistake }: ScheduleState, view: View): string {
  if (mistake !== undefined) return "wrong time";
  if (!schedule.enabled) return "off";
  return nextAt === undefined ? "never" : clockTime(nextAt, view);
}

function lastWords({ record, running, mistake }: ScheduleState, view: View): string {
  if (mistake !== undefined) return `its cron expression is wrong: ${oneLine(mistake)}`;
  if (record?.startedAt === undefined) return "did not run yet";
  const begun = `${since(record.startedAt, view)}${record.byHand ? ", by hand" : ""}`;
  if (running) return `runs since ${begun}`;
  return `last ${begun}: ${record.outcome ?? "not finished"}${record.words === "" ? "" : `, ${oneLine(record.words)}`}`;
}

function detail(state: ScheduleState, view: View): Line {
  const { schedule, record, nextAt } = state;
  const next = nextAt === undefined ? nextWords(state, view) : `next ${since(nextAt, view)}`;
  const counts = [
    ...(record !== undefined && record.missed > 0 ? [`missed ${record.missed}`] : []),
    ...(record !== undefined && record.skipped > 0 ? [`skipped ${record.skipped}, still running`] : []),
  ];
  return {
    item: [
      `${markOf(state)} `,
      { strong: schedule.name },
      ` ${oneLine(schedule.describe)} · ${[next, clip(lastWords(state, view), longestWords), ...counts].join(" · ")} · `,
      { code: clip(oneLine(schedule.cron), 60) },
      ` ${schedule.timeZone}`,
    ],
  };
}
