import { expect, test } from "vitest";
import { bindArguments } from "../../../src/chat/arguments.ts";
import type { Asker, Command } from "../../../src/chat/command.ts";
import { parseTyped } from "../../../src/chat/parse.ts";
import { ack } from "../../../src/handlers/ack.ts";
import { alerts } from "../../../src/handlers/alerts.ts";
import { silence } from "../../../src/handlers/silence.ts";
import { silences } from "../../../src/handlers/silences.ts";
import { unsilence } from "../../../src/handlers/unsilence.ts";
import { parseEventId, parseRoomId } from "../../../src/ids.ts";
import { alertRoom, answer, type AlertRoom } from "../../support/alert-room.ts";
import { asker } from "../../support/asker.ts";
import { nadia, oleg } from "../../support/events.ts";
import { show, type Shown } from "../../support/show.ts";

const hour = 3_600_000;
const signal = new AbortController().signal;
const nodeDown = { labels: { alertname: "NodeDown", severity: "critical", instance: "uzig" } };
const slow = { labels: { alertname: "SynapseSlow", severity: "warning", namespace: "matrix" } };

/** Types it as a person does. */
async function type<Args, Answer>(
  room: AlertRoom,
  command: Command<Args, { readonly acting: () => AlertRoom["needs"] }, Answer>,
  message: string,
  given: Partial<Asker> = {},
): Promise<Shown> {
  const typed = parseTyped(message);
  if (typed.kind !== "command") throw new Error(typed.kind);
  const bound = bindArguments(command, typed.words);
  if (bound.kind !== "args") throw new Error(bound.kind === "mistake" ? bound.text : bound.kind);
  return show(command.render(await command.run(bound.args, { acting: () => room.needs }, asker(given)), room.needs.view()));
}

async function twoGroups(): Promise<AlertRoom> {
  const room = await alertRoom();
  await room.deliver({ alerts: [nodeDown] });
  await room.deliver({ groupKey: '{}:{alertname="SynapseSlow"}', groupLabels: { alertname: "SynapseSlow" }, alerts: [slow] });
  return room;
}

test("!alerts: the worst first, with age, what is silenced and acknowledged, and what only Alertmanager knows", async () => {
  const room = await twoGroups();
  room.embedded.fire({ alertname: "Elsewhere", severity: "info" });
  await type(room, silence, "!silence SynapseSlow 1h slow disk", { event: parseEventId("$s") });
  await type(room, ack, "!ack NodeDown");
  const { room: text, first } = await type(room, alerts, "!alerts");
  expect(first).toBe("🔴 1 critical, 🟠 1 warning firing · 🔕 1 silenced, 👀 1 acknowledged");
  expect(text).toMatch(
    /🔴 CRITICAL NodeDown · for 1 min · 👀 @nadia:example\.org · prod [0-9a-f]{6}\n.*🟠 WARNING SynapseSlow · for 1 min · 🔕 until 19:00 MSK/u,
  );
  expect(text).toContain("The Alertmanager of prod has more: 1 that it does not send me (Elsewhere)");
});

test("!alerts takes a part of a name, or matchers; a mistake is said; nothing is said to be well when nobody could be asked", async () => {
  const room = await twoGroups();
  expect((await type(room, alerts, "!alerts slow")).first).toBe("🟠 1 warning firing");
  expect((await type(room, alerts, '!alerts {namespace=~"mat.*"}')).first).toBe("🟠 1 warning firing");
  expect((await type(room, alerts, "!alerts namespace=“matrix” severity=warning")).first).toBe("🟠 1 warning firing");
  expect((await type(room, alerts, "!alerts nothing-like-it")).first).toBe("Nothing of that fires.");
  expect((await type(room, alerts, '!alerts a="b')).first).toMatch(/cannot read that filter/u);
  expect((await type(room, alerts, "!alerts --all")).thread).toContain("NodeDown");
  await room.embedded.down();
  expect((await type(room, alerts, "!alerts")).room).toContain(
    "⚪ not asked: the Alertmanager of prod could not be asked to list the alerts: connection refused",
  );
  const calm = await alertRoom();
  expect((await type(calm, alerts, "!alerts")).first).toBe("🟢 Nothing fires.");
  await calm.embedded.down();
  expect((await type(calm, alerts, "!alerts")).first).toBe("⚪ Nothing fires that I was told of.");
});

