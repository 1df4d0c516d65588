/** CloudNativePG's and the Barman Cloud plugin's schemas and webhooks: what they fill in and what they refuse, as far as Opsroom could come upon it. Pure. */
import * as z from "zod";
import type { GivenObject } from "../kept-objects.ts";
import { kinds, type Kind } from "../kinds.ts";
import { parseCron } from "./cron.ts";

export interface Complaint {
  readonly field: string;
  /** `Required value`, `Invalid value: …`. */
  readonly problem: string;
}

export interface Admission {
  readonly object: GivenObject;
  /** Of the CustomResourceDefinition's schema; then nobody asks the webhook. */
  readonly schema: readonly Complaint[];
  readonly webhook: { readonly name: string; readonly kind: string; readonly complaints: readonly Complaint[] } | undefined;
}

const backup = z.looseObject({
  cluster: z.looseObject({ name: z.string() }).optional(),
  method: z.string().default("barmanObjectStore"),
  target: z.string().optional(),
  pluginConfiguration: z.looseObject({ name: z.string().optional() }).optional(),
});
const cluster = z.looseObject({
  instances: z.number().default(1),
  storage: z.looseObject({ size: z.string().optional() }).optional(),
  bootstrap: z.looseObject({ recovery: z.looseObject({ source: z.string().optional() }).optional() }).optional(),
  externalClusters: z.array(z.looseObject({ name: z.string() })).default([]),
});
const store = z.looseObject({
  configuration: z.looseObject({ destinationPath: z.string().optional(), serverName: z.unknown().optional() }).optional(),
  retentionPolicy: z.string().optional(),
});

/** A status is written by controllers only: the one given goes. */
export function admitCnpg(kind: Kind, given: GivenObject): Admission {
  const { apiVersion, metadata, spec } = given;
  const rest: GivenObject = { apiVersion, kind: given.kind, metadata };
  const plain = z.record(z.string(), z.unknown()).safeParse(spec);
  if (!plain.success) return { object: rest, schema: [{ field: "spec", problem: "Required value" }], webhook: undefined };
  switch (kind) {
    case kinds.cluster:
      return admitCluster(rest, plain.data);
    case kinds.backup:
      return admitBackup(rest, plain.data);
    case kinds.scheduledBackup:
      return admitScheduled(rest, plain.data);
    default:
      return admitStore(rest, plain.data);
  }
}

type Spec = Readonly<Record<string, unknown>>;
const wrongType = (error: z.ZodError): readonly Complaint[] =>
  error.issues.map(({ path, message }) => ({ field: `spec.${path.join(".")}`, problem: `Invalid value: ${message}` }));
const choice = (field: string, value: string | undefined, of: readonly string[]): readonly Complaint[] =>
  value === undefined || of.includes(value)
    ? []
    : [{ field, problem: `Unsupported value: ${JSON.stringify(value)}: supported values: ${of.map((each) => JSON.stringify(each)).join(", ")}` }];

function admitCluster(object: GivenObject, spec: Spec): Admission {
  const parsed = cluster.safeParse(spec);
  if (!parsed.success) return { object, schema: wrongType(parsed.error), webhook: undefined };
  const { instances, storage, bootstrap, externalClusters } = parsed.data;
  const source = bootstrap?.recovery?.source;
  const { name } = object.metadata;
  const size = storage?.size ?? "";
  const complaints = [
    ...(name.length > 50
      ? [{ field: "metadata.name", problem: `Invalid value: ${JSON.stringify(name)}: the maximum length of a cluster name is 50 characters` }]
      : []),
    ...(size === ""
      ? [{ field: "spec.storage.size", problem: 'Invalid value: "": Size not configured. Please add it, or a storage request in the pvcTemplate.' }]
      : []),
    ...(source !== undefined && !externalClusters.some((each) => each.name === source)
      ? [{ field: "spec.bootstrap.recovery.source", problem: `Invalid value: ${JSON.stringify(source)}: External cluster ${source} not found` }]
      : []),
  ];
  const schema =
    instances < 1 ? [{ field: "spec.instances", problem: `Invalid value: ${instances}: spec.instances in body should be greater than or equal to 1` }] : [];
  return { object: { ...object, spec: { ...spec, instances } }, schema, webhook: { name: "vcluster.cnpg.io", kind: "Cluster.cluster.cnpg.io", complaints } };
}

