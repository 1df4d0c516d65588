import { expect, test } from "vitest";
import { parseDeviceId, parseRoomId, parseUserId } from "../../../src/ids.ts";
import { describeEncryption, isWell } from "../../../src/matrix/crypto/identity/describe.ts";
import type { EncryptionFacts } from "../../../src/matrix/crypto/identity/facts.ts";

const room = parseRoomId("!ops:example.org");
const phone = { user: parseUserId("@eye:example.org"), device: parseDeviceId("PHONE"), name: "Eye's\nphone" };
const well: EncryptionFacts = {
  user: parseUserId("@opsroom:example.org"),
  device: parseDeviceId("BOT"),
  keys: "ours",
  signed: true,
  hasIdentity: true,
  hasRecovery: true,
  backup: { version: "1", keys: 12 },
  rooms: [{ room, people: { members: 2, devices: 3, unsigned: [] } }],
};
const text = (facts: EncryptionFacts): string =>
  describeEncryption(facts)
    .map(({ mark, text: words }) => `${mark} ${words}`)
    .join("\n");

test("when all is well every line is green", () => {
  expect(describeEncryption(well).every(({ mark }) => mark === "🟢")).toBe(true);
  expect(isWell(well)).toBe(true);
});

test("devices that their owners have not signed are named, on one line", () => {
  const facts = { ...well, rooms: [{ room, people: { members: 2, devices: 3, unsigned: [phone] } }] };
  expect(text(facts)).toContain("no commands are taken from them: @eye:example.org PHONE (Eye's phone)");
  expect(isWell(facts)).toBe(true);
});

test("a device that nobody signed reads nobody and is read by nobody, and that needs a person", () => {
  const facts = { ...well, signed: false, hasIdentity: false };
  expect(text(facts)).toContain("on Element nobody reads me, and I read nobody");
  expect(text(facts)).toContain("opsroom crypto init");
  expect(isWell(facts)).toBe(false);
});

test("a homeserver that forgot the device, or has others' keys for it, is told with the way out", () => {
  expect(text({ ...well, keys: "missing" })).toContain("has forgotten its keys. Stop Opsroom and run opsroom crypto reset");
  expect(text({ ...well, keys: "another" })).toContain("other keys");
});
