import { expect, test } from "vitest";
import { alertRoom } from "../../../support/alert-room.ts";
import { mallory, nadia, oleg, opsRoom } from "../../../support/events.ts";

const firing = { labels: { alertname: "NodeDown", severity: "critical", instance: "uzig" } };
const escalating = {
  pings: [{ severities: ["critical"], matchers: [], mention: [nadia], always: true, escalate: { afterMs: 600_000, mention: [oleg] } }],
} as const;

async function scene() {
  const room = await alertRoom({ settings: escalating });
  const group = await room.deliver({ alerts: [firing] });
  const key = group.rooms[opsRoom]?.key ?? "";
  const escalation = async () => (await room.store.read.dueTimers(room.clock.now() + 86_400_000, 100)).filter((timer) => timer.key === `escalate/${group.id}`);
  return { room, id: group.id, key, escalation };
}

test("👀 by an operator is named in the message, in its thread and in the audit log, and ends the escalation", async () => {
  const { room, id, key, escalation } = await scene();
  expect(await escalation()).toHaveLength(1);
  const { event, audit } = await room.react("👀", key);
  expect(audit).toMatchObject({ actor: nadia, action: "alert.acknowledged", subject: id, outcome: "ok" });
  expect((await room.group(id)).acknowledged).toEqual({ by: nadia, at: room.clock.now(), reaction: event });
  expect(await escalation()).toEqual([]);
  expect(JSON.stringify(await room.said())).toContain("is on it");
});

test("the second 👀 changes nothing; taking the first back begins the escalation anew, taking the second back does nothing", async () => {
  const { room, id, key, escalation } = await scene();
  const first = await room.react("👀", key);
  const second = await room.react("👀", key, oleg);
  expect(second.audit).toBeUndefined();
  expect(await room.unreact("👀", key, second.event, oleg)).toBeUndefined();
  expect((await room.group(id)).acknowledged?.by).toBe(nadia);
  expect(await room.unreact("👀", key, first.event)).toMatchObject({ action: "alert.unacknowledged" });
  expect((await room.group(id)).acknowledged).toBeUndefined();
  expect((await escalation()).map((timer) => timer.dueAt)).toEqual([room.clock.now() + 600_000]);
});

test("a viewer's 👀, one on something else, and one on what has ended do nothing", async () => {
  const { room, id, key } = await scene();
  expect((await room.react("👀", key, mallory, "viewer")).audit).toBeUndefined();
  expect((await room.react("👀", "alert/storm/x")).audit).toBeUndefined();
  expect((await room.react("👍", key)).audit).toBeUndefined();
  expect((await room.group(id)).acknowledged).toBeUndefined();
  await room.deliver({ alerts: [{ ...firing, status: "resolved" }] });
  expect((await room.react("👀", key)).audit).toBeUndefined();
  expect((await room.group(id)).acknowledged).toBeUndefined();
});
