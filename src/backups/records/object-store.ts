/** The Barman Cloud plugin's `ObjectStore`: where backups go, and what its catalogue says. */
import { isObject } from "../../json.ts";
import { field } from "../../kubernetes/json.ts";
import { createdAtOf, isGoing, placeOf, worded, type Place } from "./object.ts";
import { instantOf } from "./times.ts";

export interface RecoveryWindow {
  readonly firstRecoverabilityPoint: number | undefined;
  readonly lastSuccessfulBackup: number | undefined;
  /** Never cleared: it means something only beside the last success. */
  readonly lastFailedBackup: number | undefined;
}

/** A key in a Secret of the same namespace. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

export interface ObjectStoreRecord extends Place {
  readonly createdAt: number | undefined;
  readonly going: boolean;
  /** `s3://bucket/path` */
  readonly destination: string | undefined;
  readonly endpoint: string | undefined;
  readonly accessKeyId: SecretKey | undefined;
  readonly secretAccessKey: SecretKey | undefined;
  /** `30d` */
  readonly retention: string | undefined;
  /** By server name. */
  readonly windows: ReadonlyMap<string, RecoveryWindow>;
}

const mostServers = 100;

export function objectStoreRecord(item: unknown): ObjectStoreRecord | undefined {
  const place = placeOf(item);
  if (place === undefined) return undefined;
  const spec = field(item, "spec");
  const configuration = field(spec, "configuration");
  const credentials = field(configuration, "s3Credentials");
  const servers = field(field(item, "status"), "serverRecoveryWindow");
  return {
    ...place,
    createdAt: createdAtOf(item),
    going: isGoing(item),
    destination: worded(field(configuration, "destinationPath")),
    endpoint: worded(field(configuration, "endpointURL")),
    accessKeyId: secretKey(field(credentials, "accessKeyId")),
    secretAccessKey: secretKey(field(credentials, "secretAccessKey")),
    retention: worded(field(spec, "retentionPolicy")),
    windows: new Map(
      Object.entries(isObject(servers) ? servers : {})
        .slice(0, mostServers)
        .map(([server, window]) => [server, recoveryWindow(window)]),
    ),
  };
}

function recoveryWindow(window: unknown): RecoveryWindow {
  return {
    firstRecoverabilityPoint: instantOf(field(window, "firstRecoverabilityPoint")),
    lastSuccessfulBackup: instantOf(field(window, "lastSuccessfulBackupTime")),
    lastFailedBackup: instantOf(field(window, "lastFailedBackupTime")),
  };
}

function secretKey(reference: unknown): SecretKey | undefined {
  const name = worded(field(reference, "name"));
  const key = worded(field(reference, "key"));
  return name === undefined || key === undefined ? undefined : { name, key };
}
