/** A delivery as text in the store, and back. */
import { isObject } from "../json.ts";
import type { Delivery } from "./delivery.ts";

/** @throws Error for a text that Opsroom has not written */
export function parseDelivery(text: string): Delivery {
  const value: unknown = JSON.parse(text);
  if (!isDelivery(value)) throw new Error("a stored delivery cannot be read");
  return value;
}

/** Our own text: looked at only as deep as a wrong row would show. */
function isDelivery(value: unknown): value is Delivery {
  return (
    isObject(value) &&
    typeof value["source"] === "string" &&
    typeof value["receiver"] === "string" &&
    typeof value["groupKey"] === "string" &&
    typeof value["receivedAt"] === "number" &&
    typeof value["truncated"] === "number" &&
    Array.isArray(value["alerts"]) &&
    isObject(value["groupLabels"])
  );
}
