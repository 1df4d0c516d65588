import { mkdtemp, mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { judgeOther } from "../../../src/backups/judge/other.ts";
import { lookAtOther } from "../../../src/backups/other/look.ts";
import { matcherOf } from "../../../src/backups/other/newest-file.ts";
import { newestObject } from "../../../src/backups/other/newest-object.ts";
import { probeStore } from "../../../src/backups/other/probe-store.ts";
import type { OtherSource } from "../../../src/backups/settings.ts";
import { objectStoreRecord } from "../../../src/backups/records/object-store.ts";
import { day, hour, now, store } from "./world.ts";

const signal = new AbortController().signal;
const releases: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

async function folder(files: Readonly<Record<string, { readonly ago: number; readonly bytes: number }>>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "opsroom-backups-"));
  releases.push(() => rm(made, { recursive: true }));
  await mkdir(join(made, "dump-folder.gz"));
  for (const [name, { ago, bytes }] of Object.entries(files)) {
    await writeFile(join(made, name), Buffer.alloc(bytes));
    await utimes(join(made, name), (now - ago) / 1000, (now - ago) / 1000);
  }
  return made;
}

const file = (path: string): OtherSource => ({ kind: "file", name: "old synapse", path, maxAgeMs: day, minBytes: 100 });
const noSecret = async (): Promise<never> => Promise.reject(new Error("no secret is asked for"));

async function judged(source: OtherSource): Promise<string> {
  const newest = await lookAtOther(source, noSecret, signal).then(
    (value) => ({ ok: true, value, at: now }) as const,
    (error: unknown) => ({ ok: false, source: source.name, error: error instanceof Error ? error.message : "", lastKnown: undefined }) as const,
  );
  const [check] = judgeOther({ source, newest }, now).checks;
  return `${check?.state ?? ""}: ${check?.reason ?? ""}`;
}

test("the newest file that fits is judged by its age and size", async () => {
  const there = await folder({
    "dump-1.gz": { ago: 2 * day, bytes: 500 },
    "dump-2.gz": { ago: 7 * hour, bytes: 2048 },
    "other.txt": { ago: 0, bytes: 500 },
    "small.gz": { ago: hour, bytes: 1 },
    "future.gz": { ago: -day, bytes: 500 },
  });
  expect(await judged(file(join(there, "dump-*.gz")))).toBe("ok: 7 h old, 2 Ki");
  expect(await judged(file(join(there, "dump-1*")))).toMatch(/^late: the newest, dump-1\.gz, is 2 d old/u);
  expect(await judged(file(join(there, "small*")))).toMatch(/^failed: small\.gz has only 0 Ki/u);
  expect(await judged(file(join(there, "future*")))).toMatch(/^unknown: .* in the future/u);
  expect(await judged(file(join(there, "nothing-*")))).toMatch(/^never/u);
  expect(await judged(file(join(there, "missing", "*")))).toMatch(/^unknown: could not look: the folder .* is not there/u);
  expect(await judged(file(`${there}*/dump`))).toMatch(/^unknown: .*only the last part/u);
});

test.each([
  ["dump-*.gz", "dump-1.gz", true],
  ["dump-*.gz", "dump-.gz", true],
  ["dump-*.gz", "dump.gz", false],
  ["a*a", "a", false],
  ["a*b*c", "a-b-b-c", true],
  ["a*b*c", "acb", false],
  ["*", "anything", true],
  ["[a].gz", "a.gz", false],
  ["(a+)+$*", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false],
])("%s and %s", (pattern, name, fits) => {
  expect(matcherOf(pattern)(name)).toBe(fits);
});

function portOf(listening: Server): number {
  const address = listening.address();
  if (address === null || typeof address === "string") throw new Error("it has no port");
  return address.port;
}

type Respond = (request: IncomingMessage, url: URL) => { readonly status: number; readonly body: string };

async function server(respond: Respond): Promise<string> {
  const made: Server = createServer((request, response) => {
    const { status, body } = respond(request, new URL(request.url ?? "/", "http://here"));
    response.writeHead(status, { "content-type": "application/xml" }).end(body);
  });
  await new Promise<void>((resolve) => {
    made.listen(0, "127.0.0.1", resolve);
  });
  releases.push(
    () =>
      new Promise((resolve) => {
        made.closeAllConnections();
        made.close(() => resolve());
      }),
  );
  return `http://127.0.0.1:${portOf(made)}`;
}

