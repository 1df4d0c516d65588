/** The PostgreSQL cluster that somebody means. */
import { nearest } from "../../chat/nearest.ts";
import { calls } from "../../kubernetes/calls.ts";
import { ClusterError } from "../../kubernetes/errors.ts";
import type { ObjectAccess } from "../../kubernetes/objects.ts";
import { databaseRecord, type DatabaseRecord } from "../records/database.ts";
import { isCopy } from "./labels.ts";
import type { ActingNeeds, Refusal } from "./needs.ts";

export interface FoundDatabase {
  /** The Kubernetes cluster's name in the configuration. */
  readonly cluster: string;
  readonly access: ObjectAccess;
  readonly record: DatabaseRecord;
  /** All of it, as the API gave it. */
  readonly object: unknown;
}

/** Names that are kept to suggest one. */
const mostNames = 1000;
const mostFound = 5;

/** @param name `NAME`, `NAMESPACE/NAME` or `CLUSTER/NAMESPACE/NAME`; without one, the only cluster there is */
export async function findDatabase(
  name: string | undefined,
  { clusters }: Pick<ActingNeeds, "clusters">,
  signal: AbortSignal,
): Promise<FoundDatabase | Refusal> {
  const found: FoundDatabase[] = [];
  const others: string[] = [];
  const gaps: string[] = [];
  const wanted = name?.toLowerCase();
  const look = async ([cluster, access]: readonly [string, ObjectAccess]): Promise<void> => {
    try {
      await access.list(signal, calls.postgresClusters, {}, (object) => {
        const record = isCopy(object) ? undefined : databaseRecord(object);
        if (record === undefined) return undefined;
        const fits = wanted === undefined || namesOf(cluster, record).some((each) => each.toLowerCase() === wanted);
        if (fits && found.length < mostFound) found.push({ cluster, access, record, object });
        else if (others.length < mostNames) others.push(record.name);
        return undefined;
      });
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      // Where CloudNativePG is not installed there is none that could be meant.
      if (error.failure !== "not-served") gaps.push(error.message);
    }
  };
  await Promise.all([...clusters()].map(look));
  const [one, other] = found;
  if (other !== undefined) return { refusal: `${name ?? "That"} may be ${found.map(wholeName).join(" or ")}: say which.` };
  if (one === undefined) return { refusal: noneOf(name, others, gaps) };
  // Another of that name may be where nobody could look.
  if (gaps.length > 0 && wanted !== wholeName(one).toLowerCase()) return { refusal: `${gaps.join("; ")}. If you mean ${wholeName(one)}, say so.` };
  return one;
}

/** `prod/cnpg/shared-pg` */
export function wholeName({ cluster, record }: Pick<FoundDatabase, "cluster" | "record">): string {
  return `${cluster}/${record.namespace}/${record.name}`;
}

function namesOf(cluster: string, { namespace, name }: DatabaseRecord): readonly string[] {
  return [name, `${namespace}/${name}`, `${cluster}/${namespace}/${name}`];
}

function noneOf(name: string | undefined, others: readonly string[], gaps: readonly string[]): string {
  const unseen = gaps.length === 0 ? "" : ` ${gaps.join("; ")}.`;
  if (name === undefined) return `There is no PostgreSQL cluster that I know of.${unseen}`;
  const meant = nearest(name, others);
  return `I know of no PostgreSQL cluster “${name.slice(0, 60)}”.${meant === undefined ? "" : ` Did you mean ${meant}?`}${unseen}`;
}
