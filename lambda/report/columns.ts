/** Rows of a terminal's table, padded to the widest cell of each column, without blanks at a line's end. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(Number(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}
