/** One after the other, in the order of asking; a failure does not stop those behind it. */

/** @param urgent goes before all that wait and are not */
export type Serial = <T>(act: () => Promise<T>, urgent?: boolean) => Promise<T>;

export function serial(): Serial {
  const urgently: (() => Promise<void>)[] = [];
  const usually: (() => Promise<void>)[] = [];
  let running = false;

  const run = async (): Promise<void> => {
    running = true;
    for (;;) {
      const next = urgently.shift() ?? usually.shift();
      if (next === undefined) break;
      await next();
      // A turn may never leave the event loop (SQLite's do not), and whoever asks for one after the other neither: who knocks at the door is let in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    running = false;
  };

  return async (act, urgent = false) => {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof act>>>();
    (urgent ? urgently : usually).push(async () => {
      try {
        resolve(await act());
      } catch (error) {
        reject(error);
      }
    });
    // `run` never rejects: each turn hands its error to who asked for it.
    if (!running) void run();
    return await promise;
  };
}
