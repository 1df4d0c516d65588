/** Which plugins the operator can find, and whether anything answers behind their Services. */
import { calls } from "../../kubernetes/calls.ts";
import type { ObjectReads } from "../../kubernetes/objects.ts";
import type { PluginFacts } from "../facts.ts";
import { pluginNameLabel, pluginServiceRecord, podState, type PluginServiceRecord } from "../records/plugin.ts";
import { someAtATime } from "./some-at-a-time.ts";

/** More than anybody has: each costs a call. */
const mostPlugins = 8;

/** The Services in all namespaces: the plugin lives beside the operator, not beside the databases. @throws ClusterError when they cannot be listed */
export async function readPlugins(objects: Pick<ObjectReads, "list">, signal: AbortSignal): Promise<readonly PluginFacts[]> {
  const services = await objects.list(signal, calls.services, { labelSelector: pluginNameLabel }, pluginServiceRecord);
  return someAtATime(services.slice(0, mostPlugins), 4, (service) => withPods(objects, service, signal));
}

async function withPods(
  objects: Pick<ObjectReads, "list">,
  { plugin, namespace, name: service, selector }: PluginServiceRecord,
  signal: AbortSignal,
): Promise<PluginFacts> {
  const facts = { plugin, namespace, service };
  if (selector === undefined) return { ...facts, pods: undefined, error: undefined };
  try {
    const labelSelector = Object.entries(selector)
      .map(([label, value]) => `${label}=${value}`)
      .join(",");
    return { ...facts, pods: await objects.list(signal, calls.pods, { namespace, labelSelector }, podState), error: undefined };
  } catch (error) {
    signal.throwIfAborted();
    return { ...facts, pods: undefined, error: error instanceof Error ? error.message : "an unexpected answer" };
  }
}
