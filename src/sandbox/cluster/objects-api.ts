/** Getting, creating and deleting one object. */
import * as z from "zod";
import { admit } from "./admission.ts";
import { statusAnswer, type Answer } from "./answer.ts";
import { apiVersionOf, kinds, kindServing, type Kind } from "./kinds.ts";
import { keptObject } from "./objects.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

/** `secrets "x" not found`, `clusters.postgresql.cnpg.io "x" already exists`. */
const titleOf = ({ group, resource }: Target, name: string): string => `${resource}${group === "" ? "" : `.${group}`} ${JSON.stringify(name)}`;
const detailsOf = ({ group, resource }: Target, name: string) => ({ name, ...(group === "" ? {} : { group }), kind: resource });
export const notFound = (target: Target, name: string): Answer => statusAnswer(404, `${titleOf(target, name)} not found`, detailsOf(target, name));

/** As a real API server says it for what nobody serves. */
export const notServed: Answer = { status: 404, body: "404 page not found\n" };
const notAllowed = statusAnswer(405, "the server does not allow this method on the requested resource");

export function getAnswer(world: World, target: Target & { readonly name: string }): Answer {
  const { group, version, resource, namespace, name } = target;
  const list = world.list(group, version, resource);
  if (list === "absent") return notServed;
  if (list === "broken") return { status: 503, body: "service unavailable\n" };
  const found = list.entries.find((entry) => entry.name === name && entry.namespace === namespace);
  if (found === undefined) return notFound(target, name);
  // In a list of the core's objects only the list says what they are.
  return { status: 200, body: { apiVersion: apiVersionOf(target), kind: list.kind.replace(/List$/u, ""), ...found.json() } };
}

/** @param suffix of a generated name */
export function createAnswer(world: World, target: Target, body: string, now: number, suffix: () => string): Answer {
  const kind = served(world, target);
  if (kind === undefined) return world.list(target.group, target.version, target.resource) === "absent" ? notServed : notAllowed;
  if (kind.namespaced === (target.namespace === undefined)) return notAllowed;
  const admitted = admit(kind, target.namespace, body, suffix);
  if ("refusal" in admitted) return admitted.refusal;
  if (target.namespace !== undefined && world.objects.get(kinds.namespace, undefined, target.namespace) === undefined) {
    return statusAnswer(404, `namespaces ${JSON.stringify(target.namespace)} not found`, { name: target.namespace, kind: "namespaces" });
  }
  const { name } = admitted.object.metadata;
  const made = world.objects.add(admitted.object, now);
  if (made === "exists") return statusAnswer(409, `${titleOf(target, name)} already exists`, detailsOf(target, name), "AlreadyExists");
  return { status: 201, body: keptObject(made) };
}

const deleteOptions = z.looseObject({ preconditions: z.looseObject({ uid: z.string().optional() }).optional() }).catch({});

export function deleteAnswer(world: World, target: Target & { readonly name: string }, body: string): Answer {
  const { namespace, name } = target;
  if (target.resource === "pods" && target.group === "") {
    const found = getAnswer(world, target);
    if (found.status === 200) world.deletePod(namespace ?? "", name);
    return found;
  }
  const kind = served(world, target);
  if (kind === undefined) return world.list(target.group, target.version, target.resource) === "absent" ? notServed : notAllowed;
  const object = world.objects.get(kind, namespace, name);
  if (object === undefined) return notFound(target, name);
  const { uid } = object.metadata;
  const wanted = deleteOptions.parse(jsonOf(body)).preconditions?.uid;
  if (wanted !== undefined && wanted !== uid) {
    const why = `the UID in the precondition (${wanted}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    return statusAnswer(409, `Operation cannot be fulfilled on ${titleOf(target, name)}: ${why}`, detailsOf(target, name), "Conflict");
  }
  world.objects.remove(object);
  return {
    status: 200,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details: { ...detailsOf(target, name), uid } },
  };
}

function served(world: World, { group, version, resource }: Target): Kind | undefined {
  const kind = kindServing(group, version, resource);
  return kind === undefined || world.list(group, version, resource) === "absent" ? undefined : kind;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
