/**
 * What a scenario may do to the world. The same scenarios run on the embedded homeserver and cluster (`npm test`) and on real ones
 * (`npm run test:real`); a bed is one such world.
 */
import type { Account, Person } from "../support/person.ts";

/** Where a bot and its room are set up. */
export interface StageWorld {
  readonly homeserverUrl: string;
  readonly newPerson: (localpart: string) => Promise<Person>;
  /** A new account for the bot, its device and token. */
  readonly newAccount: (localpart: string) => Promise<Account>;
  readonly cluster: { readonly kubeconfig: string; readonly context: string; readonly homeserver?: BedHomeserver };
  /** A folder for configuration, tokens and databases. */
  readonly folder: string;
}

export interface Bed extends StageWorld {
  readonly kind: "embedded" | "real";
  /** How much is done in the scenarios that repeat: little where they must be quick, all of it on the real parts. */
  readonly scale: {
    readonly backlog: { readonly messages: number; readonly commands: number };
    readonly kills: { readonly times: number; readonly commands: number };
    readonly outageMs: number;
  };
  readonly serverName: string;
  readonly homeserver: {
    readonly down: () => Promise<void>;
    readonly up: () => Promise<void>;
    /** Keeps its database as it is now. @returns how to put that back, as from a backup; it is down meanwhile */
    readonly keep: () => Promise<() => Promise<void>>;
  };
  readonly cluster: BedCluster;
}

/** A homeserver that stands in the cluster, as the configuration names it. */
export interface BedHomeserver {
  readonly name: string;
  readonly serverName: string;
  readonly namespace: string;
  readonly shape: "ess" | "matrix-chart";
  readonly address: string;
}

export interface BedCluster {
  /** Credentials with no more rights than `deploy/rbac.yaml` gives. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly homeserver: BedHomeserver;
  /** A node that stays. */
  readonly node: string;
  readonly apiDown: () => Promise<void>;
  readonly apiUp: () => Promise<void>;
  /** Takes away the right to list pods, and gives it back. */
  readonly forbidPods: () => Promise<void>;
  readonly allowPods: () => Promise<void>;
  /** A node stops reporting; answers its name. */
  readonly loseNode: () => Promise<string>;
  readonly findNode: () => Promise<void>;
  /** Synapse of that homeserver is killed for using more memory than its limit. */
  readonly killByMemory: () => Promise<void>;
}
