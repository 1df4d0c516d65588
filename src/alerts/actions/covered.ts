/** Which groups a silence mutes as a whole. */
import type { Store } from "../../store/store.ts";
import type { AlertGroup } from "../group.ts";
import { fromRecord } from "../live/stored-group.ts";
import { matchesAll, type Matcher } from "../matcher.ts";

/** Groups looked through, and shown as silenced, at most. */
const mostRead = 2000;
const mostShown = 50;

/** Ids of the firing groups of `source` all of whose alerts match. */
export async function groupsCoveredBy(read: Pick<Store["read"], "groups">, source: string, matchers: readonly Matcher[]): Promise<readonly string[]> {
  const records = await read.groups({ status: "firing", limit: mostRead });
  return records
    .filter((record) => record.source === source)
    .map(fromRecord)
    .filter((group) => isCovered(group, matchers))
    .slice(0, mostShown)
    .map(({ id }) => id);
}

/** Pure. */
export function isCovered(group: Pick<AlertGroup, "alerts">, matchers: readonly Matcher[]): boolean {
  const firing = Object.values(group.alerts).filter((alert) => alert.status === "firing");
  return firing.length > 0 && firing.every((alert) => matchesAll(alert.labels, matchers));
}
