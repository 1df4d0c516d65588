/** Asks the object store behind an ObjectStore with the same key, where that key may be read: barman hides what goes wrong behind `exit status 1`. */
import type { StoreProbe } from "../facts.ts";
import type { ObjectStoreRecord, SecretKey } from "../records/object-store.ts";
import { listObjects, S3Error } from "./list-objects.ts";

/** The value of a Secret's key; `undefined` when there is none. @throws when it may not be read */
export type ReadSecretKey = (namespace: string, secret: SecretKey, signal: AbortSignal) => Promise<string | undefined>;

const deadlineMs = 5_000;

/** @throws only the reason of `signal` */
export async function probeStore(store: ObjectStoreRecord, readSecretKey: ReadSecretKey, signal: AbortSignal): Promise<StoreProbe> {
  const place = placeOf(store);
  if (place === undefined || store.accessKeyId === undefined || store.secretAccessKey === undefined)
    return { kind: "not-asked", words: "it has no endpoint or key of the S3 kind" };
  try {
    const [accessKeyId, secretAccessKey] = await Promise.all([
      readSecretKey(store.namespace, store.accessKeyId, signal),
      readSecretKey(store.namespace, store.secretAccessKey, signal),
    ]);
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      const missing = accessKeyId === undefined ? store.accessKeyId : store.secretAccessKey;
      return { kind: "wrong-key", words: `the Secret ${store.namespace}/${missing.name} has no ${missing.key}` };
    }
    await listObjects({ ...place, accessKeyId, secretAccessKey }, { mostPages: 1, deadlineMs, pageSize: 1 }, () => {}, signal);
    return { kind: "reached" };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof S3Error && error.failure !== "answer") return { kind: error.failure, words: error.message };
    return { kind: "not-asked", words: error instanceof Error ? error.message : "an unexpected answer" };
  }
}

function placeOf({
  destination,
  endpoint,
}: ObjectStoreRecord): { readonly endpoint: string; readonly region: string; readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket = "", path = ""] = /^s3:\/\/([^/]+)\/?(.*)$/u.exec(destination ?? "") ?? [];
  if (bucket === "" || endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  return { endpoint, region: "us-east-1", bucket, prefix: path };
}
