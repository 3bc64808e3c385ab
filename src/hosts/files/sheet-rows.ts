import type { TableRow } from "./purchases.ts";
import { cellText, type ValueHabits } from "./sheet-values.ts";
import { attributeOf, type XmlHandler } from "./xml.ts";

/** A table of purchases has a few dozen; a stray cell in the last column of a sheet would widen its row to 16 384. */
const MOST_COLUMNS = 1_000;

export interface SheetScanner {
  readonly handler: XmlHandler;
  /** false = the receiver of the rows has seen enough. */
  isWanted(): boolean;
}

/** Rows of a worksheet part (ECMA-376 part 1, 18.3.1): cells by their place, gaps empty, formulas by their stored results. */
export function makeSheetScanner(
  habits: ValueHabits,
  onRow: (row: TableRow) => boolean,
): SheetScanner {
  let isWanted = true;
  let line = 0;
  let column = 0;
  let cells: string[] = [];
  let type: string | null = null;
  let style = 0;
  let value: string | null = null;
  let hasFormula = false;
  let isValue = false;
  let isPhonetic = false;

  const openCell = (attributes: string) => {
    const place = attributeOf(attributes, "r");
    column = place === null ? cells.length : columnOf(place);
    type = attributeOf(attributes, "t");
    style = Number(attributeOf(attributes, "s") ?? 0);
    value = null;
    hasFormula = false;
  };
  const closeCell = () => {
    const text = cellText(type, style, value, hasFormula, habits);
    if (column >= MOST_COLUMNS) return;
    while (cells.length < column) cells.push("");
    cells[column] = text;
  };
  const open = (name: string, attributes: string) => {
    switch (name) {
      case "row":
        line = Number(attributeOf(attributes, "r") ?? line + 1);
        cells = [];
        return;
      case "c":
        return openCell(attributes);
      case "f":
        hasFormula = true;
        return;
      case "rPh":
        isPhonetic = true;
        return;
      case "v":
      case "t":
        isValue = !isPhonetic;
        if (isValue) value ??= "";
        return;
    }
  };
  const close = (name: string) => {
    if (name === "c") closeCell();
    else if (name === "row" && isWanted && cells.some((cell) => cell !== "")) {
      isWanted = onRow({ line, cells });
    } else if (name === "rPh") isPhonetic = false;
    isValue = false;
  };
  const text = (piece: string) => {
    if (isValue) value = (value ?? "") + piece;
  };
  return { handler: { open, close, text }, isWanted: () => isWanted };
}

/** 0 of `A1`, 27 of `AB7`. */
function columnOf(place: string): number {
  let column = 0;
  for (let at = 0; at < place.length; at += 1) {
    const letter = place.charCodeAt(at) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column - 1;
}
