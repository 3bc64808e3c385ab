/** Cells that a spreadsheet would run as a formula, in half and full width. */
const FORMULA_START = /^[=+\-@\t\r\n\0＝＋－＠]/;
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

/** One line; safe against formula injection, quoted where needed. Plain negative numbers stay numbers. */
export function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => {
      const safe = FORMULA_START.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
      return /[",\r\n;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    })
    .join(",");
}
