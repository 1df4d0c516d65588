/** `work` for each, at most `most` under way at once; answers in the order of what was given. The first that throws ends it. */
export async function someAtATime<T, Answer>(all: readonly T[], most: number, work: (each: T) => Promise<Answer>): Promise<readonly Answer[]> {
  const answers = new Map<number, Answer>();
  const left = all.entries();
  const worker = async (): Promise<void> => {
    for (const [at, each] of left) answers.set(at, await work(each));
  };
  await Promise.all(Array.from({ length: Math.min(most, all.length) }, worker));
  return [...answers].toSorted(([a], [b]) => a - b).map(([, answer]) => answer);
}