const place = (endpoint: string) => ({
  endpoint,
  region: "ru-central1",
  bucket: "dumps",
  prefix: "synapse/",
  accessKeyId: "the-id",
  secretAccessKey: "the-secret",
});
const listing = (objects: readonly { readonly key: string; readonly ago: number }[], next?: string): string =>
  `<?xml version="1.0"?><ListBucketResult><IsTruncated>${String(next !== undefined)}</IsTruncated>${next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`}${objects
    .map(({ key, ago }) => `<Contents><Key>${key}</Key><LastModified>${new Date(now - ago).toISOString()}</LastModified><Size>2048</Size></Contents>`)
    .join("")}</ListBucketResult>`;
const refusal = (code: string): string => `<Error><Code>${code}</Code><Message>the-secret is wrong</Message></Error>`;

test("the newest object of all pages is found, asked for with a signature", async () => {
  const asked: string[] = [];
  const endpoint = await server(({ headers }, url) => {
    asked.push(
      `${url.pathname} ${url.searchParams.get("prefix") ?? ""} ${url.searchParams.get("continuation-token") ?? "first"} ${String(headers.authorization).slice(0, 50)}`,
    );
    return {
      status: 200,
      body: url.searchParams.has("continuation-token")
        ? listing([
            { key: "synapse/b&amp;1", ago: hour },
            { key: "synapse/", ago: 0 },
          ])
        : listing([{ key: "synapse/a", ago: day }], "2"),
    };
  });
  expect(await newestObject(place(endpoint), signal)).toEqual({ kind: "found", name: "synapse/b&1", at: now - hour, bytes: 2048 });
  expect(asked.map((each) => each.split(" ").slice(0, 3).join(" "))).toEqual(["/dumps synapse/ first", "/dumps synapse/ 2"]);
  expect(asked[0]).toContain("AWS4-HMAC-SHA256 Credential=the-id");
});

test("an empty prefix has no backup, a huge one says what to do", async () => {
  expect(await newestObject(place(await server(() => ({ status: 200, body: listing([]) }))), signal)).toMatchObject({ kind: "none", where: "dumps/synapse/" });
  const endless = await server(() => ({ status: 200, body: listing([{ key: "a", ago: 1 }], "more") }));
  await expect(newestObject(place(endless), signal, { mostPages: 3, deadlineMs: 5000 })).rejects.toThrow(
    "more than 3000 objects, too many to find the newest: give a longer prefix",
  );
});

test.each([
  [403, refusal("SignatureDoesNotMatch"), "refuses the secret key: it is wrong"],
  [403, refusal("InvalidAccessKeyId"), "does not know the access key id"],
  [403, refusal("AccessDenied"), "does not let this key list the bucket dumps"],
  [404, refusal("NoSuchBucket"), "has no bucket dumps"],
  [301, "", "sends elsewhere (301)"],
  [503, refusal("SlowDown"), "answered 503 (SlowDown)"],
  [200, "hello", "no list of objects"],
  [200, `<ListBucketResult>${"x".repeat(5 * 2 ** 20)}</ListBucketResult>`, "more than 4 MiB"],
])("%i is said in words, without a secret", async (status, body, words) => {
  const failing = newestObject(place(await server(() => ({ status, body }))), signal);
  await expect(failing).rejects.toThrow(words);
  await expect(failing).rejects.not.toThrow("the-secret");
});

test("no such server, no such host, no answer", async () => {
  const closed = await server(() => ({ status: 200, body: "" }));
  for (const release of releases.splice(0)) await release();
  await expect(newestObject(place(closed), signal)).rejects.toThrow(/the object store 127\.0\.0\.1:\d+ cannot be reached: connection refused/u);
  await expect(newestObject(place("http://nowhere.invalid"), signal)).rejects.toThrow(/nowhere\.invalid cannot be reached: its host name/u);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => {
    silent.listen(0, "127.0.0.1", resolve);
  });
  releases.push(
    () =>
      new Promise((resolve) => {
        silent.closeAllConnections();
        silent.close(() => resolve());
      }),
  );
  const endpoint = `http://127.0.0.1:${portOf(silent)}`;
  await expect(newestObject(place(endpoint), signal, { mostPages: 1, deadlineMs: 50 })).rejects.toThrow("no answer in time");
});

test("an ObjectStore's own key tells why barman only says exit status 1", async () => {
  const probe = async (status: number, body: string, keys: Readonly<Record<string, string>> = { id: "the-id", secret: "the-secret" }) => {
    const endpoint = await server(() => ({ status, body }));
    const record = objectStoreRecord(
      store(
        {},
        {
          configuration: {
            destinationPath: "s3://backups/x",
            endpointURL: endpoint,
            s3Credentials: { accessKeyId: { name: "k", key: "id" }, secretAccessKey: { name: "k", key: "secret" } },
          },
        },
      ),
    );
    if (record === undefined) throw new Error("no record");
    return probeStore(record, async (_namespace, { key }) => keys[key], signal);
  };
  expect(await probe(200, listing([]))).toEqual({ kind: "reached" });
  expect(await probe(403, refusal("SignatureDoesNotMatch"))).toMatchObject({ kind: "wrong-key" });
  expect(await probe(404, refusal("NoSuchBucket"))).toMatchObject({ kind: "no-bucket" });
  expect(await probe(200, listing([]), { id: "the-id" })).toEqual({ kind: "wrong-key", words: "the Secret cnpg/k has no secret" });
});
