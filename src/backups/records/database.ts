/** A CloudNativePG `Cluster`, as far as its backups go. */
import { field, isList, listOf, numberOf, textOf, textsOf } from "../../kubernetes/json.ts";
import { conditionOf, createdAtOf, isGoing, placeOf, worded, type Condition, type Place } from "./object.ts";
import { instantOf } from "./times.ts";

export interface PluginUse {
  /** `barman-cloud.cloudnative-pg.io` */
  readonly name: string;
  readonly archivesWal: boolean;
  /** Its parameter `barmanObjectName`. */
  readonly objectStore: string | undefined;
  readonly serverName: string;
}

/** `spec.backup.barmanObjectStore`, which CloudNativePG itself backs up to. */
export interface InTreeStore {
  readonly destination: string | undefined;
  readonly endpoint: string | undefined;
  readonly serverName: string;
  readonly retention: string | undefined;
}

export interface DatabaseRecord extends Place {
  readonly createdAt: number | undefined;
  readonly going: boolean;
  readonly instances: number | undefined;
  readonly readyInstances: number | undefined;
  readonly phase: string | undefined;
  readonly phaseReason: string | undefined;
  readonly primary: string | undefined;
  /** Since when the operator takes the primary for unhealthy. */
  readonly primaryFailingSince: number | undefined;
  readonly archiving: Condition | undefined;
  readonly lastBackup: Condition | undefined;
  readonly hibernated: boolean;
  /** Instances cut off on purpose; `*` for all. */
  readonly fenced: readonly string[];
  /** The annotation `cnpg.io/skipWalArchiving: enabled`. */
  readonly skipsArchiving: boolean;
  readonly plugin: PluginUse | undefined;
  readonly inTree: InTreeStore | undefined;
  readonly snapshots: boolean;
  /** CloudNativePG keeps these three for in-tree backups and snapshots only. */
  readonly firstRecoverabilityPoint: number | undefined;
  readonly lastSuccessfulBackup: number | undefined;
  readonly lastFailedBackup: number | undefined;
  readonly certificates: readonly CertificateRecord[];
  /** Whether people bring certificates of their own, which the operator does not renew. */
  readonly ownCertificates: boolean;
}

export interface CertificateRecord {
  readonly secret: string;
  /** `undefined` when it cannot be read. */
  readonly endsAt: number | undefined;
}

const mostCertificates = 20;

export function databaseRecord(item: unknown): DatabaseRecord | undefined {
  const place = placeOf(item);
  if (place === undefined) return undefined;
  const spec = field(item, "spec");
  const status = field(item, "status");
  const backup = field(spec, "backup");
  const annotations = textsOf(field(field(item, "metadata"), "annotations"));
  return {
    ...place,
    createdAt: createdAtOf(item),
    going: isGoing(item),
    instances: numberOf(field(spec, "instances")),
    readyInstances: numberOf(field(status, "readyInstances")),
    phase: worded(field(status, "phase")),
    phaseReason: worded(field(status, "phaseReason")),
    primary: worded(field(status, "currentPrimary")),
    primaryFailingSince: instantOf(field(status, "currentPrimaryFailingSinceTimestamp")),
    archiving: conditionOf(item, "ContinuousArchiving"),
    lastBackup: conditionOf(item, "LastBackupSucceeded"),
    hibernated: annotations["cnpg.io/hibernation"] === "on",
    fenced: fencedBy(annotations["cnpg.io/fencedInstances"]),
    skipsArchiving: annotations["cnpg.io/skipWalArchiving"] === "enabled",
    plugin: pluginUse(place.name, field(spec, "plugins")),
    inTree: inTreeStore(place.name, backup),
    snapshots: isThere(field(backup, "volumeSnapshot")),
    firstRecoverabilityPoint: instantOf(field(status, "firstRecoverabilityPoint")),
    lastSuccessfulBackup: instantOf(field(status, "lastSuccessfulBackup")),
    lastFailedBackup: instantOf(field(status, "lastFailedBackup")),
    certificates: certificatesOf(field(status, "certificates")),
    ownCertificates: ["serverCASecret", "serverTLSSecret", "clientCASecret", "replicationTLSSecret"].some((name) =>
      isThere(field(field(spec, "certificates"), name)),
    ),
  };
}

/** The first plugin that names an object store or archives WAL: others have nothing to do with backups. */
function pluginUse(cluster: string, plugins: unknown): PluginUse | undefined {
  const uses = listOf(plugins).flatMap((each): PluginUse[] => {
    const name = worded(field(each, "name"));
    if (name === undefined || field(each, "enabled") === false) return [];
    const parameters = textsOf(field(each, "parameters"));
    return [
      {
        name,
        archivesWal: field(each, "isWALArchiver") === true,
        objectStore: worded(parameters["barmanObjectName"]),
        serverName: worded(parameters["serverName"]) ?? cluster,
      },
    ];
  });
  return uses.find((each) => each.archivesWal || each.objectStore !== undefined || each.name.startsWith("barman-cloud."));
}

function inTreeStore(cluster: string, backup: unknown): InTreeStore | undefined {
  const store = field(backup, "barmanObjectStore");
  if (!isThere(store)) return undefined;
  return {
    destination: worded(field(store, "destinationPath")),
    endpoint: worded(field(store, "endpointURL")),
    serverName: worded(field(store, "serverName")) ?? cluster,
    retention: worded(field(backup, "retentionPolicy")),
  };
}

function certificatesOf(certificates: unknown): readonly CertificateRecord[] {
  return Object.entries(textsOf(field(certificates, "expirations")))
    .slice(0, mostCertificates)
    .map(([secret, text]) => ({ secret, endsAt: instantOf(text) }));
}

function fencedBy(annotation: string | undefined): readonly string[] {
  if (annotation === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(annotation);
    return isList(parsed) ? parsed.flatMap((each) => textOf(each) ?? []) : [];
  } catch {
    return [];
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}
