/** Reading a body as Synapse's newer endpoints do (`validate_json_object`): the error code depends on what is wrong with it. */
import * as z from "zod";
import { isJson } from "./event.ts";
import { badRequest } from "./matrix-error.ts";

/** @throws {MatrixError} 400: M_MISSING_PARAM when only one thing is missing, else M_BAD_JSON */
export function readModel<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue, second] = result.error.issues;
  const isMissing = issue !== undefined && second === undefined && valueAt(body, issue.path) === undefined;
  throw badRequest(z.prettifyError(result.error), isMissing ? "M_MISSING_PARAM" : "M_BAD_JSON");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) at = isJson(at) && typeof key === "string" ? at[key] : undefined;
  return at;
}
