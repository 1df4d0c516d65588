/** A group as text in the store, and back. */
import { isObject } from "../../json.ts";
import type { GroupRecord } from "../../store/alert-store.ts";
import type { AlertGroup } from "../group.ts";

export function toRecord(group: AlertGroup): GroupRecord {
  const { id, source, status, updatedAt } = group;
  return { id, source, status, updatedAt, body: JSON.stringify(group) };
}

/** @throws Error for a row that Opsroom has not written */
export function fromRecord({ id, body }: Pick<GroupRecord, "id" | "body">): AlertGroup {
  const value: unknown = JSON.parse(body);
  if (!isGroup(value) || value.id !== id) throw new Error(`the stored group ${id} cannot be read`);
  return value;
}

/** Its own text, written by {@link toRecord}: looked at only as deep as a wrong row would show. */
function isGroup(value: unknown): value is AlertGroup {
  return (
    isObject(value) &&
    typeof value["id"] === "string" &&
    typeof value["groupKey"] === "string" &&
    typeof value["beganAt"] === "number" &&
    isObject(value["alerts"]) &&
    isObject(value["rooms"]) &&
    isObject(value["commonLabels"])
  );
}
