/** What an API server refuses before it keeps an object, and what it adds to one. Pure. */
import * as z from "zod";
import { admitCnpg, type Complaint } from "./cnpg/admission.ts";
import { statusAnswer, type Answer } from "./answer.ts";
import type { GivenObject } from "./kept-objects.ts";
import { apiVersionOf, kinds, type Kind } from "./kinds.ts";

const labels = z.record(z.string(), z.string()).nullish();
const owner = z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() });
const given = z.looseObject({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: z
    .looseObject({
      name: z.string().optional(),
      generateName: z.string().optional(),
      namespace: z.string().optional(),
      labels,
      annotations: labels,
      ownerReferences: z.array(owner).nullish(),
      resourceVersion: z.string().optional(),
    })
    .default({}),
});

export type Admitted = { readonly object: GivenObject } | { readonly refusal: Answer };

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u;
const subdomainWords =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/u;

/** @param suffix of a generated name */
export function admit(kind: Kind, namespace: string | undefined, body: string, suffix: () => string): Admitted {
  const parsed = given.safeParse(jsonOf(body));
  if (!parsed.success) return refused(400, "BadRequest", "the object provided is unrecognized: couldn't get version/kind; json parse error");
  // Of the core's objects the path says enough.
  const named = kind.group === "" ? { apiVersion: apiVersionOf(kind), kind: kind.kind } : { apiVersion: "", kind: "" };
  const { metadata, apiVersion = named.apiVersion, kind: said = named.kind, ...parts } = parsed.data;
  const rest = { ...parts, apiVersion, kind: said };
  if (rest.kind !== kind.kind || rest.apiVersion !== apiVersionOf(kind)) {
    return refused(400, "BadRequest", `${rest.kind} in version ${JSON.stringify(rest.apiVersion)} cannot be handled as a ${kind.kind}`);
  }
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    return refused(400, "BadRequest", "the namespace of the provided object does not match the namespace sent on the request");
  }
  // What Kubernetes says of a copy that still carries it.
  if ((metadata.resourceVersion ?? "") !== "") return refused(500, "InternalError", "resourceVersion should not be set on objects to be created");
  const name = metadata.name ?? (metadata.generateName === undefined ? "" : metadata.generateName + suffix());
  const object: GivenObject = {
    ...rest,
    metadata: {
      name,
      ...(metadata.generateName === undefined ? {} : { generateName: metadata.generateName }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
      ...(metadata.ownerReferences ? { ownerReferences: metadata.ownerReferences } : {}),
    },
  };
  const complaints = nameComplaints(name, object.metadata.labels ?? {});
  if (complaints.length > 0) return { refusal: invalid(kind, name, complaints) };
  if (kind.of !== undefined) return admitted(kind, admitCnpg(kind, object));
  return kind === kinds.secret ? { object: secretOf(object) } : { object };
}

function admitted(kind: Kind, { object, schema, webhook }: ReturnType<typeof admitCnpg>): Admitted {
  if (schema.length > 0) return { refusal: invalid(kind, object.metadata.name, schema) };
  if (webhook !== undefined && webhook.complaints.length > 0)
    return { refusal: invalid(kind, object.metadata.name, webhook.complaints, `admission webhook "${webhook.name}" denied the request: `, webhook.kind) };
  return { object };
}

function nameComplaints(name: string, given: Readonly<Record<string, string>>): readonly Complaint[] {
  if (name === "") return [{ field: "metadata.name", problem: "Required value: name or generateName is required" }];
  const wrongLabels = Object.values(given).filter((value) => !labelValue.test(value));
  return [
    ...(subdomain.test(name) && name.length <= 253 ? [] : [{ field: "metadata.name", problem: `Invalid value: ${JSON.stringify(name)}: ${subdomainWords}` }]),
    ...wrongLabels.map((value) => ({
      field: "metadata.labels",
      problem: `Invalid value: ${JSON.stringify(value)}: ${value.length > 63 ? "must be no more than 63 bytes" : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"}`,
    })),
  ];
}

/** The API keeps `data` only, in base64. */
function secretOf({ stringData, ...object }: GivenObject & { readonly stringData?: unknown }): GivenObject {
  const plain = z.record(z.string(), z.string()).catch({}).parse(stringData);
  const encoded = Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));
  const data = z.record(z.string(), z.string()).catch({}).parse(object["data"]);
  return { type: "Opaque", ...object, data: { ...data, ...encoded } };
}

function invalid(kind: Kind, name: string, complaints: readonly Complaint[], before = "", groupKind?: string): Answer {
  const said = complaints.map(({ field, problem }) => `${field}: ${problem}`);
  const of = groupKind ?? (kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`);
  const message = `${before}${of} ${JSON.stringify(name)} is invalid: ${said.length === 1 ? said.join("") : `[${said.join(", ")}]`}`;
  const causes = complaints.map(({ field, problem }) => ({ reason: "FieldValueInvalid", message: problem, field }));
  return statusAnswer(422, message, { name, ...(kind.group === "" ? {} : { group: kind.group }), kind: kind.kind, causes }, "Invalid");
}

const refused = (status: number, reason: string, message: string): Admitted => ({ refusal: statusAnswer(status, message, {}, reason) });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
