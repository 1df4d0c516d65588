/** Why a connection failed, in words, by the code that Node gives. */

const network: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "the connection was cut"],
  ["ENOTFOUND", "its host name is not known"],
  ["EAI_AGAIN", "its host name could not be looked up"],
  ["ETIMEDOUT", "no answer in time"],
  ["EHOSTUNREACH", "its host cannot be reached"],
]);

const unsigned: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

const certificate: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["CERT_NOT_YET_VALID", "its certificate is not valid yet"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another name"],
]);

/** @param authority whose signature is wanted @param show how the message is shown of what has no words of its own */
export function connectionFault(error: unknown, authority: string, show: (message: string) => string): string {
  if (!(error instanceof Error)) return "an unexpected failure";
  if (error.name === "TimeoutError") return "no answer in time";
  const code = codeOf(error);
  if (unsigned.has(code)) return `its certificate is not signed by ${authority}`;
  return network.get(code) ?? certificate.get(code) ?? show(error.message);
}

/** Asking again does not mend it. */
export function isCertificateFault(error: unknown): boolean {
  const code = codeOf(error);
  return unsigned.has(code) || certificate.has(code);
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";
}
