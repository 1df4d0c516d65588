/** What a message of barman, boto, PostgreSQL or the operator means, as exactly as can be known. Pure. */
import type { StoreProbe } from "../facts.ts";

export interface Cause {
  /** In words, lower case, without a full stop. */
  readonly words: string;
  readonly remedy: string;
}

const secretRemedy = "Put the right key into the Secret that the ObjectStore (or barmanObjectStore) names";

/** The first that fits: from what names its cause to what hardly does. */
const known: readonly { readonly pattern: RegExp; readonly cause: Cause }[] = [
  {
    pattern: /SignatureDoesNotMatch|signature we calculated does not match/iu,
    cause: { words: "the object store refuses the secret key: it is wrong", remedy: secretRemedy },
  },
  {
    pattern: /InvalidAccessKeyId|access key id .{0,40}does not exist/iu,
    cause: { words: "the object store does not know the access key id", remedy: secretRemedy },
  },
  { pattern: /ExpiredToken|token .{0,40}expired/iu, cause: { words: "the object store's credentials have expired", remedy: secretRemedy } },
  {
    pattern: /NoSuchBucket|bucket .{0,80}(does not exist|not found)|\b404\b.{0,40}HeadBucket|HeadBucket.{0,80}\b404\b/iu,
    cause: { words: "the bucket does not exist", remedy: "Create the bucket, or mend destinationPath" },
  },
  {
    pattern: /AccessDenied|Access Denied|\b403\b.{0,40}(Forbidden|HeadBucket)|\(403\)/iu,
    cause: {
      words: "the object store refuses the key for this bucket (403)",
      remedy: "Let the key's account write to the bucket, or put the right key into the Secret",
    },
  },
  {
    pattern:
      /Could not connect to the endpoint|EndpointConnectionError|ConnectTimeout|connection refused|Connection reset|no route to host|network is unreachable/iu,
    cause: { words: "the object store cannot be reached", remedy: "See whether it runs, and whether endpointURL and the network's rules are right" },
  },
  {
    pattern: /Name or service not known|no such host|Could not resolve host|getaddrinfo|Temporary failure in name resolution/iu,
    cause: { words: "the object store's host name is not known", remedy: "Mend endpointURL, or the name server" },
  },
  {
    pattern: /CERTIFICATE_VERIFY_FAILED|certificate verify failed|x509:|SSL validation failed/iu,
    cause: { words: "the certificate is not trusted", remedy: "Give the authority as endpointCA, or renew the certificate" },
  },
  { pattern: /No space left|QuotaExceeded|disk quota/iu, cause: { words: "there is no room left", remedy: "Make room, or keep backups for a shorter time" } },
  {
    pattern: /Expected empty archive/iu,
    cause: { words: "the archive already has WAL of another cluster by this name", remedy: "Give the cluster a serverName of its own, or an empty path" },
  },
  {
    pattern: /objectstores?\.barmancloud\.cnpg\.io .{0,80}not found|ObjectStore .{0,80}not found/iu,
    cause: { words: "its ObjectStore does not exist", remedy: "Create the ObjectStore again, or mend the cluster's parameter barmanObjectName" },
  },
  {
    pattern: /secrets? ["'\\]*[^"' ]+["'\\]* not found|while getting secret|missing key .{0,60}secret/iu,
    cause: { words: "the Secret with the object store's key is missing, or lacks the key", remedy: "Create the Secret that the ObjectStore names" },
  },
  {
    pattern: /cluster has no backup section/iu,
    cause: {
      words: "it was asked of CloudNativePG itself (barmanObjectStore), which this cluster has not configured",
      remedy: "Write `method: plugin` and `pluginConfiguration: {name: barman-cloud.cloudnative-pg.io}`",
    },
  },
  {
    pattern:
      /cluster has no plugin configured|no plugin .{0,60}(configured|available)|plugin .{0,80}(not found|not available|unknown)|unknown plugin|requested plugin is not available/iu,
    cause: { words: "the operator does not find the plugin", remedy: "Install the plugin beside the operator, and name it in the cluster's plugins" },
  },
  {
    pattern: /cannot backup a hibernated cluster/iu,
    cause: { words: "the cluster is hibernated", remedy: "Wake it: take the annotation cnpg.io/hibernation away" },
  },
  {
    pattern:
      /no pod .{0,60}(found|available)|primary .{0,60}(not found|not available)|unable to find .{0,40}pod|instance .{0,40}(not ready|is not running)|pod .{0,80}(not found|restarted|deleted)/iu,
    cause: { words: "the instance it was taken from went away", remedy: "See why the instance ended; the next backup may well succeed" },
  },
  {
    pattern: /Unavailable|transport is closing|error reading from server|DeadlineExceeded|EOF/u,
    cause: { words: "the connection to the plugin broke", remedy: "See whether the plugin's pods and the instance run" },
  },
];

const hidden: Cause = {
  words: "barman ended with an exit status and no reason: mostly a wrong key, a missing bucket or an object store that does not answer",
  remedy: "Read the log of the container plugin-barman-cloud (in-tree: postgres) of the primary, then mend key, bucket or endpointURL",
};

/** `undefined` when the message says nothing that is known; it is shown as it is then. */
export function causeIn(message: string | undefined): Cause | undefined {
  if (message === undefined) return undefined;
  const found = known.find(({ pattern }) => pattern.test(message));
  if (found !== undefined) return found.cause;
  return /exit status \d+|exit code:? \d+/iu.test(message) ? hidden : undefined;
}

/** What the object store said when it was asked itself: more than what comes through barman. */
export function causeFrom(probe: StoreProbe | undefined): Cause | undefined {
  switch (probe?.kind) {
    case "wrong-key":
      return { words: probe.words, remedy: secretRemedy };
    case "no-bucket":
      return { words: probe.words, remedy: "Create the bucket, or mend destinationPath" };
    case "denied":
      return { words: probe.words, remedy: "Let the key's account list and write to the bucket" };
    case "unreachable":
      return { words: `${probe.words} (asked from here)`, remedy: "See whether the object store runs, and whether endpointURL is right" };
    case undefined:
    case "reached":
    case "not-asked":
      return undefined;
    default:
      return probe satisfies never;
  }
}

/** The best words there are for a failure: what names its cause, then what the object store itself said, then the message as it is. */
export function explain(message: string | undefined, probe: StoreProbe | undefined): { readonly words: string; readonly remedy: string | undefined } {
  const told = causeIn(message);
  if (told !== undefined && told !== hidden) return told;
  return causeFrom(probe) ?? told ?? { words: message === undefined ? "no reason is given" : shortened(message), remedy: undefined };
}

function shortened(message: string): string {
  const line = message.replaceAll(/\s+/gu, " ").trim();
  return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
}
