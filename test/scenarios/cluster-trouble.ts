/** What `!status` says when something is wrong in the cluster, or with reaching it. */
import { describe, expect, test } from "vitest";
import { answersTo, shownText } from "../support/person.ts";
import type { Bed } from "./bed.ts";
import { setStage, type Stage } from "./stage.ts";

/** Everything the bot shows for one `!status`, its thread with it. */
async function status(stage: Stage, command = "!status"): Promise<string> {
  const asked = await stage.operator.say(stage.room, command);
  const finished = await stage.operator.waitFor(
    stage.room,
    (all) => answersTo(all, asked, stage.account.userId).some((each) => !shownText(all, each).includes("working…")),
    30_000,
  );
  const [answer] = answersTo(finished, asked, stage.account.userId);
  const detail = answer === undefined ? [] : answersTo(finished, answer.event_id, stage.account.userId);
  return [answer, ...detail].map((each) => (each === undefined ? "" : shownText(finished, each))).join("\n");
}

export function clusterScenarios(bed: () => Bed): void {
  describe("trouble in the cluster", () => {
    test("the API server goes down: the source that failed is named; when it is back so are the figures", async () => {
      await using stage = await setStage(bed());
      await stage.start().ready();
      expect(await status(stage)).toContain(bed().cluster.node);

      await bed().cluster.apiDown();
      const down = await status(stage);
      await bed().cluster.apiUp();
      const back = await status(stage);

      expect(down.split("\n")[0]).not.toContain("🟢");
      expect(down).toContain("prod");
      expect(back).toContain(bed().cluster.node);
    });

    test("a missing RBAC right is said in words, with the verb and the resource", async () => {
      await using stage = await setStage(bed());
      try {
        await bed().cluster.forbidPods();
        await stage.start().ready();
        const shown = await status(stage);
        expect(shown).toMatch(/list/u);
        expect(shown).toMatch(/pods/u);
        expect(shown.split("\n")[0]).not.toContain("🟢");
      } finally {
        await bed().cluster.allowPods();
      }
    });

    test("a node that stopped reporting is shown as not ready", async () => {
      await using stage = await setStage(bed());
      const node = await bed().cluster.loseNode();
      try {
        await stage.start().ready();
        const shown = (await status(stage)).split("\n");
        expect(shown[0]).toContain("🔴");
        expect(shown.filter((line) => line.includes("🔴") && line.includes(node))).not.toEqual([]);
      } finally {
        await bed().cluster.findNode();
      }
    });

    test("a pod killed for its memory is shown as such", async () => {
      await using stage = await setStage(bed());
      await bed().cluster.killByMemory();
      await stage.start().ready();

      expect(await status(stage, `!status ${bed().cluster.homeserver.name}`)).toMatch(/OOM-?killed/iu);
    });
  });
}
