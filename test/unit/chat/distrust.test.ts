import { expect, test } from "vitest";
import { distrustOf } from "../../../src/chat/distrust.ts";
import { parseDeviceId } from "../../../src/ids.ts";
import type { AcceptFrom, Trust } from "../../../src/trust.ts";
import { nadia } from "../../support/events.ts";

const said = (trust: Trust) => ({ sender: nadia, origin: { device: parseDeviceId("PHONE"), trust } });

test.each<[AcceptFrom, readonly Trust[]]>([
  ["signed", ["verified", "signed"]],
  ["verified", ["verified"]],
  ["any", ["verified", "signed", "unsigned", "unknown-device", "identity-changed", "not-authentic"]],
])("%s takes commands from devices that are %j, and says of each other one what is wrong", (accept, taken) => {
  const all: readonly Trust[] = ["verified", "signed", "unsigned", "unknown-device", "identity-changed", "not-authentic"];
  const refused = all.filter((trust) => !taken.includes(trust));
  const distrusts = all.map((trust) => ({ trust, distrust: distrustOf(said(trust), true, accept) }));

  expect(distrusts.filter(({ distrust }) => distrust === undefined).map(({ trust }) => trust)).toEqual(all.filter((trust) => taken.includes(trust)));
  expect(distrusts.flatMap(({ distrust }) => distrust?.words ?? []).filter((words) => /then type it again|Type it again/u.test(words))).toHaveLength(
    refused.length,
  );
});

test("what is said in clear is taken where the room is not encrypted, and nowhere else, whatever is accepted", () => {
  const clear = { sender: nadia };
  expect(distrustOf(clear, false, "verified")).toBeUndefined();
  expect(distrustOf(clear, true, "any")).toMatchObject({ words: expect.stringContaining("in clear") });
});
