/** Rules that hold between parts of the file. They look at it leniently, so that they are told together with all other mistakes. */
import { z } from "zod";
import { nearest } from "../chat/nearest.ts";
import { showFound } from "./found.ts";
import type { Mistake } from "./mistake.ts";
import { showPath, type Path } from "./path.ts";
import { shortName } from "./schema/pieces.ts";
import type { YamlFile } from "./yaml.ts";

const name = shortName().optional().catch(undefined);
const text = z.string().optional().catch(undefined);

/** What has a mistake of its own is absent here. */
const view = z
  .object({
    rooms: z.array(z.object({ name, room: text }).catch({})).catch([]),
    clusters: z.array(z.object({ name }).catch({})).catch([]),
    homeservers: z.array(z.object({ name, cluster: name }).catch({})).catch([]),
  })
  .catch({ rooms: [], clusters: [], homeservers: [] });

export function crossCheck(file: YamlFile): readonly Mistake[] {
  const { rooms, clusters, homeservers } = view.parse(file.value);
  const known = clusters.flatMap((cluster) => cluster.name ?? []);
  return [
    ...repeated(
      file,
      "rooms",
      "name",
      rooms.map((room) => room.name),
    ),
    ...repeated(
      file,
      "rooms",
      "room",
      rooms.map((room) => room.room),
    ),
    ...repeated(
      file,
      "clusters",
      "name",
      clusters.map((cluster) => cluster.name),
    ),
    ...repeated(
      file,
      "homeservers",
      "name",
      homeservers.map((homeserver) => homeserver.name),
    ),
    ...homeservers.flatMap(({ cluster }, index) =>
      cluster === undefined || known.includes(cluster) ? [] : [unknownCluster(file, ["homeservers", index, "cluster"], cluster, known)],
    ),
  ];
}

function repeated(file: YamlFile, list: string, key: string, values: readonly (string | undefined)[]): readonly Mistake[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (value === undefined || first === index) return [];
    const path = [list, index, key];
    return [
      {
        path: showPath(path),
        line: file.lineOf(path),
        found: `${showFound(value, path, true)} for the second time`,
        allowed: `a ${key} of its own: ${showPath([list, first, key])} has this one`,
      },
    ];
  });
}

function unknownCluster(file: YamlFile, path: Path, cluster: string, known: readonly string[]): Mistake {
  const meant = nearest(cluster, known);
  return {
    path: showPath(path),
    line: file.lineOf(path),
    found: showFound(cluster, path, true),
    allowed: known.length === 0 ? "the name of a cluster" : `one of the clusters ${known.join(", ")}`,
    ...(meant === undefined ? {} : { nearest: meant }),
  };
}
