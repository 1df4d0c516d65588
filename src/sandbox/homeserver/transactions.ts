/**
 * Synapse's cache of answers by path and device (`rest/client/transactions.py`): the same request again, even while the first still
 * runs, gets the same answer and costs nothing. A failed one is not kept. Lost at a restart; the events remember their ids themselves.
 */
const keptForMs = 30 * 60_000;
const keptAtMost = 10_000;

export class Transactions {
  readonly #answers = new Map<string, { readonly answer: Promise<unknown>; readonly at: number }>();

  once(key: string, now: number, act: () => Promise<unknown>): Promise<unknown> {
    this.#forget(now);
    const before = this.#answers.get(key);
    if (before !== undefined) return before.answer;
    const answer = this.#tryOnce(key, act);
    this.#answers.set(key, { answer, at: now });
    return answer;
  }

  clear(): void {
    this.#answers.clear();
  }

  async #tryOnce(key: string, act: () => Promise<unknown>): Promise<unknown> {
    try {
      return await act();
    } catch (error) {
      this.#answers.delete(key);
      throw error;
    }
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#answers) {
      if (now - at < keptForMs && this.#answers.size < keptAtMost) return;
      this.#answers.delete(key);
    }
  }
}
