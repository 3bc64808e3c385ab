/** Cells that a spreadsheet would run as a formula, in half and full width, also behind spaces. */
const FORMULA_START = /^(?:[\s\0]*[=+\-@＝＋－＠]|[\t\r\n\0])/;
const NUMBER = /^-?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?$/;

/** What stands between the cells of a line. */
type Delimiter = "," | ";";

/** One line; safe against formula injection, quoted where needed. Plain negative numbers stay numbers. */
export function csvLine(cells: readonly string[], delimiter: Delimiter = ","): string {
  return cells
    .map((cell) => {
      const isNumber = NUMBER.test(cell);
      const safe = FORMULA_START.test(cell) && !isNumber ? `'${cell}` : cell;
      if (isNumber && !cell.includes(delimiter)) return safe;
      return /[",\r\n;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    })
    .join(delimiter);
}
