/** What is read of backups, from the clusters of the moment, and judged. */
import { askArchiver } from "../backups/gather/ask-archiver.ts";
import { gatherBackups, type BackupSource } from "../backups/gather/gather.ts";
import { judgeBackups } from "../backups/judge/judge.ts";
import { lookAtOther, type ReadSecret } from "../backups/other/look.ts";
import { probeStore } from "../backups/other/probe-store.ts";
import type { BackupSettings } from "../backups/settings.ts";
import type { BackupLooks } from "../handlers/backup.ts";
import { field, textOf } from "../kubernetes/json.ts";
import { drillSourceCalls } from "../kubernetes/calls.ts";
import type { ObjectAccess } from "../kubernetes/objects.ts";

export interface BackupLookNeeds {
  readonly settings: () => BackupSettings;
  /** By their names in the configuration. */
  readonly clusters: () => ReadonlyMap<string, ObjectAccess>;
  readonly readSecret: ReadSecret;
  readonly now: () => number;
}

export type Looks = Pick<BackupLooks, "look" | "facts">;

export function prepareLooks({ settings, clusters, readSecret, now }: BackupLookNeeds): Looks {
  const facts: Looks["facts"] = async (signal) => {
    const { asks, clusters: wanted, others } = settings();
    const sources = wanted.flatMap((name): readonly BackupSource[] => {
      const objects = clusters().get(name);
      return objects === undefined ? [] : [sourceOf(name, objects, asks)];
    });
    return gatherBackups({ sources, others, lookAtOther: (source, stop) => lookAtOther(source, readSecret, stop), now }, signal);
  };
  return { facts, look: async (signal) => judgeBackups(await facts(signal), settings(), now()) };
}

function sourceOf(name: string, objects: ObjectAccess, asks: BackupSettings["asks"]): BackupSource {
  return {
    name,
    objects,
    ...(asks.primaries ? { askArchiver: (database, signal) => askArchiver(objects, database, signal) } : {}),
    ...(asks.stores
      ? {
          probeStore: (store, signal) =>
            probeStore(
              store,
              async (namespace, secret, stop) => secretKey(await objects.get(stop, drillSourceCalls.getSecret, { namespace, name: secret.name }), secret.key),
              signal,
            ),
        }
      : {}),
  };
}

function secretKey(secret: unknown, key: string): string | undefined {
  const encoded = textOf(field(field(secret, "data"), key));
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8").trim();
}
