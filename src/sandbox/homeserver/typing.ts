/** Who types where. Forgotten at a restart, as on a real server. */
import type { Clock } from "../../clock.ts";

interface TypingRoom {
  /** User → what ends their typing. */
  readonly users: Map<string, AbortController>;
  changedAt: number;
}

export interface Typing {
  /** `forMs` undefined: stops. */
  readonly set: (room: string, user: string, forMs: number | undefined) => void;
  /** Who types in `room`, if that changed after `since`. */
  readonly changedSince: (room: string, since: number) => readonly string[] | undefined;
  readonly close: () => Promise<void>;
}

/** `changed` gives the change a position in the stream and wakes the waiting. */
export function typing(clock: Clock, changed: () => number): Typing {
  const rooms = new Map<string, TypingRoom>();
  const timers = new Set<Promise<void>>();

  async function expire(room: TypingRoom, user: string, forMs: number, ended: AbortController): Promise<void> {
    await clock.sleep(forMs, ended.signal).catch(() => undefined);
    if (room.users.get(user) !== ended) return;
    room.users.delete(user);
    room.changedAt = changed();
  }

  function start(room: TypingRoom, user: string, forMs: number): void {
    const ended = new AbortController();
    room.users.set(user, ended);
    const timer = expire(room, user, forMs, ended).finally(() => timers.delete(timer));
    timers.add(timer);
  }

  return {
    set: (id, user, forMs) => {
      const room = rooms.get(id) ?? { users: new Map<string, AbortController>(), changedAt: 0 };
      rooms.set(id, room);
      const before = room.users.get(user);
      room.users.delete(user);
      if (forMs !== undefined) start(room, user, forMs);
      before?.abort();
      if ((before === undefined) !== (forMs === undefined)) room.changedAt = changed();
    },
    changedSince: (id, since) => {
      const room = rooms.get(id);
      return room === undefined || room.changedAt <= since ? undefined : [...room.users.keys()];
    },
    close: async () => {
      for (const ended of [...rooms.values()].flatMap((room) => [...room.users.values()])) ended.abort();
      await Promise.all(timers);
    },
  };
}
