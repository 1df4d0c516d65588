import { expect, test } from "vitest";
import { strangerLocalpart } from "../../../../src/sandbox/terminal/cast.ts";
import { scriptedRoom } from "./scripted-room.ts";

test("no name makes a stranger the bot or an operator", () => {
  const taken = ["opsroom", "nadia"];

  expect(strangerLocalpart("opsroom", taken)).toBe("stranger-opsroom");
  expect(strangerLocalpart("nadia!", taken)).toBe("nadia=21");
  expect(strangerLocalpart("Eve Smith", taken)).toBe("eve=20smith");
  expect(strangerLocalpart("日", taken)).toBe("=e6=97=a5");
});

test("an operator is found by name in any case; whoever else is named joins the room as a stranger, once", async () => {
  await using stage = await scriptedRoom(async () => undefined);

  const [nadia, eve, again] = [await stage.cast.speaker("Nadia"), await stage.cast.speaker("Eve"), await stage.cast.speaker("eve")];

  expect(nadia).toMatchObject({ name: "nadia", isOperator: true });
  expect(eve).toMatchObject({ name: "Eve", isOperator: false });
  expect(again.client).toBe(eve.client);
  await eve.client.sendText(stage.room, "here I am");
});
