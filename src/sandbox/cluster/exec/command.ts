/** A command in a container, as the API is asked to run it. */

export interface ExecQuestion {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly [string, ...string[]];
  /** All of its standard input; empty when none was asked for. */
  readonly input: string;
}

export interface ExecOutcome {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

export type ExecHandler = (asked: ExecQuestion, signal: AbortSignal) => Promise<ExecOutcome>;
