/** Which certificates end soon. Pure. */

export interface CertificateReading {
  /** Whose: `matrix.mrt0rtikize.ru`, `the API of prod`. */
  readonly of: string;
  readonly found: { readonly endsAt: number; readonly issuer: string | undefined } | { readonly error: string };
}

export interface CertificateNews {
  readonly of: string;
  readonly state: "ended" | "ends" | "unread";
  readonly text: string;
}

/** @param withinMs what ends within this is told; whoever renews by themselves does so at a third of 90 days before the end */
export function judgeCertificates(
  readings: readonly CertificateReading[],
  withinMs: number,
  now: number,
  inWords: (at: number) => string,
): readonly CertificateNews[] {
  return readings.flatMap(({ of, found }): readonly CertificateNews[] => {
    if ("error" in found) return [{ of, state: "unread", text: `the certificate of ${of} could not be looked at: ${found.error}` }];
    const { endsAt, issuer } = found;
    const by = issuer === undefined ? "" : ` (by ${issuer})`;
    if (endsAt <= now) return [{ of, state: "ended", text: `the certificate of ${of}${by} has ended: ${inWords(endsAt)}` }];
    if (endsAt - now <= withinMs) return [{ of, state: "ends", text: `the certificate of ${of}${by} ends ${inWords(endsAt)}; nobody has renewed it yet` }];
    return [];
  });
}
