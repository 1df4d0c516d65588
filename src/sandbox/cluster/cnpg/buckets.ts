/** The object stores behind ObjectStores and in-tree `barmanObjectStore`s: what lies in them, and whether they can be reached. */
import { kinds } from "../kinds.ts";
import type { KeptObjects } from "../kept-objects.ts";
import type { StoreConfiguration } from "./shapes.ts";

export interface BaseBackup {
  readonly id: string;
  readonly endedAt: number;
}

export interface BucketState {
  /** `hangs`: takes connections and never answers. */
  endpoint: "answers" | "hangs" | "unreachable";
  keyAccepted: boolean;
  readonly setExists: (exists: boolean) => void;
}

/** Why barman-cloud could not do its work. `no-secret`: the Secret or its key is not there. */
export type StoreTrouble =
  | { readonly kind: "denied" | "gone" | "hangs" | "unreachable" }
  | {
      readonly kind: "no-secret";
      readonly secret: string;
      /** Which the Secret lacks; `undefined`: there is no such Secret. */ readonly key: string | undefined;
    };

export interface Buckets {
  /** As a process in a pod of this namespace finds it. `undefined`: all is well. */
  readonly trouble: (namespace: string, configuration: StoreConfiguration) => StoreTrouble | undefined;
  /** Base backups of a server, the oldest first. */
  readonly catalog: (configuration: StoreConfiguration, server: string) => readonly BaseBackup[];
  readonly put: (configuration: StoreConfiguration, server: string, backups: readonly BaseBackup[]) => void;
  /** All at this endpoint, or all there are. */
  readonly at: (endpoint?: string) => readonly BucketState[];
}

interface Bucket extends BucketState {
  readonly url: string;
  exists: boolean;
  /** `id:key`, in base64 as the Secrets have them: of the first that came. */
  accepts: string | undefined;
  readonly servers: Map<string, readonly BaseBackup[]>;
}

export function bucketsOf(objects: Pick<KeptObjects, "get">): Buckets {
  const known = new Map<string, Bucket>();
  const bucketOf = ({ endpointURL, destinationPath }: StoreConfiguration): Bucket => {
    const key = `${endpointURL} ${destinationPath.split("/").slice(0, 3).join("/")}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made: Bucket = {
      url: endpointURL,
      endpoint: "answers",
      keyAccepted: true,
      exists: true,
      accepts: undefined,
      servers: new Map(),
      setExists: (exists) => {
        made.exists = exists;
        if (!exists) made.servers.clear();
      },
    };
    known.set(key, made);
    return made;
  };
  const place = ({ destinationPath }: StoreConfiguration, server: string): string => `${destinationPath.replace(/\/$/u, "")}/${server}`;
  return {
    trouble: (namespace, configuration) => {
      const parts: string[] = [];
      for (const ref of [configuration.s3Credentials.accessKeyId, configuration.s3Credentials.secretAccessKey]) {
        if (ref === undefined) continue;
        const secret = objects.get(kinds.secret, namespace, ref.name);
        const data = secret?.["data"];
        const value = typeof data === "object" && data !== null ? Object.entries(data).find(([key]) => key === ref.key)?.[1] : undefined;
        if (value === undefined) return { kind: "no-secret", secret: ref.name, key: secret === undefined ? undefined : ref.key };
        parts.push(String(value));
      }
      const bucket = bucketOf(configuration);
      if (bucket.endpoint !== "answers") return { kind: bucket.endpoint };
      bucket.accepts ??= parts.join(":");
      if (!bucket.keyAccepted || bucket.accepts !== parts.join(":")) return { kind: "denied" };
      return bucket.exists ? undefined : { kind: "gone" };
    },
    catalog: (configuration, server) => bucketOf(configuration).servers.get(place(configuration, server)) ?? [],
    put: (configuration, server, backups) => void bucketOf(configuration).servers.set(place(configuration, server), backups),
    at: (endpoint) => [...known.values()].filter((each) => endpoint === undefined || each.url === endpoint),
  };
}

const dayMs = 86_400_000;

/** Barman's recovery window: all backups inside it, and the newest before it. @param policy `14d`, `2w`, `1m` */
export function kept(backups: readonly BaseBackup[], policy: string | undefined, now: number): readonly BaseBackup[] {
  const [, count, unit = "d"] = /^([1-9]\d*)([dwm])$/u.exec(policy ?? "") ?? [];
  if (count === undefined) return backups;
  const from = now - Number(count) * dayMs * ({ d: 1, w: 7, m: 31 }[unit] ?? 1);
  const before = backups.findLastIndex((each) => each.endedAt <= from);
  return before <= 0 ? backups : backups.slice(before);
}
