import { expect, test } from "vitest";
import { decideShowing, type Circumstances } from "../../../../src/alerts/live/decide-showing.ts";
import { emptyLog } from "../../../../src/alerts/live/thread-log.ts";
import type { Presence } from "../../../../src/alerts/group.ts";
import { parseUserId } from "../../../../src/ids.ts";

const bot = parseUserId("@opsroom:example.org");
const hour = 3_600_000;
const presence: Presence = {
  key: "alert/0123456789abcdef/!ops:example.org/1",
  number: 1,
  edits: 0,
  account: bot,
  writtenAt: 10 * hour,
  countedAt: 40,
  gone: false,
  log: emptyLog,
  pingedAt: undefined,
  late: undefined,
  note: undefined,
  before: undefined,
};
const usual: Circumstances = {
  group: { status: "firing" },
  changes: [{ kind: "reworded" }],
  presence,
  message: "sent",
  edit: undefined,
  account: bot,
  counted: 45,
  now: 11 * hour,
  settings: { instances: 5, moveAfterMs: 12 * hour, moveAfterMessages: 50, pingAgainAfterMs: hour },
};
const again = [{ kind: "began", again: true, alerts: [] }] as const;

test.each<readonly [string, Partial<Circumstances>, object]>([
  ["a group never shown gets a message", { presence: undefined }, { kind: "write", number: 1 }],
  ["a message that stands is edited", {}, { kind: "edit" }],
  ["one that waits is edited: both go out as one", { message: "waiting" }, { kind: "edit" }],
  [
    "one that has ended while its message waited is told in the summary",
    { group: { status: "resolved" }, message: "waiting" },
    { kind: "moot", waiting: presence },
  ],
  ["one that was over before we heard of it as well", { group: { status: "resolved" }, presence: undefined, message: undefined }, { kind: "moot" }],
  ["the end of a message that is being sent is an edit", { group: { status: "resolved" }, message: "sealed" }, { kind: "edit" }],
  ["what somebody took away is written anew when there is news", { presence: { ...presence, gone: true } }, { kind: "write", number: 2 }],
  ["…but its end is no news", { presence: { ...presence, gone: true }, group: { status: "resolved" } }, { kind: "nothing" }],
  ["another account's message cannot be edited", { account: parseUserId("@other:example.org") }, { kind: "write", number: 2 }],
  ["what may not be edited any more gets a successor", { edit: "dropped" }, { kind: "write", number: 2 }],
  ["a message that was refused is tried as a new one", { message: "dropped" }, { kind: "write", number: 2 }],
  ["a withdrawn message needs no end", { message: "dropped", group: { status: "resolved" } }, { kind: "nothing" }],
  ["what begins again near the end of the room keeps its message", { changes: again }, { kind: "edit" }],
  ["what begins again after half a day gets a new one", { changes: again, now: 23 * hour }, { kind: "write", number: 2, instead: presence }],
  ["what begins again far above gets a new one", { changes: again, counted: 91 }, { kind: "write", number: 2, instead: presence }],
  ["what merely changes stays where it is, however far up", { counted: 1000, now: 100 * hour }, { kind: "edit" }],
])("%s", (_, about, expected) => {
  expect(decideShowing({ ...usual, ...about })).toMatchObject(expected);
});
