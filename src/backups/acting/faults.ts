/** Which failures of a call end what is under way, and which are waited out. */
import { OpsroomError } from "../../errors.ts";
import { ClusterError } from "../../kubernetes/errors.ts";

export interface Fault {
  readonly words: string;
  readonly remedy: string;
  /** It may be otherwise a moment later. */
  readonly passing: boolean;
}

/** @throws what is no failure that a person can mend */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof OpsroomError)) throw error;
  const passing = error instanceof ClusterError ? error.failure === "unreachable" || error.failure === "expired" : error.kind === "waiting";
  return { words: error.message, remedy: error.remedy, passing };
}
