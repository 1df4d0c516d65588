/** How much memory bodies may take together. Nobody waits for a share: whoever gets none is told to come again. */

export interface ByteBudget {
  readonly open: () => ByteShare;
}

/** What one body has taken; all of it is given back in the end. */
export interface ByteShare extends Disposable {
  /** `false`, and nothing taken, when all is in use. */
  readonly take: (bytes: number) => boolean;
}

export function createByteBudget(bytes: number): ByteBudget {
  let left = bytes;
  return {
    open: () => {
      let taken = 0;
      return {
        take: (more) => {
          if (more > left) return false;
          left -= more;
          taken += more;
          return true;
        },
        [Symbol.dispose]: () => {
          left += taken;
          taken = 0;
        },
      };
    },
  };
}
