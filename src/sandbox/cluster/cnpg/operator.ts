/**
 * The embedded CloudNativePG operator. It has no loop of its own: whoever looks at the cluster lets it catch up first, and then everything has happened at the
 * time it was due, whatever the clock did in between.
 */
import type { KeptObject } from "../kept-objects.ts";
import { kindOf, kinds, type Kind } from "../kinds.ts";
import { scheduleController } from "./fire-schedule.ts";
import { clusterController } from "./keep-cluster.ts";
import type { Controller, ControllerNeeds } from "./needs.ts";
import { isDone, readBackup } from "./shapes.ts";
import { backupController } from "./take-backup.ts";

export interface Operator {
  /** Does all that is due until `now`. */
  readonly catchUp: (now: number) => void;
  /** An object came or changed. */
  readonly changed: (object: KeptObject, present: boolean, at: number) => void;
  /** Something that is no object changed: everything is looked at again. */
  readonly lookAgain: (at: number, namespace?: string) => void;
}

/** More than this at one time is a mistake here, and no work. */
const mostSteps = 2_000_000;

export function cnpgOperator(needs: ControllerNeeds): Operator {
  const due = new Map<string, { readonly object: KeptObject; readonly kind: Kind; at: number }>();
  const controllers = new Map<Kind, Controller>([
    [kinds.cluster, clusterController(needs)],
    [kinds.backup, backupController(needs)],
    [kinds.scheduledBackup, scheduleController(needs)],
  ]);
  const watched = new Map<string, { readonly object: KeptObject; readonly kind: Kind }>();
  let time: number | undefined;

  function first(until: number): { readonly object: KeptObject; readonly kind: Kind; readonly at: number } | undefined {
    let best: ReturnType<typeof first>;
    for (const each of due.values()) if (each.at <= until && (best === undefined || each.at < best.at)) best = each;
    return best;
  }

  function changed(object: KeptObject, present: boolean, at: number): void {
    const kind = kindOf(object);
    const { uid } = object.metadata;
    if (!controllers.has(kind)) {
      if (kind === kinds.secret || kind === kinds.objectStore) lookAgain(at);
      return;
    }
    if (!present || (kind === kinds.backup && isDone(readBackup(object).status.phase))) {
      due.delete(uid);
      if (watched.delete(uid)) lookAgain(at, object.metadata.namespace);
      return;
    }
    if (kind === kinds.cluster && !watched.has(uid)) lookAgain(at, object.metadata.namespace);
    watched.set(uid, { object, kind });
    due.set(uid, { object, kind, at: time ?? at });
  }

  /** What waits for something else waits without a time. */
  function lookAgain(at: number, namespace?: string): void {
    for (const [uid, each] of watched) {
      if (namespace === undefined || each.object.metadata.namespace === namespace) due.set(uid, { ...each, at: time ?? at });
    }
  }

  return {
    changed,
    lookAgain,
    catchUp: (now) => {
      // A controller's own changes come back through here.
      if (time !== undefined) return;
      try {
        for (let step = 0; ; step += 1) {
          const next = first(now);
          if (next === undefined) return;
          if (step > mostSteps) throw new Error(`the embedded operator does not come to rest: ${next.kind.kind} ${next.object.metadata.name}`);
          time = Math.max(next.at, time ?? next.at);
          const { namespace, name, uid } = next.object.metadata;
          due.delete(uid);
          const object = needs.objects.get(next.kind, namespace, name);
          const again = object?.metadata.uid === uid ? controllers.get(next.kind)?.(object, time) : undefined;
          // What it changed itself is no reason to look at once; it has said when.
          const last = watched.get(uid);
          if (again === undefined || last === undefined) due.delete(uid);
          else due.set(uid, { ...last, at: again });
        }
      } finally {
        time = undefined;
      }
    },
  };
}
