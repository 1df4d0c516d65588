/** The objects of a drill: made once, before it begins, from what the source is then. They hold no secret. Pure. */
import { isObject } from "../../json.ts";
import { field, listOf, textOf } from "../../kubernetes/json.ts";
import { bytes } from "../../kubernetes/quantity.ts";
import { labelsOf, runLabel } from "../acting/labels.ts";
import type { Refusal } from "../acting/needs.ts";
import type { DrillSettings } from "../settings.ts";
import type { DrillPlan } from "./plan.ts";
import { secretsIn, withSecretsNamed, type SecretUse } from "./secret-references.ts";

export interface DrillObjects {
  readonly secrets: readonly SecretCopy[];
  readonly objectStore: Json | undefined;
  readonly cluster: Json;
}

/** A Secret of the source's namespace, and what its copy is called. */
export interface SecretCopy extends SecretUse {
  readonly to: string;
}

type Json = Readonly<Record<string, unknown>>;

export interface DrillPlace {
  readonly run: string;
  readonly namespace: string;
  /** Of the throw-away cluster; all other names begin so. */
  readonly name: string;
}

const origin = "origin";
/** A copy with less of these than the source had does not recover: PostgreSQL documentation, 26.4.3. */
const carriedParameters = ["max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions", "max_locks_per_transaction"];

/** @param source the Cluster @param store the ObjectStore, for the plugin */
export function drillObjects(plan: DrillPlan, place: DrillPlace, source: unknown, store: unknown, settings: DrillSettings): DrillObjects | Refusal {
  const spec = field(source, "spec");
  const image = imageOf(source);
  if (image === undefined)
    return { refusal: "The source's image is named by an ImageCatalog of its namespace, and its status does not say which it is. Name it as imageName." };
  const storage = storageOf(spec, settings.storageClass);
  if (storage === undefined) return { refusal: "The source does not say how large its volume is (spec.storage.size)." };
  const storeSpec = field(store, "spec");
  const configuration = plan.origin.kind === "plugin" ? field(storeSpec, "configuration") : field(field(spec, "backup"), "barmanObjectStore");
  const sidecar = plan.origin.kind === "plugin" ? field(storeSpec, "instanceSidecarConfiguration") : undefined;
  const environment = listOf(field(spec, "env"));
  const pulls = listOf(field(spec, "imagePullSecrets")).flatMap((each) => textOf(field(each, "name")) ?? []);
  const copies = copiesOf(place.name, [configuration, sidecar, environment], pulls);
  const rename = (name: string): string => copies.find((each) => each.name === name)?.to ?? name;
  const named = (value: unknown): unknown => withSecretsNamed(value, rename);
  const metadata = (name: string): Json => ({ name, namespace: place.namespace, labels: labelsOf(place.run) });
  return {
    secrets: copies,
    // Without its retention policy: what is restored from is never cleaned up by a drill.
    objectStore:
      plan.origin.kind === "plugin"
        ? {
            apiVersion: "barmancloud.cnpg.io/v1",
            kind: "ObjectStore",
            metadata: metadata(place.name),
            spec: { configuration: named(configuration), ...(isObject(sidecar) ? { instanceSidecarConfiguration: named(sidecar) } : {}) },
          }
        : undefined,
    cluster: {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: metadata(place.name),
      spec: {
        instances: 1,
        ...image,
        inheritedMetadata: { labels: { [runLabel]: place.run } },
        storage,
        resources: { requests: { memory: settings.memory, cpu: settings.cpu }, limits: { memory: settings.memory, cpu: settings.cpu } },
        postgresql: postgresqlOf(field(spec, "postgresql")),
        ...carried(spec, ["postgresUID", "postgresGID", "tablespaces"]),
        ...(environment.length === 0 ? {} : { env: named(environment) }),
        ...(pulls.length === 0 ? {} : { imagePullSecrets: pulls.map((name) => ({ name: rename(name) })) }),
        enableSuperuserAccess: false,
        enablePDB: false,
        affinity: { enablePodAntiAffinity: false },
        bootstrap: { recovery: { source: origin, ...(plan.at === undefined ? {} : { recoveryTarget: { targetTime: new Date(plan.at).toISOString() } }) } },
        externalClusters: [{ name: origin, ...originOf(plan, place.name, named(configuration)) }],
      },
    },
  };
}

function copiesOf(name: string, values: readonly unknown[], pulls: readonly string[]): readonly SecretCopy[] {
  const used = secretsIn(values).filter((each) => !pulls.includes(each.name));
  return [...used, ...pulls.map((pull): SecretUse => ({ name: pull, keys: "all" }))].map((use, n) => ({ ...use, to: `${name}-${n + 1}` }));
}

function originOf(plan: DrillPlan, store: string, configuration: unknown): Json {
  if (plan.origin.kind === "plugin")
    return { plugin: { name: plan.origin.plugin, parameters: { barmanObjectName: store, serverName: plan.origin.serverName } } };
  return { barmanObjectStore: { ...(isObject(configuration) ? configuration : {}), serverName: plan.origin.serverName } };
}

/** The same image as the source runs. A catalogue of the source's namespace is not seen from another. */
function imageOf(source: unknown): Json | undefined {
  const spec = field(source, "spec");
  const imageName = textOf(field(spec, "imageName")) ?? textOf(field(field(source, "status"), "image"));
  if (imageName !== undefined) return { imageName };
  const catalogue = field(spec, "imageCatalogRef");
  if (catalogue === undefined) return {};
  return field(catalogue, "kind") === "ClusterImageCatalog" ? { imageCatalogRef: catalogue } : undefined;
}

function storageOf(spec: unknown, storageClass: string | undefined): Json | undefined {
  const storage = field(spec, "storage");
  const size = sizeOf(storage);
  const wal = field(spec, "walStorage");
  const walSize = wal === undefined || wal === null ? undefined : bytes(sizeOf(wal));
  const dataSize = bytes(size);
  if (dataSize === undefined) return undefined;
  const chosen = storageClass ?? textOf(field(storage, "storageClass")) ?? textOf(field(field(storage, "pvcTemplate"), "storageClassName"));
  // Its WAL is put beside the data, so that there is one volume.
  return { size: walSize === undefined ? size : String(dataSize + walSize), ...(chosen === undefined ? {} : { storageClass: chosen }) };
}

function sizeOf(storage: unknown): unknown {
  return field(storage, "size") ?? field(field(field(field(storage, "pvcTemplate"), "resources"), "requests"), "storage");
}

function postgresqlOf(postgresql: unknown): Json {
  const given = field(postgresql, "parameters");
  const parameters = Object.fromEntries(
    carriedParameters.flatMap((name) => {
      const value = field(given, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { parameters, ...carried(postgresql, ["shared_preload_libraries", "extensions"]) };
}

function carried(from: unknown, names: readonly string[]): Json {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = field(from, name);
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
}
