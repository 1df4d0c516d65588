/** Positions in the stream, as clients carry them: opaque to them, a number to us. */
import { badRequest } from "./matrix-error.ts";

/** A position, and up to where messages to the device have come, when they lag behind. */
export interface SyncPosition {
  readonly position: number;
  readonly toDevice: number;
}

export const tokenAt = (position: number): string => `s${position}`;

export const syncToken = ({ position, toDevice }: SyncPosition): string => (toDevice === position ? tokenAt(position) : `${tokenAt(position)}_${toDevice}`);

/** @throws {MatrixError} 400 when it is not one of ours. A position in the future is taken as now, as Synapse does. */
export const readToken = (token: string, now: number): number => readSyncToken(token, now).position;

/** As {@link readToken}. */
export function readSyncToken(token: string, now: number): SyncPosition {
  const [, text, lagging] = /^s(\d{1,15})(?:_(\d{1,15}))?$/u.exec(token) ?? [];
  if (text === undefined) throw badRequest("Invalid stream token");
  const position = Math.min(Number(text), now);
  return { position, toDevice: lagging === undefined ? position : Math.min(Number(lagging), now) };
}
