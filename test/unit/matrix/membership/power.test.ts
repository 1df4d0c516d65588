import { expect, test } from "vitest";
import { parseRoomId, parseUserId } from "../../../../src/ids.ts";
import { judgeSuccessor, readPower } from "../../../../src/matrix/membership/power.ts";
import { mallory, nadia, oleg } from "../../../support/events.ts";

const me = parseUserId("@opsroom:example.org");
const old = parseRoomId("!old:example.org");

interface Given {
  readonly version?: string;
  readonly creator?: string;
  readonly additional?: readonly string[];
  readonly users?: Readonly<Record<string, number | string>>;
  readonly usersDefault?: number;
  readonly predecessor?: string;
  readonly members?: readonly string[];
}

function state({ version = "11", creator = nadia, additional, users = {}, usersDefault = 0, predecessor, members = [] }: Given): unknown {
  const event = (type: string, content: unknown, key = "", sender: string = creator): unknown => ({ type, state_key: key, sender, content });
  return [
    event("m.room.create", {
      room_version: version,
      ...(additional === undefined ? {} : { additional_creators: additional }),
      ...(predecessor === undefined ? {} : { predecessor: { room_id: predecessor } }),
    }),
    event("m.room.power_levels", { users, users_default: usersDefault }),
    ...members.map((member) => event("m.room.member", { membership: "join" }, member, member)),
  ];
}

const follow = (before: Given, after: Given): boolean =>
  judgeSuccessor({ room: old, power: readPower(state(before)) }, readPower(state({ predecessor: old, ...after })), new Set([nadia, oleg]), me).follow;

test("in a room of version 12 creators have power without standing in the levels", () => {
  expect(readPower(state({ version: "12", creator: nadia, additional: [oleg], users: { [mallory]: 50 } }))?.powerful).toEqual(new Set([nadia, oleg, mallory]));
});

test("in older rooms the creator has what the levels say", () => {
  expect(readPower(state({ version: "11", creator: nadia, users: { [oleg]: "100", [mallory]: 49 } }))?.powerful).toEqual(new Set([oleg]));
});

test("where everybody has power, the members count, save those listed lower", () => {
  expect(readPower(state({ users: { [oleg]: 0 }, usersDefault: 50, members: [mallory, oleg] }))?.powerful).toEqual(new Set([mallory]));
});

test("a room without a creation event tells nothing", () => {
  expect(readPower([])).toBeUndefined();
  expect(readPower("odd")).toBeUndefined();
});

test.each<[string, boolean, Given, Given]>([
  ["the same operators, from levels to creators", true, { users: { [nadia]: 100, [oleg]: 50 } }, { version: "12", creator: nadia, users: { [oleg]: 50 } }],
  ["an operator without power in the new room", false, { users: { [nadia]: 100, [oleg]: 50 } }, { version: "12", creator: nadia }],
  ["somebody else come to power", false, { users: { [nadia]: 100 } }, { version: "12", creator: nadia, users: { [mallory]: 50 } }],
  ["somebody who had power before", true, { users: { [nadia]: 100, [mallory]: 50 } }, { users: { [nadia]: 100, [mallory]: 100 } }],
  ["ourselves with power", true, { users: { [nadia]: 100 } }, { users: { [nadia]: 100, [me]: 50 } }],
  ["no operator with power in the old room", false, { creator: mallory, users: { [mallory]: 100 } }, { creator: mallory, users: { [mallory]: 100 } }],
  ["a room that does not name the old one", false, { users: { [nadia]: 100 } }, { users: { [nadia]: 100 }, predecessor: "!another" }],
])("%s: followed %s", (_, expected, before, after) => {
  expect(follow(before, after)).toBe(expected);
});
