/** What the controllers of the embedded operator work with. */
import type { KeptObject, KeptObjects } from "../kept-objects.ts";
import type { PodRoster } from "../pod-roster.ts";
import type { NodeSpec } from "../spec.ts";
import type { Buckets } from "./buckets.ts";

/** How it stands with the operator and the plugin, and what has been done to them. */
export interface Situation {
  operator: "running" | "stopped";
  /** `unreachable`: nothing answers at its Service. `unknown`: the operator began without it. `uninstalled`: its Service is gone too. */
  plugin: "running" | "unknown" | "unreachable" | "uninstalled";
  /** `namespace/name` of Clusters whose archive command neither ends nor fails. */
  readonly hungArchivers: Map<string, number>;
}

export interface ControllerNeeds {
  readonly objects: KeptObjects;
  readonly roster: PodRoster;
  readonly buckets: Buckets;
  readonly situation: Situation;
  readonly nodes: readonly NodeSpec[];
  /** Of the operator: from 1.29 on a Backup that has not ended keeps its ScheduledBackup from making another. */
  readonly version: string;
  readonly times: CnpgTimes;
  /** By uid: when a base backup that runs now will be through. */
  readonly running: Map<string, number>;
  /** By uid: since when a Cluster's WAL has not got out. */
  readonly notArchivedSince: Map<string, number>;
}

/** Milliseconds. */
export interface CnpgTimes {
  readonly backup: number;
  /** A first instance from nothing, or a restore; and each further instance. */
  readonly bootstrap: number;
  readonly instance: number;
  /** Until a Cluster's condition tells that archiving fails, or works again. */
  readonly archiving: number;
}

export const usualTimes: CnpgTimes = { backup: 12_000, bootstrap: 25_000, instance: 9000, archiving: 60_000 };

/** A controller looks at one object and does what is due. @returns when it wants to look again; `undefined`: when something changes */
export type Controller = (object: KeptObject, at: number) => number | undefined;

export const soonMs = 1000;
