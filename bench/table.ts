/** Figures as a table that can be pasted into an issue. */

export interface Row {
  readonly what: string;
  readonly figure: string;
  /** What it is measured against, in the same run. */
  readonly reference: string;
  /** What it should be at the most. */
  readonly wanted: string;
}

export function printTable(title: string, rows: readonly Row[]): void {
  const cells = [["what", "figure", "reference in the same run", "wanted"], ...rows.map((row) => [row.what, row.figure, row.reference, row.wanted])];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of cells)
    console.log(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

/** The value below which `share` of them lie. */
export function quantile(values: readonly number[], share: number): number {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? Number.NaN;
}

export function spread(values: readonly number[]): string {
  return `p50 ${Math.round(quantile(values, 0.5))} ms, p99 ${Math.round(quantile(values, 0.99))} ms (n ${values.length})`;
}
