/** Getting, creating and deleting one object by the transport. */
import { collectionPath, objectPath, type ApiCall } from "./calls.ts";
import { ClusterError, refusedCall } from "./errors.ts";
import { readList, type ListNeeds } from "./list.ts";
import type { ObjectReads, ObjectWrites } from "./objects.ts";
import { persevere, withinDeadline } from "./question.ts";
import { readRefusal } from "./refusal.ts";
import type { HttpAnswer, Transport } from "./transport.ts";

export interface ObjectNeeds extends ListNeeds {
  readonly transport: Transport;
}

/** etcd keeps no object of more than 1.5 MiB. */
const mostObjectBytes = 8 * 2 ** 20;

export function objectAccess(needs: ObjectNeeds): ObjectReads & ObjectWrites {
  const { cluster, transport, deadlineMs } = needs;
  const ask = async <T>(signal: AbortSignal, call: ApiCall, send: (stop: AbortSignal) => Promise<T>): Promise<T> =>
    withinDeadline(needs, call, deadlineMs, signal, (stop, endsAt) => persevere(needs, call, () => send(stop), stop, endsAt));
  return {
    list: (signal, call, where, keep) => readList(needs, call, where, { keep }, signal),
    get: (signal, call, place) =>
      ask(signal, call, async (stop) => {
        const answer = await transport.get(objectPath(call, place), stop);
        if (answer.status === 404) return notThere(cluster, call, place.name, answer, undefined);
        return readObject(cluster, call, answer);
      }),
    // Asked again when its answer was lost: its name says whether it is there already, and the caller whether it is the one that was meant.
    create: (signal, call, namespace, object) =>
      ask(signal, call, async (stop) => {
        const answer = await transport.send("POST", collectionPath(call, namespace), object, stop);
        if (answer.status === 404) return nowhere(cluster, call, answer);
        if (answer.status !== 409) return { object: await readObject(cluster, call, answer) };
        const { reason, message } = await readRefusal(answer);
        if (reason === "AlreadyExists") return "exists";
        throw refusedCall(cluster, call, 409, message, undefined);
      }),
    remove: (signal, call, place) =>
      ask(signal, call, async (stop) => {
        const answer = await transport.send("DELETE", objectPath(call, place), { propagationPolicy: "Background" }, stop);
        if (answer.status === 404) return notThere(cluster, call, place.name, answer, false);
        await readObject(cluster, call, answer);
        return true;
      }),
  };
}

/** Only a `Status` about that very name says that an object is not there; anything else, that its kind is not served. */
async function notThere<T>(cluster: string, call: ApiCall, name: string, answer: HttpAnswer, absent: T): Promise<T> {
  const refusal = await readRefusal(answer);
  if (refusal.reason === "NotFound" && refusal.name === name) return absent;
  throw refusedCall(cluster, call, 404, refusal.message, undefined);
}

async function nowhere(cluster: string, call: ApiCall, answer: HttpAnswer): Promise<never> {
  const { kind, name, message } = await readRefusal(answer);
  if (kind !== "namespaces") throw refusedCall(cluster, call, 404, message, undefined);
  throw new ClusterError("bad-answer", `${cluster} has no namespace ${name ?? ""}`, "Create the namespace, or mend its name in the configuration.");
}

async function readObject(cluster: string, call: ApiCall, answer: HttpAnswer): Promise<unknown> {
  if (answer.status < 200 || answer.status >= 300) throw refusedCall(cluster, call, answer.status, (await readRefusal(answer)).message, answer.retryAfterMs);
  const chunks: Buffer[] = [];
  let size = 0;
  await answer.read((chunk) => {
    size += chunk.length;
    if (size > mostObjectBytes) throw unreadable(cluster, call, `more than ${mostObjectBytes / 2 ** 20} MiB`);
    chunks.push(chunk);
  });
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw unreadable(cluster, call, "something that is no JSON");
  }
}

function unreadable(cluster: string, { verb, resource }: ApiCall, what: string): ClusterError {
  return new ClusterError(
    "bad-answer",
    `${cluster} answered to ${verb} ${resource} with ${what}`,
    "See what answers at the address that the configuration names.",
  );
}
