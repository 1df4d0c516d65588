/** JSON logs on standard error, with what must never be logged taken out by name wherever it stands near the top. */
import { destination, pino, type Logger } from "pino";

export type Log = Logger;

const secretKeys = ["accessToken", "access_token", "password", "token", "authorization", "Authorization", "secret"];

/** @param level pino's levels, `info` by default. Standard output belongs to the command line's answers. */
export function createLog(level: string): Log {
  const paths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths, censor: "[redacted]" } }, destination({ dest: 2, sync: true }));
}

/** For tests and for parts that have nothing to say. */
export const silentLog: Log = pino({ level: "silent" });
