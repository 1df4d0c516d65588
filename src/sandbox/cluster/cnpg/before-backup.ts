/** What is looked at before a base backup: whether there can be one, whose turn it is, and where it is taken. Pure. */
import type { KeptObject } from "../kept-objects.ts";
import { kinds } from "../kinds.ts";
import type { PodSpec } from "../spec.ts";
import type { ControllerNeeds } from "./needs.ts";
import { isDone, isInProgress, readBackup, type BackupShape, type ClusterShape } from "./shapes.ts";
import * as words from "./words.ts";

/** `checkPrerequisites`: what no waiting mends. */
export function prerequisite({ spec }: BackupShape, cluster: ClusterShape, { metadata }: KeptObject): string | undefined {
  if (metadata.annotations?.["cnpg.io/hibernation"] === "on") return words.hibernated;
  if (spec.method === "plugin") return cluster.spec.plugins.length === 0 ? words.noPlugin : undefined;
  if (cluster.spec.backup === undefined) return words.noBackupSection;
  if (spec.method === "volumeSnapshot") return cluster.spec.backup.volumeSnapshot === undefined ? words.noSnapshotSection : undefined;
  return cluster.spec.backup.barmanObjectStore === undefined ? words.noBarmanSection : undefined;
}

/** `CanExecuteBackup`: the first by name of those that run, and else of those that wait. */
export function isNext({ objects }: ControllerNeeds, namespace: string | undefined, cluster: string, name: string): boolean {
  const open = objects
    .within(kinds.backup, namespace)
    .flatMap((each) => {
      const { spec, status } = readBackup(each);
      return spec.cluster.name === cluster && !isDone(status.phase) ? [{ name: each.metadata.name, phase: status.phase }] : [];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const first = open.find((each) => isInProgress(each.phase)) ?? open.find((each) => !isInProgress(each.phase));
  return first === undefined || first.name === name;
}

/** A standby by preference, unless the primary is asked for. */
export function electPod(
  { roster }: ControllerNeeds,
  { metadata }: KeptObject,
  { spec, status }: ClusterShape,
  target: string | undefined,
): PodSpec | undefined {
  const ready = roster.pods().filter((pod) => pod.namespace === metadata.namespace && pod.labels["cnpg.io/cluster"] === metadata.name && roster.isReady(pod));
  const primary = ready.find((pod) => pod.name === status.currentPrimary);
  if ((target ?? spec.backup?.target) === "primary") return primary;
  return ready.find((pod) => pod !== primary && pod.labels["cnpg.io/podRole"] === "instance") ?? primary;
}
