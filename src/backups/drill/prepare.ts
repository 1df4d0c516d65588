/** Whether a drill can be done now, and what it would make: looked up before it is asked for, and again before it begins. */
import { calls } from "../../kubernetes/calls.ts";
import { bytes } from "../../kubernetes/quantity.ts";
import { field, textOf } from "../../kubernetes/json.ts";
import { faultOf } from "../acting/faults.ts";
import type { FoundDatabase } from "../acting/find-database.ts";
import { nameIn, nameOfRun } from "../acting/labels.ts";
import type { ActingNeeds, Refusal } from "../acting/needs.ts";
import { backupRecord, endOf } from "../records/backup.ts";
import { objectStoreRecord } from "../records/object-store.ts";
import type { DrillSettings } from "../settings.ts";
import { drillObjects, type DrillObjects } from "./objects.ts";
import { planDrill, type DrillPlan } from "./plan.ts";
import { readDrill } from "./record.ts";
import { whatOf } from "./render.ts";
import { nodeRoom, podRoom, refuseForRoom } from "./room.ts";

export interface PreparedDrill {
  readonly plan: DrillPlan;
  readonly objects: DrillObjects;
  readonly settings: DrillSettings;
  readonly place: { readonly namespace: string; readonly name: string };
  /** For people: `10Gi`. */
  readonly storage: string;
}

/** @param run id of the drill @param at milliseconds since 1970 */
export async function prepareDrill(
  run: string,
  { access, record, object }: FoundDatabase,
  at: number | undefined,
  needs: Pick<ActingNeeds, "settings" | "store" | "view">,
  signal: AbortSignal,
): Promise<PreparedDrill | Refusal> {
  const settings = needs.settings().drill;
  if (settings === undefined) return { refusal: "No drill is configured: docs/backups.md says what is needed (backups.drill)." };
  const open = await readDrill(needs.store.read);
  if (open !== undefined && open.id !== run) return { refusal: `The drill of ${whatOf(open)} is under way. Wait for its end.` };
  const { namespace, name } = record;
  try {
    const [good, stores, nodes, pods] = await Promise.all([
      access.list(signal, calls.postgresBackups, { namespace }, (item) => {
        const backup = backupRecord(item);
        return backup?.database === name && endOf(backup) === "good" ? backup : undefined;
      }),
      record.plugin === undefined ? [] : access.list(signal, calls.objectStores, { namespace }, (item) => item),
      access.list(signal, calls.nodes, {}, nodeRoom),
      access.list(signal, calls.pods, {}, podRoom),
    ]);
    const records = stores.flatMap((each) => objectStoreRecord(each) ?? []);
    const plan = planDrill({ database: record, good, stores: records, place: settings.namespace }, at, needs.view());
    if ("refusal" in plan) return plan;
    const noRoom = refuseForRoom(nodes, pods, bytes(settings.memory) ?? 0);
    if (noRoom !== undefined) return noRoom;
    const place = { namespace: settings.namespace, name: nameOfRun("drill", name, run) };
    const { origin } = plan;
    const store = origin.kind === "plugin" ? stores.find((each) => nameIn(each) === origin.objectStore) : undefined;
    const objects = drillObjects(plan, { run, ...place }, object, store, settings);
    if ("refusal" in objects) return objects;
    return { plan, objects, settings, place, storage: textOf(field(field(field(objects.cluster, "spec"), "storage"), "size")) ?? "?" };
  } catch (error) {
    signal.throwIfAborted();
    const { words, remedy } = faultOf(error);
    return { refusal: `${words}. ${remedy}` };
  }
}
