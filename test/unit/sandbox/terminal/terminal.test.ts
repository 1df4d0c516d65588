import { once } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { alertDesk } from "../../../../src/sandbox/alert-desk.ts";
import { listen, type Listener } from "../../../../src/sandbox/listener.ts";
import { bodyOf, linksOf } from "../../../../src/sandbox/terminal/relation.ts";
import { runTerminal } from "../../../../src/sandbox/terminal/terminal.ts";
import { scriptedRoom, type ScriptedRoom } from "./scripted-room.ts";

let stage: ScriptedRoom;
let ear: Listener;
let input: PassThrough;
let output: PassThrough & { isTTY?: boolean; columns?: number };
let screen: string;

/** Alerts that this Alertmanager would be told of. */
let told: string[];
const alerts = alertDesk({
  fire: (labels) => told.push(`${labels["alertname"]} ${labels["severity"]} fires`),
  resolve: (labels) => told.push(`${labels["alertname"]} ends`),
});

beforeEach(async () => {
  told = [];
  stage = await scriptedRoom(async (event, bot, room) => {
    if (bodyOf(event) !== "!ping") return;
    const working = await bot.sendText(room, "working…", { "m.relates_to": { "m.in_reply_to": { event_id: event.event_id } } });
    await bot.sendText(room, "* pong", { "m.new_content": { body: "pong" }, "m.relates_to": { rel_type: "m.replace", event_id: working } });
  });
  ear = await listen(stage.bot, stage.room);
  input = new PassThrough();
  output = new PassThrough();
  screen = "";
  output.on("data", (chunk: Buffer) => {
    screen += chunk.toString("utf8");
  });
});
afterEach(async () => {
  await ear.close();
  await stage[Symbol.asyncDispose]();
});

/** Resolves once the screen has `text` on it. */
async function shows(text: string): Promise<void> {
  while (!screen.includes(text)) await once(output, "data");
}

const start = (signal = new AbortController().signal): Promise<void> =>
  runTerminal({ room: stage.room, botUserId: stage.bot.userId, cast: stage.cast, alerts, idle: stage.idle, input, output, greeting: ["Welcome."] }, signal);

test("lines of a pipe are said in the room, and the answers are shown before it ends", async () => {
  const running = start();
  input.end("!ping\n");
  await running;

  expect(screen).toBe("Welcome.\n1 nadia: !ping\n2 opsroom: working…\n✎ 2 opsroom: pong\n");
});

test("one can be somebody else, react by number and answer in a thread", async () => {
  const running = start();
  input.write("hello\n");
  const hello = await ear.waitFor((event) => bodyOf(event) === "hello");
  await shows("1 nadia: hello");
  input.write("/as Eve\n/react 1 👍\n/thread 1 why?\n");
  const thread = await ear.waitFor((event) => bodyOf(event) === "why?");
  await shows("2 ↳ 1 eve: why?");
  input.write("/react 99 👍\n/what\n/quit\n");
  await running;

  const reaction = ear.heard().find((event) => event.type === "m.reaction");
  expect(reaction?.sender).toBe("@eve:opsroom.test");
  expect(linksOf(thread)).toMatchObject({ thread: hello.event_id });
  expect(screen).toContain("— eve is here\n");
  expect(screen).toContain("    2 ↳ 1 eve: why?\n");
  expect(screen).toContain("There is no message 99.\n");
  expect(screen).toContain("There is no /what.");
});

test("on a terminal the newest message is rewritten when it is edited", async () => {
  output.isTTY = true;
  output.columns = 80;
  const running = start();
  input.write("!ping\r");
  await shows("opsroom: pong");
  input.write("/quit\r");
  await running;

  expect(screen).toContain("\r\u001b[1A\u001b[J2 opsroom: pong\n");
  expect(screen).not.toContain("✎");
});

test("alerts begin and end by a word, and a reaction without a number is for what the bot said last", async () => {
  const running = start();
  input.write("!ping\n");
  await shows("✎ 2 opsroom: pong");
  input.write("mine\n/react 👀\n/fire DiskFull severity=critical\n/resolve Nothing\n/resolve DiskFull\n/resolve\n");
  const reaction = await ear.waitFor((event) => event.type === "m.reaction");
  await shows("Nothing fires.");
  input.write("/quit\n");
  await running;

  expect(linksOf(reaction)).toMatchObject({ emoji: "👀", reactsTo: ear.heard().find((event) => event.sender === stage.bot.userId)?.event_id });
  expect(told).toEqual(["DiskFull critical fires", "DiskFull ends"]);
  expect(screen).toContain("There is no such alert. These fire: DiskFull.\n");
  expect(screen).toContain("1 alert has ended.\n");
});

test("it ends when it is told to, whatever is being typed", async () => {
  const stop = new AbortController();
  const running = start(stop.signal);
  input.write("half a li");
  stop.abort();

  await expect(running).resolves.toBeUndefined();
});