test("a hundred groups fit into the answer, the rest in its thread", async () => {
  const room = await alertRoom();
  for (let n = 0; n < 30; n += 1) await room.deliver({ groupKey: `g${n}`, alerts: [{ labels: { alertname: `A${n}`, severity: "critical" } }] });
  const { room: text, thread } = await type(room, alerts, "!alerts");
  expect(text).toContain("… and 24 more, in the thread");
  expect(thread.split("\n")).toHaveLength(24);
});

test("!ack: the only one, by name, by id; says which where it is not plain, and who is on it already", async () => {
  const room = await twoGroups();
  expect((await type(room, ack, "!ack")).room).toMatch(/2 wait to be acknowledged: say which\n.*!ack [0-9a-f]{6} 🔴 CRITICAL NodeDown/u);
  expect((await type(room, ack, "!ack nodedown")).first).toBe("👀 You are on it: NodeDown.");
  expect((await type(room, ack, "!ack nodedown")).first).toBe("👀 You are on it: NodeDown.");
  expect((await type(room, ack, "!ack NodeDown", { user: oleg })).first).toMatch(/^NodeDown: @nadia:example\.org is on it/u);
  expect((await type(room, ack, "!ack")).first).toBe("👀 You are on it: SynapseSlow.");
  expect((await type(room, ack, "!ack")).first).toBe("Nothing that fires here waits to be acknowledged.");
  expect((await type(room, ack, "!ack Nope")).first).toContain("“Nope”");
  expect((await type(room, ack, "!ack NodeDown", { room: parseRoomId("!other") })).first).toContain("Nothing that fires here");
});

test("!silence: what is plain is made at once, in the asker's name, and shown in the alert's message", async () => {
  const room = await twoGroups();
  const { room: text } = await type(room, silence, "!silence alertname=“NodeDown” 2h “new disk”");
  const [made] = await room.manager.silences(signal);
  expect(made).toMatchObject({ createdBy: nadia, endsAt: room.clock.now() + 2 * hour });
  expect(made?.comment).toMatch(/^new disk \[opsroom silence\/typed\/[0-9a-f]{16}\]$/u);
  expect(text).toBe(`🔕 Silenced until 20:00 MSK · 1 alert muted now\n{alertname="NodeDown"}\nEnd it with !unsilence ${made?.id.slice(0, 8)}`);
  expect((await type(room, alerts, "!alerts NodeDown")).first).toContain("🔕 1 silenced");
});

test("!silence with a negative matcher beside a plain one is plain", async () => {
  const room = await twoGroups();
  await type(room, silence, '!silence severity!="info" instance=uzig 2h x');
  expect(await room.openPrompt()).toBeUndefined();
  expect(await room.manager.silences(signal)).toHaveLength(1);
});

test("!silence again after a crash makes no second one: neither when the reply was cut off nor when all was done", async () => {
  const room = await twoGroups();
  room.embedded.faults.next({ kind: "cut-reply", method: "POST", path: /silences$/u });
  await expect(type(room, silence, "!silence NodeDown 2h")).rejects.toThrow(/could not be asked/u);
  const second = await type(room, silence, "!silence NodeDown 2h");
  expect((await type(room, silence, "!silence NodeDown 2h")).first).toBe("🔕 Silenced until 20:00 MSK");
  expect(second.first).toContain("🔕 Silenced until 20:00 MSK");
  expect(await room.manager.silences(signal)).toHaveLength(1);
});

