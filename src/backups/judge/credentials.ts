/** Certificates that end. Keys of object stores do not say when they do. Pure. */
import { duration } from "../../chat/render/units.ts";
import type { Check } from "../verdict.ts";
import { check, type Measure } from "./judging.ts";
import type { Subject } from "./subject.ts";

/** The operator renews its own a week before they end: one that has less than this was not renewed. */
const operatorRenewsMs = 6 * 86_400_000;

export function judgeCredentials({ database }: Subject, { limits, now }: Measure): Check | undefined {
  const { certificates, ownCertificates } = database;
  const readable = certificates.flatMap(({ secret, endsAt }) => (endsAt === undefined ? [] : [{ secret, endsAt }]));
  const unreadable = certificates.find((each) => each.endsAt === undefined);
  const [first] = readable.toSorted((a, b) => a.endsAt - b.endsAt);
  const within = ownCertificates ? limits.expiryMs : Math.min(limits.expiryMs, operatorRenewsMs);
  const remedy = ownCertificates ? "Renew the certificate in that Secret" : "The operator renews it by itself: see whether it runs and what its log says";
  if (first !== undefined && first.endsAt <= now)
    return check("credentials", "failed", `the certificate in Secret ${first.secret} ended ${duration(now - first.endsAt)} ago`, { remedy });
  if (first !== undefined && first.endsAt - now < within)
    return check("credentials", "late", `the certificate in Secret ${first.secret} ends in ${duration(first.endsAt - now)}`, { remedy });
  if (unreadable !== undefined) return check("credentials", "unknown", `when the certificate in Secret ${unreadable.secret} ends cannot be read`);
  return first === undefined ? undefined : check("credentials", "ok", `the first certificate ends in ${duration(first.endsAt - now)}`);
}
