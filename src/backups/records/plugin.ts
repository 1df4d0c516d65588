/** A plugin of CloudNativePG: the Service by which the operator finds it, and whether anything answers behind it. */
import { field, listOf, textsOf } from "../../kubernetes/json.ts";
import { placeOf, worded, type Place } from "./object.ts";

export const pluginNameLabel = "cnpg.io/pluginName";

export interface PluginServiceRecord extends Place {
  /** `barman-cloud.cloudnative-pg.io` */
  readonly plugin: string;
  /** Labels of its pods; `undefined` when it stands for something that is no pod. */
  readonly selector: Readonly<Record<string, string>> | undefined;
}

export function pluginServiceRecord(item: unknown): PluginServiceRecord | undefined {
  const place = placeOf(item);
  const plugin = worded(textsOf(field(field(item, "metadata"), "labels"))[pluginNameLabel]);
  if (place === undefined || plugin === undefined) return undefined;
  const selector = textsOf(field(field(item, "spec"), "selector"));
  return { ...place, plugin, selector: Object.keys(selector).length === 0 ? undefined : selector };
}

export interface PodState extends Place {
  readonly phase: string | undefined;
  readonly ready: boolean;
  readonly going: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Why it is not ready, in Kubernetes' words: `CrashLoopBackOff`, `Unschedulable`. */
  readonly trouble: string | undefined;
}

export function podState(item: unknown): PodState | undefined {
  const place = placeOf(item);
  if (place === undefined) return undefined;
  const status = field(item, "status");
  const conditions = listOf(field(status, "conditions"));
  const metadata = field(item, "metadata");
  return {
    ...place,
    phase: worded(field(status, "phase")),
    ready: conditions.some((each) => field(each, "type") === "Ready" && field(each, "status") === "True"),
    going: field(metadata, "deletionTimestamp") !== undefined,
    labels: textsOf(field(metadata, "labels")),
    trouble:
      listOf(field(status, "containerStatuses"))
        .map((each) => worded(field(field(field(each, "state"), "waiting"), "reason")))
        .find((reason) => reason !== undefined) ??
      conditions
        .filter((each) => field(each, "type") === "PodScheduled" && field(each, "status") === "False")
        .map((each) => worded(field(each, "reason")))
        .find((reason) => reason !== undefined),
  };
}
