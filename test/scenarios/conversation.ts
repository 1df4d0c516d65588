/** Who is answered, with what, and how often. */
import { describe, expect, test } from "vitest";
import { lintHtml } from "../support/html-linter.ts";
import { answersTo, relation, shownText, type RoomEvent } from "../support/person.ts";
import type { Bed } from "./bed.ts";
import { setStage } from "./stage.ts";

export function conversationScenarios(bed: () => Bed): void {
  describe("a conversation", () => {
    test("!status typed by an operator is answered with what is wrong first and every node and homeserver", async () => {
      await using stage = await setStage(bed());
      await stage.start().ready();

      const asked = await stage.operator.say(stage.room, "!status");
      const events = await stage.operator.waitFor(stage.room, (all) => answersTo(all, asked, stage.account.userId).length > 0);

      const [answer] = answersTo(events, asked, stage.account.userId);
      const text = answer === undefined ? "" : shownText(events, answer);
      expect(text).toContain(bed().cluster.node);
      expect(text).toContain(bed().cluster.homeserver.name);
      expect(text.split("\n")[0]).toMatch(/^(🔴|🟠|🟡|🟢|⚪)/u);
      expect(htmlFaults(events, stage.account.userId)).toEqual([]);
    });

    test("a viewer may ask for !status and may not see the audit log", async () => {
      await using stage = await setStage(bed());
      await stage.start().ready();

      const allowed = await stage.viewer.say(stage.room, "!help");
      const refused = await stage.viewer.say(stage.room, "!audit");
      const events = await stage.viewer.waitFor(stage.room, (all) => [allowed, refused].every((each) => answersTo(all, each, stage.account.userId).length > 0));

      const text = (question: string): string =>
        answersTo(events, question, stage.account.userId)
          .map((each) => shownText(events, each))
          .join("\n");
      expect(text(allowed)).toContain("!status");
      expect(text(allowed)).not.toContain("!audit");
      expect(text(refused)).toContain("needs the role operator");
    });

    test("a stranger gets a reaction and nothing done, even under an operator's display name", async () => {
      await using stage = await setStage(bed());
      await stage.stranger.setDisplayName("nadia");
      await stage.operator.setDisplayName("nadia");
      await stage.start().ready();

      const asked = await stage.stranger.say(stage.room, "!status");
      const marker = await stage.operator.say(stage.room, "!audit --since 1h");
      const events = await stage.operator.waitFor(
        stage.room,
        (all) => answersTo(all, marker, stage.account.userId).length > 0 && answersTo(all, asked, stage.account.userId).length > 0,
      );

      expect(answersTo(events, asked, stage.account.userId).map((each) => [each.type, relation(each)?.["key"]])).toEqual([["m.reaction", "🚫"]]);
      const [audit] = answersTo(events, marker, stage.account.userId);
      expect(audit === undefined ? "" : shownText(events, audit)).toContain(`${stage.stranger.userId}: refused status`);
    });

    test("a command typed in a thread is answered in that thread", async () => {
      await using stage = await setStage(bed());
      await stage.start().ready();

      const root = await stage.operator.say(stage.room, "let us look");
      const asked = await stage.operator.sayInThread(stage.room, root, "!version");
      const events = await stage.operator.waitFor(stage.room, (all) =>
        all.some((each) => each.sender === stage.account.userId && each.type === "m.room.message"),
      );

      expect(asked).toBeDefined();
      const answer = events.find((each) => each.sender === stage.account.userId && each.type === "m.room.message");
      expect(answer === undefined ? undefined : relation(answer)).toMatchObject({ rel_type: "m.thread", event_id: root });
    });

    test("commands of a room are answered in the order in which they were typed", async () => {
      await using stage = await setStage(bed());
      await stage.start().ready();

      const asked: string[] = [];
      for (let n = 0; n < 10; n += 1) asked.push(await stage.operator.say(stage.room, n % 2 === 0 ? "!version" : "!help"));
      const events = await stage.operator.waitFor(stage.room, (all) => asked.every((each) => answersTo(all, each, stage.account.userId).length > 0));

      const order = asked.map((each) => events.findIndex((event) => answersTo([event], each, stage.account.userId).length > 0));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    });
  });
}

/** What the linter has against anything the bot sent. */
function htmlFaults(events: readonly RoomEvent[], bot: string): readonly string[] {
  const html = events.filter((event) => event.sender === bot).map((event) => event.content["formatted_body"]);
  return html.flatMap((each) => (typeof each === "string" ? lintHtml(each) : []));
}
