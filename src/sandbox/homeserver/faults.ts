/** Faults on demand: the next requests that match go wrong in the way named. */

export type FaultKind = "401" | "429" | "502-html" | "cut-reply" | "drop" | "hang" | "slow";

export interface Fault {
  /** Matched against the path with its escapes, without the query. */
  readonly path: RegExp;
  readonly method?: string;
  /** How many requests; 1 unless given. */
  readonly times?: number;
  /**
   * - `502-html`: what an ingress answers when nobody is behind it
   * - `429`: as the rate limit answers; see `retryAfterMs` and `retryAfterIn`
   * - `401`: the token is not known any more
   * - `slow`: answers after `ms`
   * - `hang`: never answers
   * - `drop`: the connection is cut before anything is done
   * - `cut-reply`: all is done, then the connection is cut instead of an answer
   */
  readonly kind: FaultKind;
  readonly ms?: number;
  readonly retryAfterMs?: number;
  readonly retryAfterIn?: "body" | "both" | "header";
}

export interface ActiveFault {
  /** How many requests it has struck. */
  readonly hits: () => number;
  readonly cancel: () => void;
}

export interface Faults {
  readonly next: (fault: Fault) => ActiveFault;
  readonly clear: () => void;
}

interface Armed {
  readonly fault: Fault;
  left: number;
  hits: number;
}

const maxArmed = 1000;

export class FaultBoard implements Faults {
  #armed: Armed[] = [];

  next = (fault: Fault): ActiveFault => {
    if (this.#armed.length >= maxArmed) throw new RangeError(`more than ${maxArmed} faults are waiting`);
    const armed: Armed = { fault, left: fault.times ?? 1, hits: 0 };
    this.#armed.push(armed);
    return {
      hits: () => armed.hits,
      cancel: () => {
        this.#armed = this.#armed.filter((each) => each !== armed);
      },
    };
  };

  clear = (): void => {
    this.#armed = [];
  };

  /** The fault that strikes this request, counted as used. */
  strike(method: string, path: string): Fault | undefined {
    const armed = this.#armed.find(({ fault }) => (fault.method === undefined || fault.method === method) && path.search(fault.path) !== -1);
    if (armed === undefined) return undefined;
    armed.left -= 1;
    armed.hits += 1;
    if (armed.left <= 0) this.#armed = this.#armed.filter((each) => each !== armed);
    return armed.fault;
  }
}
