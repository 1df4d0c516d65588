/** Rows of cells as aligned lines that fit on a phone. */
import { clip, oneLine } from "./outside-text.ts";
import { displayWidth, fit, pad } from "./width.ts";

/** A telephone shows about as much of a `<pre>` without scrolling. */
export const tableColumns = 38;

const longestCell = 200;
const mostCells = 12;
const figure = /^[−+<>~]?[\d?–]/u;

/** One line a row, none longer than {@link tableColumns}. Columns of figures stand right. A row of one cell runs over all columns. */
export function alignRows(rows: readonly (readonly string[])[]): readonly string[] {
  const clean = rows.map((row) => row.slice(0, mostCells).map((cell) => oneLine(clip(cell, longestCell))));
  const full = clean.filter((row) => row.length > 1);
  const count = Math.max(0, ...full.map((row) => row.length));
  const columns = Array.from({ length: count }, (_, at) => full.map((row) => row[at] ?? ""));
  const widths = shrink(columns.map((cells) => cells.reduce((most, cell) => Math.max(most, displayWidth(cell)), 0)));
  const sides = columns.map((cells) => (cells.every((cell) => cell === "" || figure.test(cell)) ? "left" : "right"));
  return clean.map((row) => {
    if (row.length <= 1) return fit(row[0] ?? "", tableColumns);
    const cells = widths.map((width, at) => pad(fit(row[at] ?? "", width), width, sides[at] ?? "right"));
    return fit(cells.join(" ").trimEnd(), tableColumns);
  });
}

/** Takes columns from the widest until all fit, one space between neighbours. */
function shrink(widths: readonly number[]): readonly number[] {
  const narrowed = [...widths];
  const room = tableColumns - Math.max(0, widths.length - 1);
  for (let over = narrowed.reduce((sum, width) => sum + width, 0) - room; over > 0; over -= 1) {
    const widest = narrowed.indexOf(Math.max(...narrowed));
    narrowed[widest] = Math.max(1, (narrowed[widest] ?? 1) - 1);
  }
  return narrowed;
}

/** `share` (0…1) as blocks, `width` columns long; nothing when it is not known. Anything above 0 shows, and only 1 is full. */
export function bar(share: number | undefined, width: number): string {
  if (share === undefined || !Number.isFinite(share)) return "";
  const blocks = share >= 1 ? width : share <= 0 ? 0 : Math.min(width - 1, Math.max(1, Math.round(share * width)));
  return "█".repeat(blocks) + "░".repeat(width - blocks);
}
