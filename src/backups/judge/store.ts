/** Is the object store there, does it keep what it should, and is there somebody to write to it? Pure. */
import { duration } from "../../chat/render/units.ts";
import { timeOfBackup } from "../records/backup.ts";
import type { Check } from "../verdict.ts";
import { causeFrom } from "./cause.ts";
import { check, unseen, type Measure } from "./judging.ts";
import { pluginStateOf } from "./plugin-state.ts";
import { catalogueLagsMs, catalogueOf, freshBackup, type Subject } from "./subject.ts";

export function judgeStore(subject: Subject, measure: Measure): Check | undefined {
  const { method, store, probe, database } = subject;
  if (method.kind === "nothing" || method.kind === "snapshots") return undefined;
  if (method.kind === "in-tree") {
    if (method.store.destination === undefined)
      return check("store", "failed", "spec.backup.barmanObjectStore has no destinationPath", { remedy: "Write where backups go: s3://bucket/path" });
    return judgeRetention(method.store.retention, measure) ?? check("store", "ok", method.store.destination);
  }
  const { objectStore, serverName } = method.use;
  const plugin = pluginStateOf(subject);
  if (plugin.kind === "uninstalled" || plugin.kind === "stopped")
    return check("store", "failed", `${plugin.words}: no base backup can be made`, { remedy: plugin.remedy });
  if (store === undefined || !store.known) return unseen("store", "its ObjectStore", store?.error ?? "nobody looked");
  const where = `${database.namespace}/${objectStore ?? ""}`;
  if (objectStore === undefined)
    return check("store", "failed", "the cluster names no ObjectStore", { remedy: "Set parameters.barmanObjectName of the plugin in the cluster's spec" });
  if (typeof store.value === "string") {
    const remedy = "Create it again with the same destinationPath and Secret, or mend barmanObjectName: what is in the bucket is not lost by that";
    return check("store", "failed", `the ObjectStore ${where} does not exist`, { remedy });
  }
  if (store.value.going) return check("store", "failed", `the ObjectStore ${where} is being deleted`, { remedy: "See who deleted it, and create it again" });
  const told = probe?.kind === "wrong-key" || probe?.kind === "no-bucket" || probe?.kind === "denied" ? causeFrom(probe) : undefined;
  if (told !== undefined) return check("store", "failed", `${where}: ${told.words}`, { remedy: told.remedy });
  const drift = judgeCatalogue(subject, serverName, where, measure.now);
  if (drift !== undefined) return drift;
  if (plugin.kind === "unseen") return unseen("store", `whether the plugin ${method.use.name} runs`, plugin.error);
  const destination = store.value.destination ?? where;
  return judgeRetention(store.value.retention, measure) ?? check("store", "ok", probe?.kind === "reached" ? `${destination}, which answers` : destination);
}

function judgeCatalogue(subject: Subject, serverName: string, where: string, now: number): Check | undefined {
  const { backups } = subject;
  const last = catalogueOf(subject)?.lastSuccessfulBackup;
  const made = backups.known ? backups.value.newestGood : undefined;
  const madeAt = made === undefined ? undefined : timeOfBackup(made);
  if (made === undefined || madeAt === undefined || freshBackup(subject, now) !== undefined) return undefined;
  if (last === undefined)
    return check("store", "failed", `Backup ${made.name} completed, but the ObjectStore ${where} knows no base backup of ${serverName}`, {
      remedy: "See whether the bucket still has it; after an ObjectStore was made anew, a base backup (!backup run) fills its catalogue",
    });
  if (madeAt - last <= catalogueLagsMs) return undefined;
  return check("store", "late", `Backup ${made.name} is ${duration(madeAt - last)} newer than the last that the ObjectStore ${where} knows`, {
    remedy: "See whether somebody deleted from the bucket, or whether the cluster writes elsewhere (serverName)",
  });
}

function judgeRetention(retention: string | undefined, { limits }: Measure): Check | undefined {
  if (retention === undefined) return undefined;
  const keptMs = retentionMs(retention);
  if (keptMs === undefined) return check("store", "unknown", `its retention "${retention}" is not understood`, { remedy: 'Write it as "30d", "4w" or "2m"' });
  if (keptMs >= limits.windowMs) return undefined;
  return check("store", "late", `its retention deletes after ${duration(keptMs)}; one wants to go back ${duration(limits.windowMs)}`, {
    remedy: `Set retentionPolicy: "${Math.ceil(limits.windowMs / 86_400_000)}d" or longer`,
  });
}

const retentionUnits: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30 };

/** `30d`, `4w`, `1m`: what barman takes. A month is taken for its shortest usual length. */
export function retentionMs(text: string): number | undefined {
  const [, figure = "", unit = ""] = /^(\d{1,5})([dwm])$/u.exec(text.trim()) ?? [];
  return figure === "" || Number(figure) === 0 ? undefined : Number(figure) * (retentionUnits[unit] ?? 0) * 86_400_000;
}
