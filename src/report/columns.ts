/** Columns of a terminal table: texts left, numbers right, two spaces apart. */
export function alignColumns(
  rows: readonly (readonly string[])[],
  sides: readonly ("left" | "right")[],
): string[] {
  const widths = sides.map((_, at) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[at] ?? "")), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const gap = " ".repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell)));
        return sides[at] === "right" ? `${gap}${cell}` : `${cell}${gap}`;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Text of a file made harmless for a terminal: no control or direction marks, at most `most` characters. */
export function plainText(text: string, most: number): string {
  const letters = [...text.replace(/[\p{Cc}\p{Cf}]/gu, "?")];
  return letters.length <= most ? letters.join("") : `${letters.slice(0, most - 1).join("")}…`;
}

/** Lines of at most `width` cells, broken at plain spaces; a longer word has a line of its own, cut where it must be. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/).flatMap((one) => pieces(one, width))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, line];
}

function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const letters = [...word];
  const half = Math.ceil(letters.length / 2);
  return [letters.slice(0, half), letters.slice(half)].flatMap((part) =>
    pieces(part.join(""), width),
  );
}

/** Terminal cells: East Asian letters and pictures take two, marks above letters none. */
function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) {
    if (/\p{M}/u.test(letter)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]|\p{Emoji_Presentation}/u.test(
        letter,
      )
        ? 2
        : 1;
  }
  return width;
}
