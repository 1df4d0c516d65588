/** The receiver that a webhook's address names. */

/** All that stands after `/alertmanager/`, since names may have a `/` in them (Prometheus Operator's have); empty when nothing does. */
export function receiverOf(url: string): string {
  const [path = ""] = url.split("?", 1);
  const rest = path.replace(/^\/alertmanager\/?/u, "").replace(/\/$/u, "");
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest;
  }
}
