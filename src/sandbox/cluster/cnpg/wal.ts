/** Names of WAL files and positions that grow with time, as if one segment were filled every five minutes. Pure. */
export const segmentMs = 300_000;

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
const numberAt = (ms: number): number => Math.floor(ms / segmentMs) % 0x10_00_00;

export function walAt(ms: number): string {
  const segment = numberAt(ms);
  return `00000001${hex(segment >> 8, 8)}${hex(segment & 0xff, 8)}`;
}

export function lsnAt(ms: number): string {
  const segment = numberAt(ms);
  return `${hex(segment >> 8, 1)}/${hex(((segment & 0xff) << 24) >>> 0, 8)}`;
}

/** `20260612T030012`, as barman names a base backup. */
export const barmanId = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+Z$/gu, "");
/** `20260612030012`, as CloudNativePG puts a time into a name. */
export const compactTime = (ms: number): string => barmanId(ms).replace("T", "");
