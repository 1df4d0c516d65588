/** Times, ages and amounts in words. */
import type { View } from "../command.ts";

const steps = [
  { ms: 86_400_000, unit: "d" },
  { ms: 3_600_000, unit: "h" },
  { ms: 60_000, unit: "min" },
] as const;

/** How long, roughly: `12 s`, `3 min`, `5 h`, `2 d`. Less than nothing is `0 s`. */
export function duration(ms: number): string {
  const step = steps.find((each) => ms >= each.ms);
  return step === undefined ? `${Math.max(0, Math.floor(ms / 1000))} s` : `${Math.floor(ms / step.ms)} ${step.unit}`;
}

/** `12 s old` */
export function age(at: number, view: Pick<View, "now">): string {
  return `${duration(view.now - at)} old`;
}

/** `3 min ago, 15:04 MSK`; with the date when it was another day; `in 3 min, 15:10 MSK` for what is to come. `at`: milliseconds since 1970. */
export function since(at: number, view: View): string {
  const away = view.now - at;
  return `${away < -999 ? `in ${duration(-away)}` : `${duration(away)} ago`}, ${clockTime(at, view)}`;
}

/** `15:04 MSK`, `12 Jun 15:04 MSK`, `12 Jun 2025 15:04 MSK`: as much as is needed beside `view.now`. */
export function clockTime(at: number, view: View): string {
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return "at an unknown time";
  const there = calendar(at, view.timeZone);
  const here = calendar(view.now, view.timeZone);
  const date = there.year !== here.year ? `${there.day} ${there.year} ` : there.day !== here.day ? `${there.day} ` : "";
  return `${date}${there.time} ${there.zone}`;
}

/** `582 Mi`, `5.6 Gi`: binary units as Kubernetes writes them. `?` when it is not known. */
export function bytes(amount: number | undefined): string {
  if (amount === undefined || !Number.isFinite(amount)) return "?";
  const mebi = amount / 2 ** 20;
  if (mebi < 1) return `${Math.round(amount / 2 ** 10)} Ki`;
  if (mebi < 999.5) return `${Math.round(mebi)} Mi`;
  const gibi = mebi / 2 ** 10;
  return gibi < 99.95 ? `${gibi.toFixed(1)} Gi` : `${Math.round(gibi)} Gi`;
}

/** `94 %`; rounded down, so that 89.9 % does not look like a threshold that it has not reached. `?` when it is not known. */
export function percent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? "?" : `${Math.floor(share * 100 + 1e-9)} %`;
}

/** Millicores as cores: `0.02`, `0.4`, `2.0`, `16`. */
export function cores(millicores: number | undefined): string {
  if (millicores === undefined || !Number.isFinite(millicores)) return "?";
  if (millicores < 95) return (millicores / 1000).toFixed(2);
  return millicores < 9950 ? (millicores / 1000).toFixed(1) : String(Math.round(millicores / 1000));
}

/** Zones without summer time whose everyday name the runtime does not know (tzdata has it; ICU says GMT+3). */
const zoneNames: Readonly<Record<string, string>> = { "Europe/Moscow": "MSK", "Europe/Simferopol": "MSK", "Asia/Tokyo": "JST", "Asia/Seoul": "KST" };

const formats = new Map<string, Intl.DateTimeFormat>();
const mostFormats = 16;

interface Calendar {
  readonly year: string;
  /** `12 Jun` */
  readonly day: string;
  /** `15:04` */
  readonly time: string;
  readonly zone: string;
}

function calendar(at: number, timeZone: string): Calendar {
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  return {
    year: part("year"),
    day: `${part("day")} ${part("month")}`,
    time: `${part("hour")}:${part("minute")}`,
    zone: zoneNames[timeZone] ?? part("timeZoneName"),
  };
}

/** Making a format costs more than using it a thousand times. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const existing = formats.get(timeZone);
  if (existing !== undefined) return existing;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });
  if (formats.size >= mostFormats) formats.clear();
  formats.set(timeZone, made);
  return made;
}

/** `1 node`, `3 nodes`, `2 sources of alerts`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
