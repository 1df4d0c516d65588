import { expect, test } from "vitest";
import type { ChatEvent, Content } from "../../../../src/sandbox/client.ts";
import { transcript } from "../../../../src/sandbox/terminal/transcript.ts";

const nameOf = (user: string): string => user.slice(1).split(":")[0] ?? user;
const event = (id: string, sender: string, content: Content, type = "m.room.message"): ChatEvent => ({
  event_id: id,
  room_id: "!room",
  sender: `@${sender}:opsroom.test`,
  type,
  content,
  origin_server_ts: 0,
});
const said = (id: string, sender: string, body: string, relates?: Content): ChatEvent =>
  event(id, sender, { msgtype: "m.text", body, ...(relates === undefined ? {} : { "m.relates_to": relates }) });
const shownBy = (...events: readonly ChatEvent[]): (readonly string[] | undefined)[] => {
  const lines = transcript(nameOf);
  return events.map((each) => {
    const shown = lines.take(each);
    return shown?.otherwise ?? shown?.lines;
  });
};

test("messages have numbers, threads are indented and name their root, reactions and edits name their message", () => {
  expect(
    shownBy(
      said("$1", "nadia", "!status"),
      said("$2", "opsroom", "working…", { "m.in_reply_to": { event_id: "$1" } }),
      event("$3", "opsroom", { "m.new_content": { body: "🔴 uzig\nofem" }, body: "* x", "m.relates_to": { rel_type: "m.replace", event_id: "$2" } }),
      said("$4", "opsroom", "detail", { rel_type: "m.thread", event_id: "$2" }),
      event("$5", "nadia", { "m.relates_to": { rel_type: "m.annotation", event_id: "$2", key: "✅" } }, "m.reaction"),
    ),
  ).toEqual([["1 nadia: !status"], ["2 opsroom: working…"], ["✎ 2 opsroom:", "    🔴 uzig", "    ofem"], ["    3 ↳ 2 opsroom: detail"], ["  2 ← ✅ nadia"]]);
});

test("somebody else's edit changes nothing", () => {
  expect(shownBy(said("$1", "nadia", "mine"), event("$2", "eve", { body: "* yours", "m.relates_to": { rel_type: "m.replace", event_id: "$1" } }))).toEqual([
    ["1 nadia: mine"],
    undefined,
  ]);
});

test("what is taken back is said to be", () => {
  expect(
    shownBy(
      said("$1", "nadia", "slip"),
      event("$2", "nadia", { "m.relates_to": { rel_type: "m.annotation", event_id: "$1", key: "👍" } }, "m.reaction"),
      event("$3", "nadia", { redacts: "$2" }, "m.room.redaction"),
      event("$4", "nadia", { redacts: "$1" }, "m.room.redaction"),
    ),
  ).toEqual([["1 nadia: slip"], ["  1 ← 👍 nadia"], ["  1 ✗ 👍 nadia"], ["✗ 1 removed by nadia"]]);
});

test("nothing from the room reaches the terminal as a control sequence", () => {
  const nasty = "\u001b[2J\u001b]0;title\u0007\u009b31mred\r\nnext\u202eline\u0000";
  const all = shownBy(
    said("$1", `eve${nasty}`, nasty),
    event("$2", "eve", { "m.relates_to": { rel_type: "m.annotation", event_id: "$1", key: nasty } }, "m.reaction"),
  );

  expect(all.flat().join("\n")).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
});

test("a number leads back to its event", () => {
  const lines = transcript(nameOf);
  lines.take(said("$1", "nadia", "a"));
  lines.take(said("$2", "nadia", "b"));

  expect(lines.numbered(2)?.event_id).toBe("$2");
  expect(lines.numbered(3)).toBeUndefined();
});
