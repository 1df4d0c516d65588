/** From when on something is a matter. Shares are 0…1; a value that reaches the threshold has crossed it. */

export interface Threshold {
  readonly warn: number;
  readonly critical: number;
}

export interface StatusThresholds {
  /** Share of a node's allocatable memory. */
  readonly nodeMemory: Threshold;
  /** Share of a node's allocatable CPU. */
  readonly nodeCpu: Threshold;
  /** Share of Synapse's memory limit. */
  readonly synapseMemory: Threshold;
  /** A container that restarted within this time is a warning. */
  readonly restartRecentMs: number;
  /** A container that was OOM-killed within this time is critical. */
  readonly oomRecentMs: number;
  /** Figures older than this are shown with their age but decide nothing. */
  readonly staleMs: number;
}

export const defaultThresholds: StatusThresholds = {
  nodeMemory: { warn: 0.8, critical: 0.9 },
  nodeCpu: { warn: 0.8, critical: 0.95 },
  synapseMemory: { warn: 0.8, critical: 0.9 },
  restartRecentMs: 3_600_000,
  oomRecentMs: 6 * 3_600_000,
  staleMs: 300_000,
};
