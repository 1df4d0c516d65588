/** An S3 server that checks credentials, as a process of this machine that pods reach too. */
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { built, makeRunDir, removeRunDir } from "./paths.ts";
import { freePorts, startProcess, waitFor, type OwnedProcess } from "./process.ts";

export interface S3Key {
  readonly id: string;
  readonly secret: string;
}

export interface S3 extends AsyncDisposable {
  /** For this machine, and for pods when `address` is the cluster's host address. */
  readonly url: string;
  /** The one that it takes from the start. It may not make buckets. */
  readonly key: S3Key;
  /** From now on it takes this key and no other; none without an argument. Its data stay. */
  readonly acceptOnly: (key?: S3Key) => Promise<void>;
  readonly createBucket: (bucket: string) => Promise<void>;
  /** With all that is in it. */
  readonly dropBucket: (bucket: string) => Promise<void>;
  /** Names of the objects, the first thousand. */
  readonly list: (bucket: string, prefix?: string) => Promise<readonly string[]>;
  /** Takes connections from now on and answers none. */
  readonly hang: () => void;
  readonly goOn: () => void;
  /** Resolves when it answers again, with its data. */
  readonly start: () => Promise<void>;
  /** Nothing listens any more. Its data go with the handle's disposal. */
  readonly stop: () => Promise<void>;
}

/** Starts empty, at `address`. @throws with the tail of its log when it does not answer. */
export async function startS3({ address = "127.0.0.1", key = { id: "opsroom-bed", secret: "kept-in-a-secret" } } = {}): Promise<S3> {
  const dir = makeRunDir("s3");
  const port = (await freePorts("s3"))("s3");
  const url = `http://${address}:${port}`;
  const owner: S3Key = { id: "opsroom-bed-owner", secret: "of-the-buckets" };
  let accepted: S3Key | undefined = key;
  let server: OwnedProcess | undefined;
  const send = async (method: string, path: string): Promise<Response> => {
    const client = new AwsClient({ accessKeyId: owner.id, secretAccessKey: owner.secret, service: "s3", region: "us-east-1", retries: 0 });
    const response = await client.fetch(`${url}/${path}`, { method, signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const start = async (): Promise<void> => {
    const started = startProcess({
      name: "s3",
      command: [built("bin", "s3"), "--listen", `${address}:${port}`, "--data", join(dir, "s3.db")],
      logFile: join(dir, "s3.log"),
      env: { S3_KEYS: [owner, accepted].flatMap((each) => (each === undefined ? [] : [`${each.id}:${each.secret}`])).join(" ") },
    });
    server = started;
    // Without a signature it answers with a refusal, which is an answer.
    await waitFor("S3 answers", 20_000, [started], async () => fetch(url, { signal: AbortSignal.timeout(2000) }));
  };
  const stop = async (): Promise<void> => server?.stop("SIGKILL");
  const list = async (bucket: string, prefix = ""): Promise<readonly string[]> => {
    const listing = await (await send("GET", `${bucket}?list-type=2&prefix=${encodeURIComponent(prefix)}`)).text();
    return [...listing.matchAll(/<Key>([^<]+)<\/Key>/gu)].map(([, name = ""]) => name);
  };
  await start();
  return {
    url,
    key,
    list,
    start,
    stop,
    async acceptOnly(next) {
      accepted = next;
      await stop();
      await start();
    },
    createBucket: async (bucket) => void (await send("PUT", bucket)),
    async dropBucket(bucket) {
      for (let names = await list(bucket); names.length > 0; names = await list(bucket)) {
        for (const name of names) await send("DELETE", `${bucket}/${name.split("/").map(encodeURIComponent).join("/")}`);
      }
      await send("DELETE", bucket);
    },
    hang: () => void process.kill(server?.pid ?? 0, "SIGSTOP"),
    goOn: () => void process.kill(server?.pid ?? 0, "SIGCONT"),
    async [Symbol.asyncDispose]() {
      await stop();
      removeRunDir(dir);
    },
  };
}
