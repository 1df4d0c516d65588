/** Every place outside the configuration file that it names and Opsroom must be able to read. */
import { OpsroomError } from "../errors.ts";
import type { LoadedConfig } from "./load.ts";
import type { Mistake } from "./mistake.ts";
import { showPath, type Path } from "./path.ts";
import type { Credential } from "./schema/alert-source.ts";
import type { SecretRef } from "../secret-ref.ts";
import type { Config } from "./schema/root.ts";
import { readSecret, readSecretFile, type SecretSource } from "./secrets.ts";

type Place = { readonly path: Path; readonly ref: SecretRef } | { readonly path: Path; readonly file: string };

/** One mistake for each secret that is not where the configuration says. */
export async function checkSecrets({ config, lineOf }: LoadedConfig, source: SecretSource): Promise<readonly Mistake[]> {
  const mistakes = await Promise.all(placesOf(config).map(async (place) => ({ path: place.path, found: await faultOf(place, source) })));
  return mistakes
    .flatMap(({ path, found }) => (found === undefined ? [] : [{ path: showPath(path), line: lineOf(path), found, allowed: "a secret that can be read" }]))
    .toSorted((a, b) => a.line - b.line);
}

async function faultOf(place: Place, source: SecretSource): Promise<string | undefined> {
  try {
    await ("ref" in place ? readSecret(place.ref, source) : readSecretFile(place.file, source.warn));
    return undefined;
  } catch (error) {
    if (error instanceof OpsroomError) return error.message;
    throw error;
  }
}

function placesOf({ matrix, store, clusters, alerts, backups }: Config): readonly Place[] {
  return [
    { path: ["matrix", "accessToken"], ref: matrix.accessToken },
    ...(matrix.encryption.passphrase === undefined ? [] : [{ path: ["matrix", "encryption", "passphrase"], ref: matrix.encryption.passphrase }]),
    ...(store.kind === "postgres" ? [{ path: ["store", "postgres", "url"], ref: store.url }] : []),
    ...clusters.flatMap((cluster, index) => placesOfCluster(cluster, ["clusters", index])),
    ...placesOfAlerts(alerts),
    ...backups.others.flatMap((source, index) =>
      source.kind === "file"
        ? []
        : (["accessKeyId", "secretAccessKey"] as const).map((key) => ({ path: ["backups", "others", index, "s3", key], ref: source[key] })),
    ),
  ];
}

function placesOfAlerts(alerts: Config["alerts"]): readonly Place[] {
  if (alerts === undefined) return [];
  const names = alerts.settings.sources.map((source) => source.name);
  const pathOf = (source: string): Path => ["alerts", "sources", names.indexOf(source)];
  return [
    ...alerts.credentials.map((credential) => placeOfCredential(credential, pathOf(credential.source))),
    ...alerts.alertmanagers.flatMap(({ source, credential, caFile }) => {
      const path = [...pathOf(source), "alertmanager"];
      const ca = caFile === undefined ? [] : [{ path: [...path, "ca", "file"], file: caFile }];
      return credential === undefined ? ca : [placeOfCredential(credential, path), ...ca];
    }),
  ];
}

function placeOfCredential({ kind, secret }: Credential, path: Path): Place {
  return { path: [...path, ...(kind === "basic" ? ["basic", "password"] : ["bearer"])], ref: secret };
}

function placesOfCluster({ access, prometheus }: Config["clusters"][number], path: Path): readonly Place[] {
  const token = prometheus?.token === undefined ? [] : [{ path: [...path, "prometheus", "token"], ref: prometheus.token }];
  switch (access.kind) {
    case "inCluster":
      return token;
    case "kubeconfig":
      return [{ path: [...path, "kubeconfig", "file"], file: access.file }, ...token];
    case "token": {
      const ca = access.caFile === undefined ? [] : [{ path: [...path, "ca", "file"], file: access.caFile }];
      return [...ca, { path: [...path, "token", "file"], file: access.tokenFile }, ...token];
    }
    default:
      return access satisfies never;
  }
}
