import { expect, test } from "vitest";
import type { ChatClient, ChatEvent } from "../../../../src/sandbox/client.ts";
import { runOnce, type OnceOptions, type OnceResult } from "../../../../src/sandbox/terminal/once.ts";
import { bodyOf } from "../../../../src/sandbox/terminal/relation.ts";
import { scriptedRoom, type ScriptedRoom } from "./scripted-room.ts";

const reply = (event: ChatEvent): Record<string, unknown> => ({ "m.relates_to": { "m.in_reply_to": { event_id: event.event_id } } });

/** Answers operators with “working…” that becomes the answer, strangers with a reaction or not at all. */
async function polite(event: ChatEvent, bot: ChatClient, room: string): Promise<void> {
  if (!bodyOf(event).startsWith("!")) return;
  if (event.sender.startsWith("@mute")) return;
  if (!event.sender.startsWith("@nadia")) {
    await bot.react(room, event.event_id, "🚫");
    return;
  }
  const working = await bot.sendText(room, "working…", reply(event));
  await bot.sendText(room, "* done", {
    "m.new_content": { msgtype: "m.text", body: `done: ${bodyOf(event)}` },
    "m.relates_to": { rel_type: "m.replace", event_id: working },
  });
}

async function run(stage: ScriptedRoom, options: Partial<OnceOptions>): Promise<{ result: OnceResult; lines: string[] }> {
  const lines: string[] = [];
  const { room, cast, idle, bot } = stage;
  const result = await runOnce(
    { room, cast, idle, botUserId: bot.userId, says: [], json: true, timeoutMs: 4000, print: (line) => lines.push(line), ...options },
    new AbortController().signal,
  );
  return { result, lines };
}

test("each command is typed once the one before it is answered, and every event is one line of JSON", async () => {
  await using stage = await scriptedRoom(polite);

  const { result, lines } = await run(stage, {
    says: [
      { text: "!status", as: undefined },
      { text: "!help", as: "nadia" },
    ],
  });

  expect(result).toEqual({ kind: "answered" });
  const events = lines.map((line): ChatEvent => JSON.parse(line));
  expect(events.map((event) => [event.type, event.sender, bodyOf(event)])).toEqual([
    ["m.room.message", "@nadia:opsroom.test", "!status"],
    ["m.room.message", "@opsroom:opsroom.test", "working…"],
    ["m.room.message", "@opsroom:opsroom.test", "done: !status"],
    ["m.room.message", "@nadia:opsroom.test", "!help"],
    ["m.room.message", "@opsroom:opsroom.test", "working…"],
    ["m.room.message", "@opsroom:opsroom.test", "done: !help"],
  ]);
  expect(Object.keys(events[0] ?? {})).toEqual(["event_id", "room_id", "sender", "type", "content", "origin_server_ts"]);
});

test("a stranger is answered by a reaction, or by silence", async () => {
  await using stage = await scriptedRoom(polite);

  const { result, lines } = await run(stage, {
    says: [
      { text: "!status", as: "eve" },
      { text: "!status", as: "mute" },
    ],
  });

  expect(result).toEqual({ kind: "answered" });
  expect(lines.filter((line) => line.includes("m.reaction"))).toHaveLength(1);
});

test("what is no command needs no answer", async () => {
  await using stage = await scriptedRoom(polite);

  expect((await run(stage, { says: [{ text: "good morning", as: undefined }] })).result).toEqual({ kind: "answered" });
});

test("an operator who is not answered in time makes it fail, and it says which command", async () => {
  await using stage = await scriptedRoom(async () => undefined);

  const { result } = await run(stage, { says: [{ text: "!status", as: undefined }], timeoutMs: 400 });

  expect(result).toEqual({ kind: "failed", reason: '"!status" by nadia was not answered within 0.4 s' });
});

test("an answer to another message is no answer, and neither is one by somebody else", async () => {
  await using stage = await scriptedRoom(async (event, bot, room) => {
    if (bodyOf(event) !== "!status") return;
    await bot.sendText(room, "unrelated");
    const eve = await stage.cast.speaker("eve");
    await eve.client.sendText(room, "done", reply(event));
  });

  const { result } = await run(stage, { says: [{ text: "!status", as: undefined }], timeoutMs: 600 });

  expect(result.kind).toBe("failed");
});

test("while the bot still works it is not done", async () => {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  await using stage = await scriptedRoom(async (event, bot, room) => {
    await bot.sendText(room, "working…", reply(event));
    await finished;
  });

  const { result } = await run(stage, { says: [{ text: "!status", as: undefined }], timeoutMs: 500 });
  finish();

  expect(result).toMatchObject({ kind: "failed" });
});

test("without --json it reads like the room", async () => {
  await using stage = await scriptedRoom(polite);

  const { lines } = await run(stage, { says: [{ text: "!status", as: undefined }], json: false });

  expect(lines).toEqual(["1 nadia: !status", "2 opsroom: working…", "✎ 2 opsroom: done: !status"]);
});

test("alerts begin before anything is said, and each is waited for until the bot has named it", async () => {
  await using stage = await scriptedRoom(polite);

  const { result, lines } = await run(stage, {
    fires: ["DiskFull"],
    fire: (name) => void stage.bot.sendText(stage.room, `🔴 CRITICAL ${name}`),
    says: [{ text: "!alerts", as: undefined }],
  });

  expect(result).toEqual({ kind: "answered" });
  const events = lines.map((line): ChatEvent => JSON.parse(line));
  expect(events.map(bodyOf)).toEqual(["🔴 CRITICAL DiskFull", "!alerts", "working…", "done: !alerts"]);
});

test("an alert that is not shown in time is a failure with words", async () => {
  await using stage = await scriptedRoom(polite);

  const { result } = await run(stage, { fires: ["DiskFull"], fire: () => undefined, timeoutMs: 200 });

  expect(result).toEqual({ kind: "failed", reason: "DiskFull was not shown within 0.2 s" });
});
