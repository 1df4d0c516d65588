/** Objects as they were created, with what an API server adds; what an object owns goes with it. */
import { createHash } from "node:crypto";
import { kindOf, kinds, type Kind } from "./kinds.ts";
import type { Json } from "./objects.ts";
import type { Labels } from "./spec.ts";

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface GivenMetadata {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels?: Labels | undefined;
  readonly annotations?: Labels | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
  /** RFC 3339; otherwise the time it is given. */
  readonly creationTimestamp?: string | undefined;
}

/** As it is given: beside these anything that its kind has, such as `spec`, `status`, `data`. */
export interface GivenObject extends Json {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: GivenMetadata;
}

export interface KeptMetadata extends GivenMetadata {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
}

export interface KeptObject extends GivenObject {
  readonly metadata: KeptMetadata;
}

export interface KeptObjects {
  /** Of a kind, by namespace and name; the same array until one changes. */
  readonly all: (kind: Kind) => readonly KeptObject[];
  /** Of a kind in a namespace, in no order. */
  readonly within: (kind: Kind, namespace: string | undefined) => readonly KeptObject[];
  readonly get: (kind: Kind, namespace: string | undefined, name: string) => KeptObject | undefined;
  /** @returns `exists` when there is one of that name */
  readonly add: (object: GivenObject, at: number) => KeptObject | "exists";
  /** Replaces parts of it, and labels, annotations and owners if `metadata` is given. @returns it, unless it is gone */
  readonly change: (object: KeptObject, parts: Json, metadata?: GivenMetadata) => KeptObject | undefined;
  /** And all that it owns. */
  readonly remove: (object: KeptObject) => void;
}

export const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/u, "Z");

const keyOf = ({ namespace = "", name }: Pick<GivenMetadata, "name" | "namespace">): string => `${namespace}/${name}`;

interface Shelf {
  readonly byNamespace: Map<string, Map<string, KeptObject>>;
  sorted: readonly KeptObject[] | undefined;
}

/** @param onChange told of each object that came, changed or went (`present: false`) */
export function keptObjects(onChange: (object: KeptObject, present: boolean) => void): KeptObjects {
  const shelves = new Map<Kind, Shelf>(Object.values<Kind>(kinds).map((kind) => [kind, { byNamespace: new Map(), sorted: undefined }]));
  const owned = new Map<string, Set<KeptObject["metadata"]["uid"]>>();
  const byUid = new Map<string, KeptObject>();
  let version = 1_000_000;
  let made = 0;

  function shelf(kind: Kind): Shelf {
    const found = shelves.get(kind);
    if (found === undefined) throw new RangeError(`no ${kind.kind} is kept`);
    return found;
  }

  const get = (kind: Kind, namespace: string | undefined, name: string): KeptObject | undefined =>
    shelf(kind)
      .byNamespace.get(namespace ?? "")
      ?.get(name);

  function put(object: KeptObject): KeptObject {
    const place = shelf(kindOf(object));
    const { namespace = "", name } = object.metadata;
    const there = place.byNamespace.get(namespace);
    if (there === undefined) place.byNamespace.set(namespace, new Map([[name, object]]));
    else there.set(name, object);
    place.sorted = undefined;
    byUid.set(object.metadata.uid, object);
    onChange(object, true);
    return object;
  }

  function remove(object: KeptObject): void {
    const { uid } = object.metadata;
    const place = shelf(kindOf(object));
    const last = byUid.get(uid);
    if (last === undefined) return;
    byUid.delete(uid);
    place.byNamespace.get(object.metadata.namespace ?? "")?.delete(object.metadata.name);
    place.sorted = undefined;
    for (const { uid: owner } of object.metadata.ownerReferences ?? []) owned.get(owner)?.delete(uid);
    onChange(last, false);
    for (const each of owned.get(uid) ?? []) {
      const next = byUid.get(each);
      if (next !== undefined) remove(next);
    }
    owned.delete(uid);
  }

  return {
    all: (kind) => {
      const place = shelf(kind);
      place.sorted ??= [...place.byNamespace.values()]
        .flatMap((there) => [...there.values()].map((object) => ({ key: keyOf(object.metadata), object })))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ object }) => object);
      return place.sorted;
    },
    within: (kind, namespace = "") => [...(shelf(kind).byNamespace.get(namespace)?.values() ?? [])],
    get,
    add: (given, at) => {
      const kind = kindOf(given);
      if (get(kind, given.metadata.namespace, given.metadata.name) !== undefined) return "exists";
      made += 1;
      version += 1;
      const uid = uidOf(`${kind.kind}/${keyOf(given.metadata)}/${made}`);
      const creationTimestamp = given.metadata.creationTimestamp ?? instant(at);
      const metadata = { ...given.metadata, creationTimestamp, uid, resourceVersion: String(version), generation: 1 };
      for (const { uid: owner } of metadata.ownerReferences ?? []) owned.set(owner, (owned.get(owner) ?? new Set()).add(uid));
      return put({ ...given, metadata });
    },
    change: (object, parts, metadata = object.metadata) => {
      const now = byUid.get(object.metadata.uid);
      if (now === undefined) return undefined;
      version += 1;
      const { labels, annotations } = metadata;
      const generation = now.metadata.generation + ("spec" in parts && parts["spec"] !== now["spec"] ? 1 : 0);
      return put({ ...now, ...parts, metadata: { ...now.metadata, labels, annotations, generation, resourceVersion: String(version) } });
    },
    remove,
  };
}

function uidOf(text: string): string {
  const id = createHash("md5").update(text).digest("hex");
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20)}`;
}
