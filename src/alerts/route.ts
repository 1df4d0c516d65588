/** Which rooms a group is shown in. Pure. */
import type { AlertGroup } from "./group.ts";
import { matchesAll } from "./matcher.ts";
import type { AlertSettings } from "./settings.ts";

export interface RoomRoute {
  /** Short names of configured rooms; at least the default one. */
  readonly rooms: readonly string[];
  /** What decided, in words. */
  readonly why: string;
  /** Names that were asked for and are no room of the configuration. */
  readonly unknown: readonly string[];
}

/** By the label that names a room, then by the configured routes, then the default. Nothing is ever dropped. */
export function roomsFor(
  group: Pick<AlertGroup, "receiver" | "groupLabels" | "commonLabels" | "routeLabels">,
  { roomLabel, routes, defaultRoom }: Pick<AlertSettings, "roomLabel" | "routes" | "defaultRoom">,
  known: readonly string[],
): RoomRoute {
  const wanted = wish(group, roomLabel) ?? byRoute(group, routes) ?? { rooms: [defaultRoom], why: "no label and no route says otherwise" };
  const rooms = wanted.rooms.filter((room) => known.includes(room));
  const unknown = wanted.rooms.filter((room) => !known.includes(room));
  return { rooms: rooms.length > 0 ? rooms : [defaultRoom], why: wanted.why, unknown };
}

type Wish = Pick<RoomRoute, "rooms" | "why">;

function wish({ routeLabels, groupLabels, commonLabels }: Parameters<typeof roomsFor>[0], label: string): Wish | undefined {
  const places = [
    [routeLabels, "the route's label"],
    [groupLabels, "the group's label"],
    [commonLabels, "the label"],
  ] as const;
  for (const [labels, place] of places) {
    const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
    const rooms = (value ?? "")
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "");
    if (rooms.length > 0) return { rooms: [...new Set(rooms)], why: `${place} ${label}` };
  }
  return undefined;
}

function byRoute({ receiver, groupLabels, commonLabels, routeLabels }: Parameters<typeof roomsFor>[0], routes: AlertSettings["routes"]): Wish | undefined {
  const labels = { ...commonLabels, ...groupLabels, ...routeLabels };
  const at = routes.findIndex((route) => (route.receivers.length === 0 || route.receivers.includes(receiver)) && matchesAll(labels, route.matchers));
  const route = routes[at];
  return route === undefined ? undefined : { rooms: route.rooms, why: `route ${at + 1} of the configuration` };
}
