/** One after the other, in the order of asking; a failure does not stop those behind it. */
export type Serial = <T>(act: () => Promise<T>) => Promise<T>;

export function serial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return async (act) => {
    const turn = last.then(act, act);
    last = turn.catch(() => undefined);
    return await turn;
  };
}
