/** What a drill does to the world. Each may be done again after a kill: what is there already is the same, by its name and its label. */
import { calls, drillPlaceCalls, drillSourceCalls, type ApiCall } from "../../kubernetes/calls.ts";
import { ClusterError } from "../../kubernetes/errors.ts";
import { field, textsOf, textOf } from "../../kubernetes/json.ts";
import type { ObjectAccess } from "../../kubernetes/objects.ts";
import { labelsOf, nameIn, runOf } from "../acting/labels.ts";
import { databaseRecord } from "../records/database.ts";
import type { DrillQuery } from "../settings.ts";
import type { Leftover } from "./decide.ts";
import { askDatabase, type Instance, type SqlAnswer } from "../psql.ts";
import { questionsLeft, type Answered, type DrillQuestion } from "./questions.ts";
import type { DrillRecord } from "./record.ts";

/** The Secrets and the ObjectStore. Nothing of what is in the Secrets is kept here. @throws ClusterError */
export async function copyNeeds(access: ObjectAccess, { id, source, place, objects }: DrillRecord, signal: AbortSignal): Promise<void> {
  for (const { name, keys, to } of objects.secrets) {
    const found = await access.get(signal, drillSourceCalls.getSecret, { namespace: source.namespace, name });
    if (found === undefined)
      throw new ClusterError("bad-answer", `the Secret ${source.namespace}/${name}, which the source's backups need, does not exist`, "Create it again.");
    const all = textsOf(field(found, "data"));
    const data = keys === "all" ? all : Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)));
    const type = textOf(field(found, "type")) ?? "Opaque";
    const metadata = { name: to, namespace: place.namespace, labels: labelsOf(id) };
    await createOurs(
      access,
      drillPlaceCalls.createSecret,
      drillPlaceCalls.listSecrets,
      { apiVersion: "v1", kind: "Secret", metadata, type, data },
      id,
      place.namespace,
      signal,
    );
  }
  if (objects.objectStore !== undefined)
    await createOurs(access, drillPlaceCalls.createObjectStore, calls.objectStores, objects.objectStore, id, place.namespace, signal);
}

/** @throws ClusterError */
export async function createCopy(access: ObjectAccess, { id, place, objects }: DrillRecord, signal: AbortSignal): Promise<void> {
  await createOurs(access, drillPlaceCalls.createPostgresCluster, calls.postgresClusters, objects.cluster, id, place.namespace, signal);
}

async function createOurs(
  access: ObjectAccess,
  create: ApiCall,
  list: ApiCall,
  object: unknown,
  run: string,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await access.create(signal, create, namespace, object)) !== "exists") return;
  const name = nameIn(object);
  const ours = await access.list(signal, list, { namespace }, (item) => (nameIn(item) === name && runOf(item) === run ? true : undefined));
  if (ours.length > 0) return;
  throw new ClusterError("bad-answer", `there is a ${create.resource} ${name ?? ""} in ${namespace} that is none of this drill's`, "Delete it, and ask again.");
}

const removals: Readonly<Record<Exclude<Leftover["kind"], "pod">, ApiCall>> = {
  cluster: drillPlaceCalls.deletePostgresCluster,
  "object-store": drillPlaceCalls.deleteObjectStore,
  secret: drillPlaceCalls.deleteSecret,
  "volume-claim": drillPlaceCalls.deleteVolumeClaim,
};

/** @throws ClusterError */
export async function removeLeftovers(access: ObjectAccess, namespace: string, leftovers: readonly Leftover[], signal: AbortSignal): Promise<void> {
  for (const { kind, name } of leftovers) if (kind !== "pod") await access.remove(signal, removals[kind], { namespace, name });
}

/** Questions within one go: what a timer may take, less what the last of them may take. */
const askForMs = 20_000;

/**
 * Asks for a while, and answers all that is known then. Source and copy are asked at the same time.
 * @throws ClusterError when the copy may not be asked, or does not answer
 */
export async function askForAWhile(
  access: ObjectAccess,
  record: DrillRecord,
  configured: readonly DrillQuery[],
  now: () => number,
  signal: AbortSignal,
): Promise<readonly Answered[]> {
  const source = await sourceOf(access, record, signal);
  const copy = { namespace: record.place.namespace, pod: record.primary ?? "" };
  const until = now() + askForMs;
  let answers: readonly Answered[] = record.answers;
  for (let [next] = questionsLeft(answers, configured); next !== undefined && now() < until; [next] = questionsLeft(answers, configured)) {
    answers = [...answers, await askBoth(access, source, copy, next, signal)];
  }
  return answers;
}

async function askBoth(access: ObjectAccess, source: Instance | undefined, copy: Instance, question: DrillQuestion, signal: AbortSignal): Promise<Answered> {
  const { key, of } = question;
  const [fromSource, fromCopy] = await Promise.all([
    of === "copy" ? undefined : source === undefined ? nobody : askDatabase(access, source, question, signal).catch((error: unknown) => inWords(error, signal)),
    of === "source" ? undefined : askDatabase(access, copy, question, signal).catch((error: unknown) => ofCopy(error, signal)),
  ]);
  return { key, source: fromSource, copy: fromCopy };
}

const nobody: SqlAnswer = { ok: false, words: "it has no primary" };

/** A source that does not answer is what drills are for: its backup is tried all the same. */
function inWords(error: unknown, signal: AbortSignal): SqlAnswer {
  signal.throwIfAborted();
  if (!(error instanceof ClusterError)) throw error;
  return { ok: false, words: error.message.slice(0, 200) };
}

/** One answer that cannot be read spoils no other; a copy that may not be asked, or is not there at the moment, does. */
function ofCopy(error: unknown, signal: AbortSignal): SqlAnswer {
  if (error instanceof ClusterError && error.failure !== "bad-answer") throw error;
  return inWords(error, signal);
}

/** The primary of now: it may have changed since. */
async function sourceOf(access: ObjectAccess, { source }: DrillRecord, signal: AbortSignal): Promise<Instance | undefined> {
  const [found] = await access.list(signal, calls.postgresClusters, { namespace: source.namespace }, (item) => {
    const record = databaseRecord(item);
    return record?.name === source.name ? record : undefined;
  });
  return found?.primary === undefined ? undefined : { namespace: source.namespace, pod: found.primary };
}
