/** What can be made to go wrong with an embedded cluster's API. */

export interface ClusterFaults {
  /** Each answer takes this much longer. */
  readonly slow: (ms: number) => void;
  /** The next `times` questions are answered with this status. */
  readonly failNext: (times: number, status: 429 | 500 | 503) => void;
  /** Takes away a right, as a missing RBAC rule does. */
  readonly forbid: (verb: string, group: string, resource: string) => void;
  readonly allow: (verb: string, group: string, resource: string) => void;
}

export interface FaultState extends ClusterFaults {
  readonly delayMs: () => number;
  /** The status to fail with now, counted down. */
  readonly takeFailure: () => number | undefined;
  readonly isForbidden: (verb: string, group: string, resource: string) => boolean;
}

export function clusterFaults(): FaultState {
  let delayMs = 0;
  let failures = 0;
  let failureStatus = 500;
  const forbidden = new Set<string>();
  const right = (verb: string, group: string, resource: string): string => `${verb} ${resource}.${group}`;
  return {
    slow: (ms) => {
      delayMs = ms;
    },
    failNext: (times, status) => {
      failures = times;
      failureStatus = status;
    },
    forbid: (...what) => forbidden.add(right(...what)),
    allow: (...what) => forbidden.delete(right(...what)),
    delayMs: () => delayMs,
    takeFailure: () => {
      if (failures === 0) return undefined;
      failures -= 1;
      return failureStatus;
    },
    isForbidden: (...what) => forbidden.has(right(...what)),
  };
}
