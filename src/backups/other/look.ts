/** Looks at a source outside CloudNativePG. What it needs is loaded only for those who have such a source. */
import type { SecretRef } from "../../secret-ref.ts";
import type { OtherSource } from "../settings.ts";
import type { OtherFinding } from "./finding.ts";

export type ReadSecret = (ref: SecretRef) => Promise<string>;

/** @throws Error in words, never with a secret; the reason of `signal` */
export async function lookAtOther(source: OtherSource, readSecret: ReadSecret, signal: AbortSignal): Promise<OtherFinding> {
  if (source.kind === "file") {
    const { newestFile } = await import("./newest-file.ts");
    return newestFile(source.path, signal);
  }
  const { endpoint, region, bucket, prefix } = source;
  const [{ newestObject }, accessKeyId, secretAccessKey] = await Promise.all([
    import("./newest-object.ts"),
    readSecret(source.accessKeyId),
    readSecret(source.secretAccessKey),
  ]);
  return newestObject({ endpoint, region, bucket, prefix, accessKeyId, secretAccessKey }, signal);
}
