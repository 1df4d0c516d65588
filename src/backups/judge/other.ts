/** Backups of databases that CloudNativePG does not run: the newest file or object against its age and size. Pure. */
import { bytes, duration } from "../../chat/render/units.ts";
import type { OtherFacts } from "../facts.ts";
import type { BackupVerdict, Check } from "../verdict.ts";
import { check, clocksDifferMs } from "./judging.ts";

export function judgeOther({ source, newest }: OtherFacts, now: number): BackupVerdict {
  const found = newest.ok && newest.value.kind === "found" ? newest.value : undefined;
  const base = judgeNewest({ source, newest }, now);
  return {
    cluster: undefined,
    namespace: undefined,
    name: source.name,
    method: source.kind === "file" ? "a file" : "an S3 prefix",
    checks: [base],
    state: base.state,
    baseAgeMs: found === undefined || found.at > now ? undefined : now - found.at,
    window: undefined,
  };
}

function judgeNewest({ source, newest }: OtherFacts, now: number): Check {
  if (!newest.ok) return check("base", "unknown", `could not look: ${newest.error}`, { remedy: "Mend what is configured for it, or what it names" });
  const { value } = newest;
  const remedy = "See whether the job that writes it still runs";
  if (value.kind === "none") return check("base", "never", `${value.where} has no backup`, { remedy });
  const ageMs = now - value.at;
  const named = value.name.length <= 80 ? value.name : `…${value.name.slice(-79)}`;
  if (ageMs < -clocksDifferMs)
    return check("base", "unknown", `${named} is ${duration(-ageMs)} in the future: clocks differ`, { remedy: "Set the clocks right" });
  if (value.bytes < source.minBytes)
    return check("base", "failed", `${named} has only ${bytes(value.bytes)}, ${bytes(source.minBytes)} at least are wanted`, { remedy, ageMs });
  if (ageMs > source.maxAgeMs)
    return check("base", "late", `the newest, ${named}, is ${duration(ageMs)} old; ${duration(source.maxAgeMs)} is the most`, { remedy, ageMs });
  return check("base", "ok", `${duration(Math.max(0, ageMs))} old, ${bytes(value.bytes)}`, { ageMs });
}
