/** Whether the plugin that a cluster is backed up by is there and runs. Pure. */
import type { Subject } from "./subject.ts";

export type PluginState =
  | { readonly kind: "runs" | "not-used" }
  | { readonly kind: "unseen"; readonly error: string }
  | { readonly kind: "uninstalled" | "stopped"; readonly words: string; readonly remedy: string };

export function pluginStateOf({ plugin, method, store, database }: Subject): PluginState {
  if (method.kind !== "plugin" || plugin === undefined) return { kind: "not-used" };
  const { name } = method.use;
  const install = `Install the plugin ${name} in the operator's namespace; Backups that were begun without it may have to be deleted`;
  // Its own kind is gone: whoever took that away has taken all of it.
  if (store?.known === true && store.value === "uninstalled")
    return { kind: "uninstalled", words: `the plugin ${name} is not installed: the cluster serves no ObjectStores`, remedy: install };
  if (!plugin.known) return { kind: "unseen", error: plugin.error };
  if (plugin.value === "missing") return { kind: "uninstalled", words: `the plugin ${name} is not installed: it has no Service`, remedy: install };
  const { pods, namespace, service } = plugin.value;
  if (pods === undefined) return { kind: "unseen", error: `Service ${namespace}/${service} has no selector, so its pods are not known` };
  if (!pods.some((pod) => pod.ready && !pod.going)) {
    const trouble = pods.map((pod) => pod.trouble).find((each) => each !== undefined);
    const words = pods.length === 0 ? "it has no pod" : pods.length === 1 ? "its pod is not ready" : `none of its ${pods.length} pods is ready`;
    return {
      kind: "stopped",
      words: `the plugin ${name} does not run: ${words}${trouble === undefined ? "" : ` (${trouble})`}`,
      remedy: `Start it again: look at the pods behind Service ${namespace}/${service}`,
    };
  }
  const { phase, phaseReason } = database;
  if (phase !== undefined && /unknown plugin|error while interacting with plugins/iu.test(phase))
    return {
      kind: "uninstalled",
      words: `the operator cannot use the plugin ${name}: ${phase}${phaseReason === undefined ? "" : ` (${phaseReason.slice(0, 120)})`}`,
      remedy: "See whether the plugin runs and its certificates are good, then restart the operator",
    };
  return { kind: "runs" };
}
