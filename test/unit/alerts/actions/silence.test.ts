import { expect, test } from "vitest";
import { answer, alertRoom, type AlertRoom } from "../../../support/alert-room.ts";
import { mallory, nadia, oleg, opsRoom } from "../../../support/events.ts";

const hour = 3_600_000;
const signal = new AbortController().signal;
const firing = { labels: { alertname: "NodeDown", severity: "critical", instance: "uzig" } };

async function scene(given: Parameters<typeof alertRoom>[0] = {}) {
  const room = await alertRoom(given);
  const { id, rooms } = await room.deliver({ alerts: [firing] });
  return { room, id, key: rooms[opsRoom]?.key ?? "" };
}

async function silenced(room: AlertRoom, key: string, word = "1h") {
  const { event } = await room.react("🔕", key);
  await room.runTimers();
  await answer(room, word);
  await room.runTimers();
  return event;
}

const textOf = async (room: AlertRoom, part: string): Promise<string> => (await room.said(part)).map((row) => String(row.content["body"])).join("\n");

test("🔕 asks whoever put it, with what it would mute and for how long", async () => {
  const { room, key } = await scene();
  room.embedded.fire({ alertname: "NodeDown", severity: "critical", instance: "ofem" });
  await room.react("🔕", key);
  expect(await room.runTimers()).toHaveLength(1);
  const prompt = await room.openPrompt();
  expect(prompt).toMatchObject({ kind: "silence", people: [nadia], needed: 1, free: true, room: opsRoom, thread: { key } });
  expect(prompt?.choices.map((choice) => choice.emoji)).toEqual(["1️⃣", "4️⃣", "🌅", "❌"]);
  expect(prompt?.choices[2]?.label).toBe("until 13 Jun 09:00 MSK");
  const text = JSON.stringify(prompt?.lines);
  expect(text).toContain('alertname=\\"NodeDown\\", severity=\\"critical\\", instance=\\"uzig\\"');
  expect(text).toContain("It mutes 1 alert that fires now and no other group.");
});

test("the answer makes the silence in that person's name, and the message shows it", async () => {
  const { room, id, key } = await scene();
  const event = await silenced(room, key);
  const [made] = await room.manager.silences(signal);
  expect(made).toMatchObject({ state: "active", createdBy: nadia, startsAt: room.clock.now(), endsAt: room.clock.now() + hour });
  expect(made?.comment).toMatch(/^NodeDown: from the room \[opsroom silence\/[0-9a-f]{16}\/[0-9a-f]{16}\]$/u);
  expect((await room.group(id)).silence).toEqual({ id: made?.id, by: nadia, until: room.clock.now() + hour, reaction: event });
  expect(await textOf(room, key)).toContain("silenced by @nadia:example.org until 19:00 MSK");
  const audit = await room.store.read.audit({ limit: 10 });
  expect(audit.map((row) => row.action)).toContain("silence");
});

test.each([
  ["4h", 4 * hour],
  ["morning", 15 * hour],
  ["90m", 1.5 * hour],
])("%s lasts as long", async (word, ms) => {
  const { room, key } = await scene();
  await silenced(room, key, word);
  expect((await room.manager.silences(signal)).map((each) => each.endsAt - each.startsAt)).toEqual([ms]);
});

test("what is typed and is no duration is said, and nothing is made; no is no", async () => {
  const { room, key } = await scene();
  await silenced(room, key, "forever");
  expect(await textOf(room, "said-silence-not-made")).toContain("“forever” is no duration");
  await silenced(room, key, "no");
  expect(await room.manager.silences(signal)).toEqual([]);
});

test("a reply that was cut off makes no second silence", async () => {
  const { room, key } = await scene();
  room.embedded.faults.next({ kind: "cut-reply", method: "POST", path: /silences$/u });
  await expect(silenced(room, key)).rejects.toThrow(/could not be asked to make a silence/u);
  await room.runTimers();
  expect(await room.manager.silences(signal)).toHaveLength(1);
  expect(await room.store.read.notes("silence", 10)).toHaveLength(1);
});

