/** With an Alertmanager: alerts come from it, and silences are made in it from the room. */
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openAlerting, type AlertingBed } from "../support/alerting.ts";
import { relation, shownText, type RoomEvent } from "../support/person.ts";
import { naming, setAlertStage, webhookSecret, type AlertStage } from "./alerts.ts";
import type { Bed } from "./bed.ts";

/** A stage whose Opsroom gets its alerts from one Alertmanager, or a pair, and can make silences in the first. */
async function setScene(bed: Bed, peers: 1 | 2 = 1): Promise<{ readonly stage: AlertStage; readonly alerting: AlertingBed } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setAlertStage(bed));
  const alerting = stack.use(await openAlerting(bed.kind, { webhookUrl: `http://127.0.0.1:${stage.port}/alertmanager/ops`, bearer: webhookSecret }, peers));
  await stage.writeConfig({
    alerts: {
      listen: { host: "127.0.0.1", port: stage.port },
      sources: [{ name: "prod", bearer: { file: join(dirname(stage.configFile), "webhook-secret") }, alertmanager: { url: alerting.baseUrl } }],
      defaultRoom: "ops",
    },
  });
  const releases = stack.move();
  return { stage, alerting, [Symbol.asyncDispose]: async () => releases.disposeAsync() };
}

const inThread = (events: readonly RoomEvent[], root: string): readonly RoomEvent[] =>
  events.filter((event) => relation(event)?.["rel_type"] === "m.thread" && relation(event)?.["event_id"] === root);

async function messageOf({ operator, room, account }: AlertStage, name: string): Promise<RoomEvent> {
  const events = await operator.waitFor(room, (all) => naming(all, account.userId, name).length > 0, 30_000);
  const [message] = naming(events, account.userId, name);
  if (message === undefined) throw new Error(`no message of ${name}`);
  return message;
}

export function silenceScenarios(bed: () => Bed): void {
  describe("silences", () => {
    test("🔕 asks, shows what it would mute, and the answer makes a silence in the person's name; taken back, it ends", async () => {
      await using scene = await setScene(bed());
      const { stage, alerting } = scene;
      const { operator, room, stranger } = stage;
      await stage.start().ready();
      await alerting.fire("SynapseLags", { namespace: "matrix-roglog" });
      const message = await messageOf(stage, "SynapseLags");
      await stranger.react(room, message.event_id, "🔕");
      const asked = await operator.react(room, message.event_id, "🔕");
      const withQuestion = await operator.waitFor(
        room,
        (all) => inThread(all, message.event_id).some((each) => shownText(all, each).includes("!confirm")),
        20_000,
      );
      const questions = inThread(withQuestion, message.event_id).filter((each) => shownText(withQuestion, each).includes("!confirm"));
      const [question] = questions;
      if (question === undefined) throw new Error("no question");
      expect(questions).toHaveLength(1);
      expect(shownText(withQuestion, question)).toContain("SynapseLags");
      expect(JSON.stringify(question.content["m.mentions"])).toContain(operator.userId);

      await stranger.react(room, question.event_id, "1️⃣");
      await stage.viewer.react(room, question.event_id, "1️⃣");
      await operator.react(room, question.event_id, "1️⃣");
      await operator.waitFor(room, (all) => shownText(all, message).includes("silenced by"), 20_000);
      const client = alerting.clients[0];
      const made = (await client?.silences()) ?? [];
      expect(made).toHaveLength(1);
      expect(made[0]?.createdBy).toBe(operator.userId);
      const lastsMs = Date.parse(made[0]?.endsAt ?? "") - Date.now();
      expect(Math.abs(lastsMs - 3_600_000)).toBeLessThan(60_000);

      await operator.redact(room, asked);
      await operator.waitFor(room, (all) => !shownText(all, message).includes("silenced by"), 20_000);
      expect(await client?.silences()).toEqual([]);
    });

    test("!silence, !silences and !unsilence; a viewer may look and not act", async () => {
      await using scene = await setScene(bed());
      const { stage, alerting } = scene;
      const { operator, viewer, room, account } = stage;
      await stage.start().ready();
      await alerting.fire("DiskSlow", { node: "uzig" });
      await messageOf(stage, "DiskSlow");
      const says = async (who: typeof operator, text: string, wanted: string): Promise<void> => {
        await who.say(room, text);
        await operator.waitFor(room, (all) => all.some((each) => each.sender === account.userId && shownText(all, each).includes(wanted)), 20_000);
      };
      await says(viewer, "!silence alertname=DiskSlow 2h maintenance", "needs the role operator");
      await says(operator, "!silence alertname=DiskSlow 2h maintenance", "Silenced until");
      await expect.poll(async () => (await alerting.clients[0]?.silences())?.length, { timeout: 15_000 }).toBe(1);
      const id = (await alerting.clients[0]?.silences())?.[0]?.id ?? "";
      await says(viewer, "!silences", id.slice(0, 8));
      await says(viewer, "!alerts", "DiskSlow");
      await operator.say(room, `!unsilence ${id.slice(0, 8)}`);
      await expect.poll(async () => (await alerting.clients[0]?.silences())?.length, { timeout: 15_000 }).toBe(0);
    });

    test("two Alertmanagers tell the same: one message each, and none again when one of them is restarted", async () => {
      await using scene = await setScene(bed(), 2);
      const { stage, alerting } = scene;
      await stage.start().ready();
      const names = ["PairA", "PairB", "PairC"];
      for (const name of names) await alerting.fire(name, { namespace: "matrix" });
      for (const name of names) await messageOf(stage, name);
      await alerting.down();
      await delay(1000);
      await alerting.up();
      await alerting.resolve("PairB", { namespace: "matrix" });
      const events = await stage.operator.waitFor(
        stage.room,
        (all) => naming(all, stage.account.userId, "PairB").every((each) => shownText(all, each).startsWith("✅")),
        40_000,
      );

      expect(names.map((name) => naming(events, stage.account.userId, name).length)).toEqual([1, 1, 1]);
    });
  });
}
