/** Positions in the stream, as clients carry them: opaque to them, a number to us. */
import { badRequest } from "./matrix-error.ts";

export const tokenAt = (position: number): string => `s${position}`;

/** @throws {MatrixError} 400 when it is not one of ours. A position in the future is taken as now, as Synapse does. */
export function readToken(token: string, now: number): number {
  const position = /^s(\d{1,15})$/u.exec(token)?.[1];
  if (position === undefined) throw badRequest("Invalid stream token");
  return Math.min(Number(position), now);
}
