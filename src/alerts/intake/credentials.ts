/** Who sends: told by a credential, compared in constant time. */
import { createHash, timingSafeEqual } from "node:crypto";
import { OpsroomError } from "../../errors.ts";

/** What whoever knows the credential sends is from `source`. */
export interface KnownCredential {
  readonly source: string;
  /** SHA-256 of the credential: the secret itself is not kept. */
  readonly digest: Buffer;
}

/** A source's credential with its secret read. */
export type ReadCredential = { readonly source: string; readonly secret: string } & (
  { readonly kind: "basic"; readonly user: string } | { readonly kind: "bearer" }
);

/** @throws {OpsroomError} OPSROOM_CONFIG_INVALID when there is none, or two sources have the same */
export function knowCredentials(credentials: readonly ReadCredential[]): readonly KnownCredential[] {
  if (credentials.length === 0) throw invalid("alerts have no credential", "Give each source in `alerts.sources` a `basic` or `bearer` credential.");
  const known = credentials.map((each) => ({
    source: each.source,
    digest: each.kind === "basic" ? digestBasic(each.user, each.secret) : digestBearer(each.secret),
  }));
  for (const [index, { source, digest }] of known.entries()) {
    const other = known.slice(0, index).find((each) => each.digest.equals(digest));
    if (other !== undefined && other.source !== source)
      throw invalid(`the sources ${other.source} and ${source} have the same credential`, "Give each source a credential of its own: it tells who sends.");
  }
  return known;
}

/** The source that an `Authorization` header belongs to. Takes as long whichever part of it is wrong. */
export function sourceOf(header: string | undefined, known: readonly KnownCredential[]): string | undefined {
  const digest = digestOf(header ?? "");
  let found: string | undefined;
  for (const each of known) if (timingSafeEqual(each.digest, digest)) found = each.source;
  return found;
}

function digestOf(header: string): Buffer {
  const space = header.indexOf(" ");
  const scheme = header.slice(0, Math.max(0, space)).toLowerCase();
  const rest = header.slice(space + 1).trim();
  if (scheme === "bearer") return digestBearer(rest);
  if (scheme !== "basic") return sha256("nothing", header);
  const text = Buffer.from(rest, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? sha256("nothing", text) : digestBasic(text.slice(0, colon), text.slice(colon + 1));
}

function digestBearer(token: string): Buffer {
  return sha256("bearer", token);
}

/** A user name has no colon in it. */
function digestBasic(user: string, password: string): Buffer {
  return sha256("basic", `${user}:${password}`);
}

function sha256(kind: string, text: string): Buffer {
  return createHash("sha256").update(`${kind} ${text}`).digest();
}

function invalid(found: string, remedy: string): OpsroomError {
  return new OpsroomError("OPSROOM_CONFIG_INVALID", found, remedy);
}
