/** Small schemas that the parts of the configuration share. What each says as its error is what is *allowed* there, in words. */
import * as z from "zod";
import { parseDuration } from "../../chat/duration.ts";
import type { SecretRef } from "../../secret-ref.ts";

/** Kubernetes' own rule for names (RFC 1123 label); also what is typed in the room. */
const namePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/u;

/** A short name: of a room, a cluster, a homeserver, a namespace. */
export function shortName(): z.ZodString {
  return z.string().regex(namePattern, { error: "a name of small letters, digits and -, 63 at most" });
}

/** The path of a file, from the root: what the process's folder is, is nobody's business. */
export function absoluteFile(): z.ZodString {
  return z.string().regex(/^\/[ \S]{1,4000}$/u, { error: "the path of a file, beginning with /" });
}

/** `10m`, parsed to milliseconds; more than nothing. */
export function duration(description: string, byDefault: string): z.ZodPrefault<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>> {
  return z
    .string({ error: "a duration such as 90s, 10m, 2h or 30d" })
    .regex(/^(?=.*[1-9])(\d{1,6}[smhdw])+$/u, { error: "a duration such as 90s, 10m, 2h or 30d" })
    .describe(description)
    .transform((text) => parseDuration(text) ?? 0)
    .prefault(byDefault);
}

const inlineSecret = "{ file: /path/of/the/secret } or { env: NAME_OF_A_VARIABLE }; a secret is never written into the configuration";

/** Exactly one of `keys`; reported beside the mistakes inside them, so that all are seen at once. */
export function exactlyOneOf(value: unknown, keys: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return true;
  return keys.filter((key) => Object.hasOwn(value, key)).length === 1;
}

/** For editors: the same rule in JSON Schema. */
export function oneOfRequired(keys: readonly string[]): { readonly oneOf: readonly object[] } {
  return { oneOf: keys.map((key) => ({ type: "object", properties: { [key]: {} }, required: [key] })) };
}

/** `{ file: … }` or `{ env: … }`. */
export function secret(description: string) {
  return z
    .strictObject(
      {
        file: absoluteFile().optional().describe("File that holds the secret and nothing else; one line break at its end is ignored."),
        env: z
          .string()
          .regex(/^[A-Z_][A-Z0-9_]{0,127}$/u, { error: "the name of an environment variable, in capital letters" })
          .optional()
          .describe("Environment variable that holds the secret."),
      },
      { error: (issue) => (issue.code === "invalid_type" ? inlineSecret : undefined) },
    )
    .refine((value) => exactlyOneOf(value, ["file", "env"]), { error: "exactly one of file and env", when: () => true })
    .meta({ description, ...oneOfRequired(["file", "env"]) })
    .transform(({ file, env }): SecretRef => (file === undefined ? { kind: "env", name: env ?? "" } : { kind: "file", file }));
}

/** A secret that only a file can hold, because what reads it reads a file: a service account's token, for one. */
export function secretFile(description: string) {
  return z
    .strictObject(
      { file: absoluteFile().describe("Path of the file.") },
      { error: (issue) => (issue.code === "invalid_type" ? "{ file: /path/of/the/file }; its content is never written into the configuration" : undefined) },
    )
    .describe(description);
}

/**
 * An address without path, user or query. Whatever carries a token must be https, unless it never leaves the machine
 * (or, where `insideCluster`, the cluster: names that end in `.svc` or `.svc.cluster.local`).
 */
export function address(description: string, { insideCluster }: { readonly insideCluster: boolean }) {
  const allowed = `an address such as https://matrix.example.org; http only to this machine${insideCluster ? " or to a Service of the cluster (….svc)" : ""}`;
  return z
    .string()
    .refine((text) => isSafeAddress(text, { insideCluster }), { error: allowed })
    .describe(description)
    .transform((text) => text.replace(/\/+$/u, ""));
}

/** Whether a secret may be sent to it: https, or http that stays on this machine (or, where `insideCluster`, in the cluster). */
export function isSafeAddress(text: string, { insideCluster }: { readonly insideCluster: boolean }): boolean {
  const url = plainUrl(text);
  if (url === undefined) return false;
  if (url.protocol === "https:") return true;
  const local = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u.test(url.hostname);
  return local || (insideCluster && /\.svc(\.cluster\.local)?$/u.test(url.hostname));
}

/** An http(s) address with nothing in it that could be a secret: no user, password, query or fragment. */
export function plainUrl(text: string): URL | undefined {
  if (!/^https?:\/\/[^\s\p{C}@?#]{1,2000}$/u.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

/** `0.8`, a part of a whole. */
export function share(description: string): z.ZodNumber {
  return z
    .number({ error: "a share from 0 to 1, such as 0.8" })
    .gt(0, { error: "a share from 0 to 1, such as 0.8" })
    .max(1, { error: "a share from 0 to 1, such as 0.8" })
    .describe(description);
}
