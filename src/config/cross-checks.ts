/** Rules that hold between parts of the file. They look at it leniently, so that they are told together with all other mistakes. */
import * as z from "zod";
import { nearest } from "../chat/nearest.ts";
import { showFound } from "./found.ts";
import type { Mistake } from "./mistake.ts";
import { showPath, type Path } from "./path.ts";
import { shortName } from "./schema/pieces.ts";
import type { YamlFile } from "./yaml.ts";

const name = shortName().optional().catch(undefined);
const text = z.string().optional().catch(undefined);

/** What has a mistake of its own is absent here. */
const alertsView = z
  .object({
    defaultRoom: name,
    sources: z.array(z.object({ name, watchdog: z.object({ room: name }).optional().catch(undefined) }).catch({})).catch([]),
    routes: z.array(z.object({ rooms: z.array(name).catch([]) }).catch({ rooms: [] })).catch([]),
  })
  .optional()
  .catch(undefined);

type AlertsView = NonNullable<z.output<typeof alertsView>>;

const view = z
  .object({
    rooms: z.array(z.object({ name, room: text, encrypted: text }).catch({})).catch([]),
    matrix: z
      .object({ encryption: z.object({ folder: z.unknown() }).partial().optional().catch(undefined) })
      .partial()
      .catch({}),
    store: z.object({ postgres: z.unknown() }).partial().catch({}),
    clusters: z.array(z.object({ name }).catch({})).catch([]),
    homeservers: z.array(z.object({ name, cluster: name }).catch({})).catch([]),
    alerts: alertsView,
    backups: z
      .object({ clusters: z.array(name).catch([]), others: z.array(z.object({ name }).catch({})).catch([]) })
      .partial()
      .catch({}),
    schedules: z
      .object({ room: name, "backup-drill": z.object({ enabled: z.boolean() }).partial().catch({}) })
      .partial()
      .catch({}),
  })
  .catch({ rooms: [], matrix: {}, store: {}, clusters: [], homeservers: [], alerts: undefined, backups: {}, schedules: {} });

export function crossCheck(file: YamlFile): readonly Mistake[] {
  const { rooms, matrix, store, clusters, homeservers, alerts, backups, schedules } = view.parse(file.value);
  const known = clusters.flatMap((cluster) => cluster.name ?? []);
  const wantsEncryption = matrix.encryption !== undefined || rooms.some((room) => room.encrypted === "required");
  return [
    ...(wantsEncryption && store.postgres !== undefined && matrix.encryption?.folder === undefined ? [noFolder(file)] : []),
    ...repeated(
      file,
      ["rooms"],
      "name",
      rooms.map((room) => room.name),
    ),
    ...repeated(
      file,
      ["rooms"],
      "room",
      rooms.map((room) => room.room),
    ),
    ...repeated(
      file,
      ["clusters"],
      "name",
      clusters.map((cluster) => cluster.name),
    ),
    ...repeated(
      file,
      ["homeservers"],
      "name",
      homeservers.map((homeserver) => homeserver.name),
    ),
    ...homeservers.flatMap(({ cluster }, index) =>
      cluster === undefined || known.includes(cluster) ? [] : [unknownName(file, ["homeservers", index, "cluster"], cluster, "cluster", known)],
    ),
    ...(backups.clusters ?? []).flatMap((cluster, index) =>
      cluster === undefined || known.includes(cluster) ? [] : [unknownName(file, ["backups", "clusters", index], cluster, "cluster", known)],
    ),
    ...repeated(
      file,
      ["backups", "others"],
      "name",
      (backups.others ?? []).map((source) => source.name),
    ),
    ...(schedules.room === undefined || rooms.some((room) => room.name === schedules.room)
      ? []
      : [
          unknownName(
            file,
            ["schedules", "room"],
            schedules.room,
            "room",
            rooms.flatMap((room) => room.name ?? []),
          ),
        ]),
    ...(alerts === undefined
      ? []
      : crossCheckAlerts(
          file,
          alerts,
          rooms.flatMap((room) => room.name ?? []),
        )),
  ];
}

function crossCheckAlerts(file: YamlFile, { defaultRoom, sources, routes }: AlertsView, rooms: readonly string[]): readonly Mistake[] {
  const named: readonly (readonly [Path, string | undefined])[] = [
    [["alerts", "defaultRoom"], defaultRoom],
    ...sources.map(({ watchdog }, index) => [["alerts", "sources", index, "watchdog", "room"], watchdog?.room] as const),
    ...routes.flatMap((route, index) => route.rooms.map((room, at) => [["alerts", "routes", index, "rooms", at], room] as const)),
  ];
  return [
    ...repeated(
      file,
      ["alerts", "sources"],
      "name",
      sources.map((source) => source.name),
    ),
    ...named.flatMap(([path, room]) => (room === undefined || rooms.includes(room) ? [] : [unknownName(file, path, room, "room", rooms)])),
  ];
}

function noFolder(file: YamlFile): Mistake {
  const path: Path = ["matrix", "encryption", "folder"];
  return {
    path: showPath(path),
    line: file.lineOf(path),
    found: "nothing",
    allowed: "a folder for the keys of encrypted rooms: with PostgreSQL there is no default",
  };
}

function repeated(file: YamlFile, list: Path, key: string, values: readonly (string | undefined)[]): readonly Mistake[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (value === undefined || first === index) return [];
    const path = [...list, index, key];
    return [
      {
        path: showPath(path),
        line: file.lineOf(path),
        found: `${showFound(value, path, true)} for the second time`,
        allowed: `a ${key} of its own: ${showPath([...list, first, key])} has this one`,
      },
    ];
  });
}

function unknownName(file: YamlFile, path: Path, found: string, what: string, known: readonly string[]): Mistake {
  const meant = nearest(found, known);
  return {
    path: showPath(path),
    line: file.lineOf(path),
    found: showFound(found, path, true),
    allowed: known.length === 0 ? `the name of a ${what}` : `one of the ${what}s ${known.join(", ")}`,
    ...(meant === undefined ? {} : { nearest: meant }),
  };
}
