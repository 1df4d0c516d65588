/** How a question to a Kubernetes API can fail, in words that a person can act on. */
import { connectionFault, isCertificateFault } from "../connection-fault.ts";
import { OpsroomError, type ErrorCode } from "../errors.ts";
import type { ApiCall } from "./calls.ts";

/**
 * `unreachable`: network, certificate, deadline, 429 or 5xx to the end. `unauthorised`: 401. `forbidden`: 403, an RBAC rule is missing.
 * `not-served`: the API group is not installed there. `expired`: a list's continue token is too old (410). `bad-answer`: not readable, or too much.
 */
export type ClusterFailureKind = "unreachable" | "unauthorised" | "forbidden" | "not-served" | "expired" | "bad-answer";

const codes: Readonly<Record<ClusterFailureKind, ErrorCode>> = {
  unreachable: "OPSROOM_CLUSTER_UNREACHABLE",
  unauthorised: "OPSROOM_CLUSTER_UNAUTHORISED",
  forbidden: "OPSROOM_CLUSTER_FORBIDDEN",
  "not-served": "OPSROOM_CLUSTER_ANSWER",
  expired: "OPSROOM_CLUSTER_ANSWER",
  "bad-answer": "OPSROOM_CLUSTER_ANSWER",
};

/** Its message names the cluster and the call; never a credential. */
export class ClusterError extends OpsroomError {
  readonly failure: ClusterFailureKind;
  readonly retryAfterMs: number | undefined;

  constructor(
    failure: ClusterFailureKind,
    found: string,
    remedy: string,
    facts: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(codes[failure], found, remedy, facts.cause === undefined ? {} : { cause: facts.cause });
    this.name = "ClusterError";
    this.failure = failure;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Judges an answer that is not a success. */
export function refusedCall(cluster: string, call: ApiCall, status: number, told: string, retryAfterMs: number | undefined): ClusterError {
  const what = `${call.verb} ${call.resource}`;
  switch (status) {
    case 401:
      return new ClusterError(
        "unauthorised",
        `${cluster} does not accept our credentials (401)`,
        "Renew the token or certificate that the configuration names for this cluster.",
      );
    case 403:
      return new ClusterError(
        "forbidden",
        `${cluster} does not let us ${what} (403): add verb ${call.verb} on ${resourceName(call)} to ${call.verb === "list" ? "the ClusterRole" : "its role"}`,
        call.verb === "list"
          ? "Apply deploy/rbac.yaml to that cluster, or add the rule."
          : "Apply deploy/optional/rbac-backup-run.yaml or deploy/optional/rbac-drill.yaml to that cluster, or add the rule.",
      );
    case 404:
      return new ClusterError(
        "not-served",
        `${cluster} does not serve ${resourceName(call)}`,
        call.group === "metrics.k8s.io" ? "Install metrics-server to see what is in use." : "Install what serves it, or take it out of the configuration.",
      );
    case 410:
      return new ClusterError("expired", `${cluster} could not continue the list of ${call.resource}`, "Try again.");
    default:
      if (status === 429 || status >= 500)
        return new ClusterError("unreachable", `${cluster} answered ${status} to ${what}: ${told}`, "It is tried again with the next question.", {
          retryAfterMs,
        });
      return new ClusterError("bad-answer", `${cluster} answered ${status} to ${what}: ${told}`, "Look at the API server's log.");
  }
}

/** A call that brought no answer at all. */
export function failedCall(cluster: string, call: ApiCall, error: unknown): ClusterError {
  return new ClusterError(
    "unreachable",
    `${cluster} could not be asked to ${call.verb} ${call.resource}: ${connectionFault(error, "the CA that is configured", (message) => message.slice(0, 200))}`,
    "See whether the API server runs and can be reached from here.",
    { cause: error },
  );
}

function resourceName({ group, resource }: ApiCall): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** Whether the same question may be answered a moment later: not where the certificate is the trouble. */
export function mayHeal(error: ClusterError): boolean {
  return error.failure === "unreachable" && !isCertificateFault(error.cause);
}