test.each([
  ["!silence alertname=Nope 2h", "nothing that fires now matches"],
  ['!silence alertname=~".+" 2h', "it mutes 2 groups; no matcher says what it is"],
])("%s is confirmed first", async (message, doubt) => {
  const room = await twoGroups();
  const { first } = await type(room, silence, message);
  const prompt = await room.openPrompt();
  expect(first).toContain("asked you to confirm");
  expect(JSON.stringify(prompt?.lines)).toContain(doubt);
  expect(prompt).toMatchObject({ people: [nadia], free: false, choices: [{ name: "yes" }, { name: "no" }] });
  expect(await room.manager.silences(signal)).toEqual([]);
  // Run again after a crash: still one question.
  await type(room, silence, message);
  expect(await room.store.read.openPrompts(10)).toHaveLength(1);
  await answer(room, "yes");
  await room.runTimers();
  expect((await room.manager.silences(signal)).map((each) => each.endsAt - each.startsAt)).toEqual([2 * hour]);
  const told = await room.store.read.outboxMessage(`said/${asker().event}/silence-made`);
  expect(told).toMatchObject({ relation: { kind: "reply" } });
  expect(String(told?.content["body"])).toContain("Silenced until 20:00 MSK");
});

test("!silence refuses in words what would mute everything, what it cannot read, and a source that is not there", async () => {
  const room = await twoGroups();
  expect((await type(room, silence, '!silence alertname=~".*" 2h')).first).toContain("would mute everything");
  expect((await type(room, silence, "!silence alertname=X")).first).toContain("for how long");
  await expect(type(room, silence, "!silence NodeDown 2h --source nope")).rejects.toThrow(/no source called “nope”/u);
  await expect(type(await alertRoom({ managed: false }), silence, "!silence NodeDown 2h")).rejects.toThrow(/names no Alertmanager/u);
  expect(await room.manager.silences(signal)).toEqual([]);
});

test("!silences shows what is silenced, by whom and why, without our marker", async () => {
  const room = await twoGroups();
  expect((await type(room, silences, "!silences")).first).toBe("🔔 Nothing is silenced.");
  await type(room, silence, "!silence NodeDown 2h new disk");
  expect((await type(room, silences, "!silences")).room).toMatch(
    /1 silence, the first to end first\n.*[0-9a-f]{8} \{alertname="NodeDown"\} · ends in 2 h, 20:00 MSK · by @nadia:example\.org · new disk$/u,
  );
  await room.embedded.down();
  expect((await type(room, silences, "!silences")).first).toBe("⚪ What is silenced is not known.");
});

test("!unsilence ends one by the beginning of its id, once", async () => {
  const room = await twoGroups();
  await type(room, silence, "!silence NodeDown 2h");
  const [made] = await room.manager.silences(signal);
  const id = made?.id.slice(0, 8) ?? "";
  expect((await type(room, unsilence, "!unsilence ffff0000ffff")).first).toContain("No silence has an id");
  expect((await type(room, unsilence, `!unsilence ${id}`)).first).toBe('🔔 Not silenced any more: {alertname="NodeDown"}');
  expect((await type(room, unsilence, `!unsilence ${id}`)).first).toContain("over already");
  expect((await type(room, alerts, "!alerts NodeDown")).first).not.toContain("silenced");
  expect(await room.store.read.notes("silence", 10)).toEqual([]);
});

test("two silences whose ids begin alike are not mistaken for each other", async () => {
  const room = await twoGroups();
  const common = { matchers: [{ name: "a", op: "=", value: "b" }], startsAt: 0, endsAt: 0, createdBy: "n", comment: "", state: "active" } as const;
  const manager = { ...room.manager, silences: async () => ["abcd1234-1", "abcd1234-2"].map((id) => ({ ...common, id })) };
  const needs = { ...room.needs, alertmanagers: () => new Map([["prod", manager]]) };
  const shown = show(unsilence.render(await unsilence.run({ id: "abcd" }, { acting: () => needs }, asker()), needs.view()));
  expect(shown.first).toBe("2 silences begin so: say more of the id");
});

test("where no alerts are configured the commands say so", async () => {
  const none = { acting: () => undefined };
  await expect(alerts.run({}, none, asker())).rejects.toThrow("no alerts are configured");
  await expect(silence.run({ request: "x 2h" }, none, asker())).rejects.toThrow("no alerts are configured");
});
