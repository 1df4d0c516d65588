/** Backups: what is looked at, what is wanted of it, and where a restore is tried. */
import * as z from "zod";
import { timeZoneName } from "./process.ts";
import { absoluteFile, duration, exactlyOneOf, oneOfRequired, plainUrl, secret, shortName } from "./pieces.ts";

const sizeWords = "a size such as 1MiB or 200KiB, or a number of bytes";
const units: Readonly<Record<string, number>> = { "": 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Bytes. */
function size(description: string, byDefault: string) {
  return z
    .string({ error: sizeWords })
    .regex(/^\d{1,12}(KiB|MiB|GiB)?$/u, { error: sizeWords })
    .describe(description)
    .transform((text) => Number.parseInt(text, 10) * (units[/[KMG]iB$/u.exec(text)?.[0] ?? ""] ?? 1))
    .prefault(byDefault);
}

/** Kubernetes' own notation. */
function quantity(description: string, byDefault: string) {
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,3})?(m|Ki|Mi|Gi|Ti)?$/u, { error: "a quantity as Kubernetes writes them: 500m, 1, 512Mi, 2Gi" })
    .describe(description)
    .default(byDefault);
}

const s3 = z
  .strictObject({
    endpoint: z
      .string()
      .refine((text) => plainUrl(text) !== undefined, { error: "an http or https address without user, password or query" })
      .describe("Address of the S3 service.")
      .transform((text) => text.replace(/\/+$/u, "")),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,63}$/u, { error: "a region such as ru-central1" })
      .default("us-east-1")
      .describe("Its region."),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u, { error: "the name of a bucket" })
      .describe("The bucket."),
    prefix: z.string().max(1000).default("").describe("What the objects' names begin with."),
    accessKeyId: secret("Id of the access key."),
    secretAccessKey: secret("The access key."),
  })
  .describe("Objects in S3 that some other program writes.");

const ways = ["file", "s3"] as const;

const otherSource = z
  .strictObject({
    name: shortName().describe("What it is called in answers."),
    file: absoluteFile()
      .describe("Path of a file that some other program writes; `*` in its last part stands for anything: the newest that fits is looked at.")
      .exactOptional(),
    s3: s3.exactOptional(),
    maxAge: duration("The newest may be this old.", "26h"),
    minSize: size("A smaller one is none.", "1KiB"),
  })
  .refine((source) => exactlyOneOf(source, ways), { error: "exactly one of file and s3", when: () => true })
  .meta({ description: "One of them.", ...oneOfRequired(ways) });

const databaseName = z.string().regex(/^[!-~]{1,63}$/u, { error: "the name of a database, without blanks" });

const drillQuery = z
  .strictObject({
    name: shortName().describe("What it is called in the report."),
    database: databaseName.describe("The database it is asked in."),
    sql: z.string().min(1).max(4000).describe("A query of one row with one column. It is run in a transaction that can only read."),
    expect: z.enum(["equal", "at-least-share", "any"]).default("any").describe("How the copy's answer must stand to the source's."),
    share: z.number().gt(0).max(1).default(0.9).describe("For `at-least-share`: the copy must have this part of the source's number."),
  })
  .describe("One query.");

const drill = z
  .strictObject({
    namespace: shortName().describe("Where the throw-away cluster is made. It exists, and nothing else is in it: deploy/optional/rbac-drill.yaml."),
    deadline: duration("A drill that takes longer has failed.", "2h"),
    memory: quantity("Memory of the throw-away cluster's pod: request and limit.", "1Gi"),
    cpu: quantity("Its CPU: request and limit.", "1"),
    storageClass: shortName().exactOptional().describe("Storage class of its volume; by default that of the source."),
    queries: z.array(drillQuery).max(50).default([]).describe("Asked of source and copy, beside the usual ones."),
  })
  .describe("Where backups are restored to prove that they can be. Without it there are no drills.");

export const backupsSchema = z
  .strictObject({
    clusters: z.array(shortName()).max(50).exactOptional().describe("The clusters that are looked at, by their names above; by default all."),
    ignore: z
      .array(z.string().regex(/^([a-z0-9][-a-z0-9]{0,62}\/)?[a-z0-9][-a-z0-9]{0,62}$/u, { error: "NAME or NAMESPACE/NAME of a PostgreSQL cluster" }))
      .max(1000)
      .default([])
      .describe("PostgreSQL clusters that need no backup."),
    window: duration("How far back one wants to be able to go.", "7d"),
    grace: duration("How much later than its schedule says a base backup may be there.", "2h"),
    everyAtLeast: duration("A base backup is at least this often, whatever its schedule says.", "8d"),
    archiving: duration("The newest archived WAL may be this old.", "15m"),
    longestBackup: duration("A backup that has not ended after this hangs.", "6h"),
    longestPending: duration("A backup that nobody has begun after this hangs.", "10m"),
    expiry: duration("A certificate that ends within this is told.", "14d"),
    askPrimaries: z
      .boolean()
      .default(false)
      .describe("Asks each primary when it last archived a WAL, by `psql` in its pod. Needs deploy/optional/rbac-backup-look.yaml."),
    askStores: z
      .boolean()
      .default(false)
      .describe("Asks the object stores themselves, with the key that is in their Secret. Needs deploy/optional/rbac-backup-look.yaml."),
    operatorTimeZone: timeZoneName().default("UTC").describe("Time zone of CloudNativePG's operator, where somebody has set `TZ` in its container."),
    others: z.array(otherSource).max(200).default([]).describe("Backups of databases that CloudNativePG does not look after."),
    drill: drill.exactOptional(),
  })
  .describe("What is wanted of the backups.")
  .prefault({});

export type GivenBackups = z.output<typeof backupsSchema>;
