import { describe, expect, test } from "vitest";
import type { Labels } from "../../../../src/alerts/delivery.ts";
import { parseMatchers, type Matcher } from "../../../../src/alerts/matcher.ts";
import { roomsFor } from "../../../../src/alerts/route.ts";
import { alertSettings } from "../../../support/alerts.ts";

function match(text: string): readonly Matcher[] {
  const parsed = parseMatchers(text);
  if (!parsed.ok) throw new Error(parsed.mistake);
  return parsed.matchers;
}

const settings = alertSettings({
  routes: [
    { matchers: match('team="db"'), receivers: [], rooms: ["db"] },
    { matchers: [], receivers: ["pager"], rooms: ["ops", "night"] },
    { matchers: match('namespace=~"matrix-.*", severity!="info"'), receivers: ["all", "ops.matrix"], rooms: ["matrix"] },
    { matchers: match('team="gone"'), receivers: [], rooms: ["nowhere", "db"] },
  ],
});
const known = ["ops", "db", "matrix", "night"];

interface Given {
  readonly receiver?: string;
  readonly route?: Labels;
  readonly group?: Labels;
  readonly common?: Labels;
}

const route = ({ receiver = "all", route: routeLabels = {}, group = {}, common = {} }: Given) =>
  roomsFor({ receiver, groupLabels: group, commonLabels: common, routeLabels }, settings, known);

describe("which rooms, and why", () => {
  test.each<[string, Given, readonly string[], RegExp, readonly string[]]>([
    ["nothing says where", {}, ["ops"], /no label and no route/u, []],
    ["the route's label", { route: { matrix_room: "db" }, group: { matrix_room: "ops" } }, ["db"], /route's label matrix_room/u, []],
    ["the group's label", { group: { matrix_room: "db" }, common: { matrix_room: "ops" } }, ["db"], /group's label/u, []],
    ["a label of all alerts", { common: { matrix_room: "db" } }, ["db"], /label matrix_room/u, []],
    ["a label before a route", { common: { matrix_room: "night", team: "db" } }, ["night"], /label/u, []],
    ["several in a label, each once", { common: { matrix_room: " db, night,,db " } }, ["db", "night"], /label/u, []],
    ["an empty label says nothing", { route: { matrix_room: " , " }, common: { matrix_room: "db" } }, ["db"], /the label/u, []],
    ["a room that is none", { common: { matrix_room: "attic" } }, ["ops"], /label/u, ["attic"]],
    ["one that is and one that is none", { common: { matrix_room: "attic,db" } }, ["db"], /label/u, ["attic"]],
    ["a route by labels", { common: { team: "db" } }, ["db"], /route 1/u, []],
    ["a route by receiver, two rooms", { receiver: "pager" }, ["ops", "night"], /route 2/u, []],
    ["a route by both", { receiver: "ops.matrix", common: { namespace: "matrix-a" } }, ["matrix"], /route 3/u, []],
    ["the receiver does not fit", { receiver: "other", common: { namespace: "matrix-a" } }, ["ops"], /no route/u, []],
    ["a matcher does not fit", { common: { namespace: "matrix-a", severity: "info" } }, ["ops"], /no route/u, []],
    ["the first that fits", { receiver: "pager", common: { team: "db" } }, ["db"], /route 1/u, []],
    ["labels of the route count for routes too", { route: { team: "db" } }, ["db"], /route 1/u, []],
    ["a route to a room that is none", { common: { team: "gone" } }, ["db"], /route 4/u, ["nowhere"]],
    ["a name that every object has", { common: { matrix_room: "constructor" } }, ["ops"], /label/u, ["constructor"]],
  ])("%s", (_name, given, rooms, why, unknown) => {
    const found = route(given);
    expect(found.rooms).toEqual(rooms);
    expect(found.why).toMatch(why);
    expect(found.unknown).toEqual(unknown);
  });
});