test("taking the 🔕 back ends the silence, and the message shows it no more", async () => {
  const { room, id, key } = await scene();
  const event = await silenced(room, key);
  expect(await room.unreact("🔕", key, event)).toMatchObject({ action: "silence.taken-back", actor: nadia });
  await room.runTimers();
  expect((await room.manager.silences(signal)).map((each) => each.state)).toEqual(["expired"]);
  expect((await room.group(id)).silence).toBeUndefined();
  expect(await room.store.read.notes("silence", 10)).toEqual([]);
  expect(await textOf(room, key)).toContain("@nadia:example.org ended the silence");
  expect(await room.store.read.dueTimers(room.clock.now() + 1e10, 50)).toEqual([]);
});

test("taking the 🔕 back before the question, or the answer, leaves nothing to answer", async () => {
  const { room, key } = await scene();
  const early = await room.react("🔕", key);
  expect(await room.unreact("🔕", key, early.event)).toBeUndefined();
  expect(await room.runTimers()).toEqual([]);
  const asked = await room.react("🔕", key);
  await room.runTimers();
  await room.unreact("🔕", key, asked.event);
  expect(await room.openPrompt()).toBeUndefined();
});

test("taking the 🔕 back between the answer and the silence leaves none, also one that Alertmanager had made already", async () => {
  const { room, id, key } = await scene();
  const { event } = await room.react("🔕", key);
  await room.runTimers();
  await answer(room, "1h");
  room.embedded.faults.next({ kind: "cut-reply", method: "POST", path: /silences$/u });
  await expect(room.runTimers()).rejects.toThrow(/could not be asked/u);
  await room.unreact("🔕", key, event);
  await room.runTimers();
  expect((await room.manager.silences(signal)).map((each) => each.state)).toEqual(["expired"]);
  expect((await room.group(id)).silence).toBeUndefined();
});

test("its end is told ten minutes before to who made it; 🔕 on that message prolongs it", async () => {
  const { room, id, key } = await scene();
  await silenced(room, key);
  await room.clock.advance(50 * 60_000);
  await room.runTimers();
  const [reminder] = await room.said("said-remind");
  expect(reminder?.content).toMatchObject({ msgtype: "m.text", "m.mentions": { user_ids: [nadia] } });
  expect(String(reminder?.content["body"])).toContain("ends in 10 min, at 19:00 MSK");
  await silenced(room, reminder?.key ?? "", "4h");
  const states = (await room.manager.silences(signal)).map((each) => each.state).toSorted();
  expect(states).toEqual(["active", "expired"]);
  expect((await room.group(id)).silence?.until).toBe(room.clock.now() + 4 * hour);
  expect(await room.store.read.notes("silence", 10)).toHaveLength(1);
});

test("when it has ended the message shows it no more", async () => {
  const { room, id, key } = await scene();
  await silenced(room, key);
  await room.clock.advance(hour);
  await room.runTimers();
  expect((await room.group(id)).silence).toBeUndefined();
  expect(await room.store.read.notes("silence", 10)).toEqual([]);
});

test("one that was ended in Alertmanager itself is shown no more within five minutes; while Alertmanager is away it is", async () => {
  const { room, id, key } = await scene();
  await silenced(room, key);
  const [made] = await room.manager.silences(signal);
  await room.manager.expireSilence(made?.id ?? "", signal);
  await room.embedded.down();
  await room.clock.advance(5 * 60_000);
  await room.runTimers();
  expect((await room.group(id)).silence?.id).toBe(made?.id);
  await room.embedded.up();
  await room.clock.advance(5 * 60_000);
  await room.runTimers();
  expect((await room.group(id)).silence).toBeUndefined();
});

test("without an Alertmanager, and while it is away, it is said in words with what to do", async () => {
  const without = await scene({ managed: false });
  await without.room.react("🔕", without.key);
  await without.room.runTimers();
  expect(await textOf(without.room, "said-silence")).toMatch(/no Alertmanager for it.*\n.*alerts\.sources/u);
  const away = await scene();
  await away.room.embedded.down();
  await away.room.react("🔕", away.key);
  await away.room.runTimers();
  expect(await textOf(away.room, "said-silence")).toMatch(/connection refused/u);
  expect(await away.room.openPrompt()).toBeUndefined();
});

test("a viewer's 🔕 and one on what has ended ask nothing", async () => {
  const { room, key } = await scene();
  await room.react("🔕", key, mallory, "viewer");
  await room.deliver({ alerts: [{ ...firing, status: "resolved" }] });
  await room.react("🔕", key, oleg);
  expect(await room.runTimers()).toEqual([]);
});
