/** When to move what was committed from SQLite's write-ahead log into its file: in a quiet moment, or else whoever commits next pays for it. */

/** Fewer are not worth it: each checkpoint waits for the disk twice, and pages that several commits changed are moved once. */
const leastCommits = 10;
/** Shorter than what goes on between two commits of one piece of work. */
const quietMs = 4;

export interface QuietCheckpoint {
  readonly committed: () => void;
  readonly stop: () => void;
}

/** @param act never rejects; under a load without a quiet moment it is not called, and SQLite does the same by itself */
export function quietCheckpoint(act: () => Promise<void>): QuietCheckpoint {
  let commits = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    committed: () => {
      commits += 1;
      if (commits < leastCommits) return;
      if (timer !== undefined) {
        timer.refresh();
        return;
      }
      timer = setTimeout(() => {
        timer = undefined;
        commits = 0;
        void act();
      }, quietMs).unref();
    },
    stop: () => clearTimeout(timer),
  };
}
