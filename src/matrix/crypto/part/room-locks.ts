/** One at a time in a room, rooms side by side. */
import type { RoomId } from "../../../ids.ts";

export type InRoom = <T>(room: RoomId, act: () => Promise<T>) => Promise<T>;

export function roomLocks(): InRoom {
  const last = new Map<RoomId, Promise<void>>();
  return async (room, act) => {
    const before = last.get(room);
    const done = Promise.withResolvers<undefined>();
    last.set(room, done.promise);
    try {
      await before;
      return await act();
    } finally {
      done.resolve(undefined);
      if (last.get(room) === done.promise) last.delete(room);
    }
  };
}
