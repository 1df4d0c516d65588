/** One at a time, in the order of asking. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined); // whoever asked is told; the next one begins all the same
    return turn;
  }
}

/** Longer than reading in a large backup takes. */
const limitMs = 300_000;

/**
 * A bug in the WebAssembly (a panic) is an uncaught exception, and the call's promise stays open for ever. Should the process live on, whoever waits is
 * told at last.
 * @throws Error
 */
export async function settled<Result>(work: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new NeverSettled()), limitMs).unref();
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class NeverSettled extends Error {
  constructor() {
    super(`a call of the crypto library did not come back within ${limitMs / 1000} s`);
    this.name = "NeverSettled";
  }
}
