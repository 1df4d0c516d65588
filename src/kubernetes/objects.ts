/** Objects of any kind, for features that know their shapes themselves; and commands in containers. Each call has a deadline and a bound on its answer. */
import type { ApiCall, Where } from "./calls.ts";

export interface ObjectPlace {
  readonly namespace: string;
  readonly name: string;
}

/** Every call throws `ClusterError` (`src/kubernetes/errors.ts`) in words. */
export interface ObjectReads {
  /** All of a kind, page by page; `keep` takes of each item what is wanted, or `undefined` to leave it out. */
  readonly list: <T>(signal: AbortSignal, call: ApiCall, where: Where, keep: (item: unknown) => T | undefined) => Promise<readonly T[]>;
  /** One object as JSON; `undefined` when it is not there. */
  readonly get: (signal: AbortSignal, call: ApiCall, place: ObjectPlace) => Promise<unknown>;
}

export interface ObjectWrites {
  /** @returns the object as the server keeps it; `exists` when there is one of that name already */
  readonly create: (signal: AbortSignal, call: ApiCall, namespace: string, object: unknown) => Promise<{ readonly object: unknown } | "exists">;
  /** Asks for its deletion (what it owns goes in the background). @returns `false` when it is not there */
  readonly remove: (signal: AbortSignal, call: ApiCall, place: ObjectPlace) => Promise<boolean>;
}

export interface ContainerCommand extends ObjectPlace {
  readonly container: string;
  /** Handed over as it is: no shell reads it. */
  readonly command: readonly [string, ...string[]];
  /** Its whole standard input. */
  readonly input: string;
  readonly deadlineMs: number;
  /** Of standard output; standard error is cut at 64 KiB. */
  readonly mostBytes: number;
}

export interface CommandOutcome {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

export interface ContainerCommands {
  /** Runs it to its end. @throws ClusterError when it could not be begun, did not end in time, wrote too much, or the connection broke before its exit code came */
  readonly exec: (signal: AbortSignal, command: ContainerCommand) => Promise<CommandOutcome>;
}

export interface ObjectAccess extends ObjectReads, ObjectWrites, ContainerCommands {}
