/** The newest object below a prefix. */
import type { OtherFinding } from "./finding.ts";
import { listObjects, S3Error, type S3Object, type S3Place } from "./list-objects.ts";

const mostPages = 50;
const deadlineMs = 20_000;

/** @throws S3Error in words, also when there is more than can be looked at; the reason of `signal` */
export async function newestObject(place: S3Place, signal: AbortSignal, bounds = { mostPages, deadlineMs }): Promise<OtherFinding> {
  let newest: S3Object | undefined;
  const whole = await listObjects(
    place,
    bounds,
    (object) => {
      // A folder that somebody made by hand is no backup.
      if (!object.key.endsWith("/") && object.at > (newest?.at ?? Number.NEGATIVE_INFINITY)) newest = object;
    },
    signal,
  );
  const where = `${place.bucket}/${place.prefix}`;
  if (!whole) throw new S3Error("answer", `${where} has more than ${bounds.mostPages * 1000} objects, too many to find the newest: give a longer prefix`);
  return newest === undefined ? { kind: "none", where } : { kind: "found", name: newest.key, at: newest.at, bytes: newest.bytes };
}