function admitBackup(object: GivenObject, spec: Spec): Admission {
  const parsed = backup.safeParse(spec);
  if (!parsed.success) return { object, schema: wrongType(parsed.error), webhook: undefined };
  const { method, pluginConfiguration } = parsed.data;
  const complaints =
    method === "plugin" && (pluginConfiguration?.name ?? "") === ""
      ? [{ field: "spec.pluginConfiguration", problem: "Invalid value: null: cannot be empty when the backup method is plugin" }]
      : [];
  // The operator's own webhook fills in an empty cluster before the schema is looked at.
  const filled = parsed.data.cluster === undefined ? { ...parsed.data, cluster: { name: "" } } : parsed.data;
  return {
    object: { ...object, spec: { ...spec, cluster: filled.cluster, method } },
    schema: backupSchema(filled),
    webhook: { name: "vbackup.cnpg.io", kind: "Backup.postgresql.cnpg.io", complaints },
  };
}

function backupSchema({ cluster: of, method, target }: z.output<typeof backup>): readonly Complaint[] {
  return [
    ...(of === undefined ? [{ field: "spec.cluster", problem: "Required value" }] : []),
    ...choice("spec.method", method, ["barmanObjectStore", "volumeSnapshot", "plugin"]),
    ...choice("spec.target", target, ["primary", "prefer-standby"]),
  ];
}

function admitScheduled(object: GivenObject, spec: Spec): Admission {
  const parsed = backup.safeParse(spec);
  if (!parsed.success) return { object, schema: wrongType(parsed.error), webhook: undefined };
  const { schedule, backupOwnerReference = "none" } = spec;
  const schema = [
    ...backupSchema(parsed.data),
    ...(typeof schedule === "string" ? [] : [{ field: "spec.schedule", problem: "Required value" }]),
    ...choice("spec.backupOwnerReference", String(backupOwnerReference), ["none", "self", "cluster"]),
  ];
  return {
    object: { ...object, spec: { ...spec, method: parsed.data.method, backupOwnerReference } },
    schema,
    webhook: { name: "vscheduledbackup.cnpg.io", kind: "ScheduledBackup.postgresql.cnpg.io", complaints: cronComplaints(String(schedule)) },
  };
}

function cronComplaints(schedule: string): readonly Complaint[] {
  try {
    parseCron(schedule);
    return [];
  } catch (error) {
    return [{ field: "spec.schedule", problem: `Invalid value: ${JSON.stringify(schedule)}: ${error instanceof Error ? error.message : "no schedule"}` }];
  }
}

function admitStore(object: GivenObject, spec: Spec): Admission {
  const parsed = store.safeParse(spec);
  if (!parsed.success) return { object, schema: wrongType(parsed.error), webhook: undefined };
  const { configuration, retentionPolicy } = parsed.data;
  const schema = [
    ...(configuration === undefined ? [{ field: "spec.configuration", problem: "Required value" }] : []),
    ...(configuration !== undefined && configuration.destinationPath === undefined
      ? [{ field: "spec.configuration.destinationPath", problem: "Required value" }]
      : []),
    ...(configuration?.serverName === undefined
      ? []
      : [{ field: "spec.configuration.serverName", problem: "Forbidden: use the 'serverName' plugin parameter in the Cluster resource" }]),
    ...(retentionPolicy === undefined || /^[1-9][0-9]*[dwm]$/u.test(retentionPolicy)
      ? []
      : [
          {
            field: "spec.retentionPolicy",
            problem: `Invalid value: ${JSON.stringify(retentionPolicy)}: spec.retentionPolicy in body should match '^[1-9][0-9]*[dwm]$'`,
          },
        ]),
  ];
  return { object: { ...object, spec }, schema, webhook: undefined };
}
