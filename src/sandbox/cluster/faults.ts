/** What can be made to go wrong with an embedded cluster's API. */

/** A status; `cut`: the connection breaks before an answer; `lost`: it is done, and the answer never comes; `hang`: no answer ever; `html`: a proxy's error page. */
export type Failure = 429 | 500 | 503 | "cut" | "hang" | "html" | "lost";

export interface ClusterFaults {
  /** Each answer takes this much longer. */
  readonly slow: (ms: number) => void;
  /** The next `times` questions fail so. */
  readonly failNext: (times: number, failure: Failure) => void;
  /** Takes away a right, as a missing RBAC rule does. */
  readonly forbid: (verb: string, group: string, resource: string) => void;
  readonly allow: (verb: string, group: string, resource: string) => void;
  /** Every `continue` token given so far is too old now (410). */
  readonly expireLists: () => void;
}

export interface FaultState extends ClusterFaults {
  readonly delayMs: () => number;
  /** How to fail now, counted down. */
  readonly takeFailure: () => Failure | undefined;
  readonly isForbidden: (verb: string, group: string, resource: string) => boolean;
  readonly epoch: () => number;
}

export function clusterFaults(): FaultState {
  let delayMs = 0;
  let failures = 0;
  let failure: Failure = 500;
  let epoch = 0;
  const forbidden = new Set<string>();
  const right = (verb: string, group: string, resource: string): string => `${verb} ${resource}.${group}`;
  return {
    slow: (ms) => {
      delayMs = ms;
    },
    failNext: (times, how) => {
      failures = times;
      failure = how;
    },
    forbid: (...what) => forbidden.add(right(...what)),
    allow: (...what) => forbidden.delete(right(...what)),
    expireLists: () => {
      epoch += 1;
    },
    delayMs: () => delayMs,
    takeFailure: () => {
      if (failures === 0) return undefined;
      failures -= 1;
      return failure;
    },
    isForbidden: (...what) => forbidden.has(right(...what)),
    epoch: () => epoch,
  };
}
