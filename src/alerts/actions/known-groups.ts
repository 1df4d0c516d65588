/** The groups that fire, for commands. */
import type { Store } from "../../store/store.ts";
import type { AlertGroup } from "../group.ts";
import { fromRecord } from "../live/stored-group.ts";

/** Looked through at most: the newest. */
const mostRead = 2000;

export interface FiringGroups {
  readonly groups: readonly AlertGroup[];
  /** Others that fire and were not looked at. */
  readonly more: number;
}

export async function firingGroups(read: Pick<Store["read"], "groups" | "countGroups">): Promise<FiringGroups> {
  const records = await read.groups({ status: "firing", limit: mostRead });
  const count = records.length < mostRead ? records.length : await read.countGroups("firing");
  return { groups: records.map(fromRecord), more: Math.max(0, count - records.length) };
}
